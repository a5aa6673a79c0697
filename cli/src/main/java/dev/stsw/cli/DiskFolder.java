package dev.stsw.cli;

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

/// A folder on a disk. What it holds is looked up once; whether a file is there, at each question.
final class DiskFolder implements ModelFolder {
    private final Path path;
    /// Of this folder, so that a name that is no Unicode text leads to its file all the same.
    private final Map<String, Path> files = new HashMap<>();

    private final List<Path> folders = new ArrayList<>();

    private DiskFolder(Path path) {
        this.path = path;
    }

    static DiskFolder of(Path path) throws IOException {
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
    Path path(String name) {
        Path known = files.get(name);
        return known == null ? path.resolve(name) : known;
    }

    @Override
    public Optional<String> fault(String name) {
        try {
            return fault(path(name));
        } catch (InvalidPathException e) {
            return Optional.of(Problem.NO_PATH);
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
    static Optional<String> danglingLink(Path file) {
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
