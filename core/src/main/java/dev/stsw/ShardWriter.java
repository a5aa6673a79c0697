package dev.stsw;

import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.ShardIndex;
import dev.stsw.format.ShardPlan;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.publish.AtomicFile;
import dev.stsw.publish.FileIdentity;
import dev.stsw.publish.Folder;
import dev.stsw.publish.Target;
import dev.stsw.stream.ProgressListener;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Writes a model as several files and their index, the index last: without it, nobody takes them for a model.
///
/// The index's temporary is there from the beginning, and locked: two writers of one model would mix theirs.
final class ShardWriter {
    private static final String SUFFIX = ".safetensors";

    private final TensorSource source;
    private final Path folder;
    private final String stem;
    private final WriteOptions options;
    /// What this attempt put in its place, and which file that was then.
    private final List<Written> written = new ArrayList<>();

    private long bytesDone;

    private record Written(Path path, Object key) {}

    ShardWriter(TensorSource source, Path folder, String stem, WriteOptions options) {
        this.source = source;
        this.folder = folder;
        this.stem = stem;
        this.options = options;
    }

    List<Path> write(long limit) throws IOException {
        List<TensorSpec> tensors = source.tensors();
        List<List<TensorSpec>> parts = ShardPlan.of(tensors, limit);
        boolean created = makeFolder();
        try (AtomicFile index = AtomicFile.alone(indexPath(), FileChannel::open)) {
            return writeAll(
                    parts, tensors.stream().mapToLong(TensorSpec::byteSize).sum(), index);
        } catch (IOException | RuntimeException | Error e) {
            if (created && !options.resume()) {
                delete(folder, e);
            }
            throw e;
        }
    }

    /// Whether it was not there.
    private boolean makeFolder() throws IOException {
        Path absolute = folder.toAbsolutePath(); // An empty path is no folder that could be made.
        Files.createDirectories(absolute.resolveSibling(""));
        try {
            Files.createDirectory(absolute);
            return true;
        } catch (FileAlreadyExistsException e) {
            if (Files.isDirectory(folder)) {
                return false;
            }
            throw e;
        }
    }

    private Path indexPath() {
        return folder.resolve(stem + SUFFIX + ShardIndex.SUFFIX);
    }

    private List<Path> writeAll(List<List<TensorSpec>> parts, long total, AtomicFile index) throws IOException {
        List<String> names = IntStream.rangeClosed(1, parts.size())
                .mapToObj(i -> parts.size() == 1 ? stem + SUFFIX : ShardIndex.shardName(stem, i, parts.size()))
                .toList();
        byte[] json =
                parts.size() == 1 ? new byte[0] : indexOf(parts, names, total).toBytes();
        requireFree(names, json);
        try {
            List<Path> files = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                Path file = folder.resolve(names.get(i));
                writeOne(file, parts.get(i), total);
                files.add(file);
            }
            if (json.length > 0) {
                index.write(ByteBuffer.wrap(json), 0);
                index.publish(options.durable());
                files.add(indexPath());
            }
            return List.copyOf(files);
        } catch (IOException | RuntimeException | Error e) {
            if (!options.resume()) {
                remove(e);
            }
            throw e;
        }
    }

    private ShardIndex indexOf(List<List<TensorSpec>> parts, List<String> names, long total) {
        Map<String, String> files = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            for (TensorSpec tensor : parts.get(i)) {
                files.put(tensor.name(), names.get(i));
            }
        }
        return new ShardIndex(OptionalLong.of(total), files);
    }

    /// A mixture of two models would look like one. What an earlier attempt of the same write left is none, if that is
    /// to be resumed.
    private void requireFree(List<String> names, byte[] index) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> others = files.filter(file -> {
                        String name = file.getFileName().toString();
                        return isOfModel(name, stem, other -> Files.exists(folder.resolve(other)))
                                && !(options.resume() && names.contains(name));
                    })
                    .sorted()
                    .toList();
            for (Path other : others) {
                if (!options.resume()
                        || !other.equals(indexPath())
                        || !Arrays.equals(Files.readAllBytes(other), index)) {
                    throw otherModel(other);
                }
            }
        }
    }

    private static FileAlreadyExistsException otherModel(Path file) {
        return new FileAlreadyExistsException(
                file.toString(), null, "is there already, of another model; a new one goes elsewhere");
    }

    /// Whether a file is one of a model of that stem: also in other letters, where the file system takes them for the
    /// same.
    ///
    /// @param exists whether there is a file of a name, as the file system sees it
    static boolean isOfModel(String name, String stem, Predicate<String> exists) {
        Matcher matcher = Pattern.compile(
                        Pattern.quote(stem) + "((?:-\\d{5,}-of-\\d{5,})?\\.safetensors(?:\\.index\\.json)?)",
                        Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)
                .matcher(name);
        if (!matcher.matches()) {
            return false;
        }
        String ours = stem + matcher.group(1).toLowerCase(Locale.ROOT);
        return name.equals(ours) || exists.test(ours);
    }

    private void writeOne(Path file, List<TensorSpec> tensors, long total) throws IOException {
        long before = bytesDone;
        bytesDone += tensors.stream().mapToLong(TensorSpec::byteSize).sum();
        ProgressListener progress = new ProgressListener() {
            @Override
            public void progress(long done, long ofShard) {
                options.progress().progress(before + done, total);
            }

            @Override
            public void tensor(String name) {
                options.progress().tensor(name);
            }
        };
        TensorSource part = TensorSources.part(source, tensors);
        if (options.resume() && Files.exists(file) && isFinished(file, part, progress)) {
            return;
        }
        Stsw.write(part, file, options.withProgress(progress));
        written.add(new Written(file, keyOf(file)));
    }

    /// Whether an earlier attempt wrote this file to its end. Reads each of its bytes.
    ///
    /// @throws FileAlreadyExistsException if it is none of this write
    private boolean isFinished(Path file, TensorSource part, ProgressListener progress) throws IOException {
        Map<String, String> metadata = options.metadata().or(part::metadata).orElse(Map.of());
        Header expected = Header.of(part.tensors(), metadata.isEmpty() ? null : metadata, options.alignment(), true);
        boolean whole;
        try (OpenFile open = OpenFile.open(file)) {
            Header found = Headers.read(open);
            if (!found.tensors().stream().map(TensorMeta::toSpec).toList().equals(part.tensors())
                    || !found.metadata().orElse(Map.of()).equals(metadata)
                    || found.checksums().isEmpty()) {
                throw otherModel(file);
            }
            whole = found.dataStart() == expected.dataStart()
                    && Verifier.verify(open, found, progress).ok();
        } catch (HeaderException e) {
            throw otherModel(file);
        }
        if (!whole) {
            return false;
        }
        if (!options.durable()) {
            return true;
        }
        // Its writer may have died before this.
        Target target = Target.resolve(file);
        try (Folder durable = Folder.open(target.folder())) {
            durable.force(target);
        }
        return true;
    }

    private static Object keyOf(Path file) throws IOException {
        return FileIdentity.of(Files.readAttributes(file, BasicFileAttributes.class));
    }

    private void remove(Throwable fault) {
        for (Written file : written) {
            try {
                // What someone else has put there since is theirs.
                if (keyOf(file.path).equals(file.key)) {
                    Files.delete(file.path);
                }
            } catch (IOException e) {
                fault.addSuppressed(e);
            }
        }
    }

    private static void delete(Path folder, Throwable fault) {
        try {
            Files.delete(folder);
        } catch (DirectoryNotEmptyException e) {
            // Someone else writes there, too.
        } catch (IOException e) {
            fault.addSuppressed(e);
        }
    }
}
