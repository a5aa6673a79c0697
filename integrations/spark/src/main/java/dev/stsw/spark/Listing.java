package dev.stsw.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** Finds files below folders, as the driver does once for each job: one listing, and no file is opened. */
final class Listing {
    static final String SUFFIX = ".safetensors";

    /**
     * A file that was found.
     *
     * @param file its path with scheme
     * @param path its path below the folder that was given, or its name if it was given itself
     * @param size in bytes
     */
    record Entry(String file, String path, long size) {}

    private Listing() {}

    static boolean isModel(String name) {
        return name.endsWith(SUFFIX);
    }

    /**
     * @param paths files, folders, or patterns of them with {@code *}; a file that is named itself is taken whatever it is
     *     called
     * @param names which files to take from folders, by their names; hidden ones, which begin with {@code _} or {@code .},
     *     never are: they are not finished
     */
    static List<Entry> below(Configuration conf, List<String> paths, Predicate<String> names) throws IOException {
        List<Entry> found = new ArrayList<>();
        for (String path : paths) {
            Path pattern = new Path(path);
            FileSystem fs = pattern.getFileSystem(conf);
            FileStatus[] matches = fs.globStatus(pattern);
            if (matches == null || matches.length == 0) {
                throw new FileNotFoundException(path + ": there is no such file or folder");
            }
            for (FileStatus match : matches) {
                if (match.isDirectory()) {
                    addFolder(fs, match.getPath(), names, found);
                } else {
                    found.add(entry(match, match.getPath().getName()));
                }
            }
        }
        found.sort(Comparator.comparing(Entry::file));
        return found;
    }

    private static void addFolder(FileSystem fs, Path folder, Predicate<String> names, List<Entry> found)
            throws IOException {
        String root = folder.toUri().getPath();
        String prefix = root.endsWith("/") ? root : root + "/";
        RemoteIterator<LocatedFileStatus> files = fs.listFiles(folder, true);
        while (files.hasNext()) {
            LocatedFileStatus file = files.next();
            String path = file.getPath().toUri().getPath().substring(prefix.length());
            if (names.test(file.getPath().getName()) && !isHidden(path)) {
                found.add(entry(file, path));
            }
        }
    }

    private static boolean isHidden(String path) {
        return path.startsWith("_") || path.startsWith(".") || path.contains("/_") || path.contains("/.");
    }

    private static Entry entry(FileStatus file, String path) {
        return new Entry(file.getPath().toString(), path, file.getLen());
    }
}
