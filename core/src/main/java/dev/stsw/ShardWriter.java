package dev.stsw;

import dev.stsw.format.Header;
import dev.stsw.format.ShardIndex;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Writes a model as several files and their index, the index last: without it, nobody takes them for a model.
final class ShardWriter {
    private static final String SUFFIX = ".safetensors";

    /// A shard of so many small tensors that its header would exceed the format's limit ends earlier. Half a megabyte
    /// is
    /// left to metadata.
    private static final long MOST_HEADER_BYTES = Header.MAX_JSON_BYTES - (1 << 19);

    /// All of an entry but its name and its shape: keys, quotes, the longest dtype, two offsets of 19 digits, a
    /// checksum.
    private static final int ENTRY_BYTES = 112;

    private static final int DIMENSION_BYTES = 20;

    private final TensorSource source;
    private final Path folder;
    private final String stem;
    private final WriteOptions options;
    private final List<Path> written = new ArrayList<>();
    private long bytesWritten;

    ShardWriter(TensorSource source, Path folder, String stem, WriteOptions options) {
        this.source = source;
        this.folder = folder;
        this.stem = stem;
        this.options = options;
    }

    /// In the given order, each file as full as it can be; a tensor above the limit has one to itself.
    static List<List<TensorSpec>> plan(List<TensorSpec> tensors, long limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("a shard cannot be of " + limit + " bytes");
        }
        List<List<TensorSpec>> parts = new ArrayList<>();
        int from = 0;
        long size = 0;
        long header = 0;
        for (int i = 0; i < tensors.size(); i++) {
            long next = tensors.get(i).byteSize();
            long entry = mostBytes(tensors.get(i));
            if (i > from && (next > limit - size || entry > MOST_HEADER_BYTES - header)) {
                parts.add(tensors.subList(from, i));
                from = i;
                size = 0;
                header = 0;
            }
            size += next;
            header += entry;
        }
        parts.add(tensors.subList(from, tensors.size()));
        return parts;
    }

    /// What a tensor's entry may take in a header, and its checksum: a character of its name up to three bytes, or six
    /// where it is escaped.
    private static long mostBytes(TensorSpec tensor) {
        long name = 0;
        for (int i = 0; i < tensor.name().length(); i++) {
            char c = tensor.name().charAt(i);
            name += c < ' ' || c == '"' || c == '\\' ? 6 : c < 0x80 ? 1 : 3;
        }
        return name + ENTRY_BYTES + (long) DIMENSION_BYTES * tensor.shape().rank();
    }

    List<Path> write(long limit) throws IOException {
        List<TensorSpec> tensors = source.tensors();
        List<List<TensorSpec>> parts = plan(tensors, limit);
        boolean created = !Files.exists(folder);
        Files.createDirectories(folder);
        try {
            requireFree();
            writeAll(parts, tensors.stream().mapToLong(TensorSpec::byteSize).sum());
            return List.copyOf(written);
        } catch (IOException | RuntimeException | Error e) {
            remove(created, e);
            throw e;
        }
    }

    /// A mixture of two models would look like one.
    private void requireFree() throws IOException {
        Pattern ours = Pattern.compile(Pattern.quote(stem) + "(-\\d{5,}-of-\\d{5,})?\\.safetensors(\\.index\\.json)?");
        try (Stream<Path> files = Files.list(folder)) {
            Optional<Path> other = files.filter(
                            file -> ours.matcher(file.getFileName().toString()).matches())
                    .sorted()
                    .findFirst();
            if (other.isPresent()) {
                throw new FileAlreadyExistsException(
                        other.get().toString(), null, "is there already, of another model; a new one goes elsewhere");
            }
        }
    }

    private void writeAll(List<List<TensorSpec>> parts, long total) throws IOException {
        if (parts.size() == 1) {
            writeOne(stem + SUFFIX, parts.get(0), total);
            return;
        }
        Map<String, String> files =
                LinkedHashMap.newLinkedHashMap(source.tensors().size());
        for (int i = 0; i < parts.size(); i++) {
            String name = ShardIndex.shardName(stem, i + 1, parts.size());
            writeOne(name, parts.get(i), total);
            parts.get(i).forEach(tensor -> files.put(tensor.name(), name));
        }
        writeIndex(new ShardIndex(OptionalLong.of(total), files));
    }

    private void writeOne(String name, List<TensorSpec> tensors, long total) throws IOException {
        long before = bytesWritten;
        Path file = folder.resolve(name);
        Stsw.write(
                new PartSource(source, tensors, source.metadata()),
                file,
                options.withProgress((done, ofShard) -> options.progress().progress(before + done, total)));
        written.add(file);
        bytesWritten += tensors.stream().mapToLong(TensorSpec::byteSize).sum();
    }

    private void writeIndex(ShardIndex index) throws IOException {
        Path file = folder.resolve(stem + SUFFIX + ShardIndex.SUFFIX);
        try (AtomicFile attempt = AtomicFile.create(file, FileChannel::open)) {
            attempt.write(ByteBuffer.wrap(index.toBytes()), 0);
            attempt.publish();
        }
        written.add(file);
    }

    private void remove(boolean created, Throwable fault) {
        try {
            for (Path file : written) {
                Files.deleteIfExists(file);
            }
            if (created) {
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            fault.addSuppressed(e);
        }
    }
}
