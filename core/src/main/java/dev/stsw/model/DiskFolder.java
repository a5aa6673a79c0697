package dev.stsw.model;

import dev.stsw.format.FileFormat;
import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.HeaderException.Fault;
import dev.stsw.format.ShardIndex;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// A folder on a disk. What it holds is looked up once; whether a file is there, at each question.
public final class DiskFolder implements ModelFolder {
    /// What is wrong with a name like `a?b` on Windows, or one that the locale's charset does not have.
    public static final String NO_PATH = "cannot be a file's name on this system";

    private final Path path;
    /// Of this folder, so that a name that is no Unicode text leads to its file all the same.
    private final Map<String, Path> files = new HashMap<>();

    private final List<Path> folders = new ArrayList<>();

    private DiskFolder(Path path) {
        this.path = path;
    }

    public static DiskFolder of(Path path) throws IOException {
        DiskFolder folder = new DiskFolder(path);
        for (Path entry : visible(path)) {
            if (Files.isDirectory(entry)) {
                folder.folders.add(entry);
            } else {
                folder.files.put(name(entry), entry);
            }
        }
        return folder;
    }

    /// The folder that a file lies in.
    public static Path around(Path file) {
        Path parent = file.getParent();
        return parent == null ? file.resolveSibling("") : parent;
    }

    /// The numbers of a shard and of its siblings that lie beside it.
    public static SortedSet<Integer> siblings(Path file, ModelName.Shard shard) {
        SortedSet<Integer> numbers = new TreeSet<>();
        try {
            numbers.addAll(shard.numbers(of(around(file)).files()));
        } catch (IOException e) {
            // Nobody can say what is in that folder; the file itself can be read, perhaps.
        }
        numbers.add(shard.index());
        return numbers;
    }

    /// Neither `._model.safetensors`, which macOS puts beside each file, nor `.cache`, nor our own partial files.
    private static List<Path> visible(Path path) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(path)) {
            for (Path entry : stream) {
                if (!name(entry).startsWith(".")) {
                    entries.add(entry);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return entries;
    }

    private static String name(Path entry) {
        return String.valueOf(entry.getFileName());
    }

    @Override
    public List<String> files() {
        return files.keySet().stream().sorted().toList();
    }

    @Override
    public List<String> foldersWithTensors() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path folder : folders) {
            if (Files.isReadable(folder)
                    && visible(folder).stream()
                            .anyMatch(file -> ModelName.of(name(file)).isPresent())) {
                found.add(name(folder));
            }
        }
        return found.stream().sorted().toList();
    }

    /// The path of a file in this folder or below.
    ///
    /// @throws InvalidPathException if no file can have such a name here
    public Path path(String name) {
        Path known = files.get(name);
        return known == null ? path.resolve(name) : known;
    }

    @Override
    public Optional<String> fault(String name) {
        try {
            return fault(path(name));
        } catch (InvalidPathException e) {
            return Optional.of(NO_PATH);
        }
    }

    private static Optional<String> fault(Path file) {
        if (Files.isRegularFile(file)) {
            return Optional.empty();
        }
        Optional<String> link = danglingLink(file);
        if (link.isPresent()) {
            return link.map(sentence -> "is " + sentence);
        }
        return Optional.of(
                !Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                        ? MISSING
                        : Files.isDirectory(file) ? "is a folder" : "is a device, pipe or socket, not a file");
    }

    /// Says where a link leads, if nothing is there.
    public static Optional<String> danglingLink(Path file) {
        if (!Files.isSymbolicLink(file) || Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of("a link to '" + Files.readSymbolicLink(file) + "', which is not there");
        } catch (IOException e) {
            return Optional.of("a link that cannot be read");
        }
    }

    @Override
    public ShardIndex index(String name) throws IOException {
        Path file = path(name);
        try {
            if (Files.size(file) > Header.MAX_JSON_BYTES) {
                throw new HeaderException(
                        null, Fault.TOO_LARGE, "an index of more than " + Header.MAX_JSON_BYTES + " bytes");
            }
            return ShardIndex.parse(Files.readAllBytes(file));
        } catch (HeaderException e) {
            throw name.endsWith(".json") ? e.in(file.toString()) : noModel(file);
        }
    }

    /// Nobody asked for an index: a server's words, mostly, in place of the file.
    private static HeaderException noModel(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            ByteBuffer start = ByteBuffer.wrap(in.readNBytes(FileFormat.LOOK_AT));
            return new HeaderException(
                    file.toString(), Fault.OTHER_FORMAT, FileFormat.of(start).describe(start));
        }
    }
}
