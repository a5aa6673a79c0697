package dev.stsw;

import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.ProgressListener;
import dev.stsw.stream.SequentialWriter;
import dev.stsw.stream.TensorSources;
import dev.stsw.stream.Verification;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/// The common things with one call. Stateless; every method may be called from any thread.
public final class Stsw {
    private Stsw() {}

    /// Writes tensors in the reference's order. See [#dump(Map, Path, WriteOptions)].
    public static void dump(Map<String, Tensor> tensors, Path file) throws IOException {
        dump(tensors, file, WriteOptions.defaults());
    }

    /// Writes tensors in the reference's order, whatever the map's: highest dtype rank first, then by name. The file
    /// appears whole or not at all; a file already there stays until then.
    ///
    /// @throws IOException if it cannot be written; nothing is left behind
    public static void dump(Map<String, Tensor> tensors, Path file, WriteOptions options) throws IOException {
        write(TensorSources.inReferenceOrder(Tensors.source(tensors)), file, options);
    }

    /// All tensors of a file, in the order of its header. The file stays mapped until the last tensor was collected as
    /// garbage, which may never be. So long, Windows lets nobody replace, cut or delete it, this process included;
    /// where that matters, use [StreamReader], which lets go of the file when it is closed.
    ///
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    public static Map<String, Tensor> load(Path file) throws IOException {
        try (StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), Arena.ofAuto())) {
            return tensors(reader);
        }
    }

    private static Map<String, Tensor> tensors(StreamReader reader) throws IOException {
        Map<String, Tensor> tensors = LinkedHashMap.newLinkedHashMap(reader.size());
        for (TensorMeta tensor : reader) {
            tensors.put(tensor.name(), reader.tensor(tensor.name()));
        }
        return tensors;
    }

    /// A file in memory, its tensors in the reference's order: what [#dump(Map, Path)] would write, without checksums.
    ///
    /// @throws IOException if a tensor maps a file that was cut
    /// @throws OutOfMemoryError if an array cannot hold them: they have 2 GiB or more
    public static byte[] save(Map<String, Tensor> tensors) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        SequentialWriter.to(bytes).write(TensorSources.inReferenceOrder(Tensors.source(tensors)));
        return bytes.toByteArray();
    }

    /// All tensors of a file in memory, in the order of its header: views of the array, which must not change.
    ///
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    public static Map<String, Tensor> load(byte[] file) throws IOException {
        try (StreamReader reader = StreamReader.open(file, ReadOptions.defaults())) {
            return tensors(reader);
        }
    }

    /// Writes what the source holds, in the source's own order, without holding a tensor in memory; with
    /// [TensorSources#inReferenceOrder(TensorSource)] the file is the one that the reference would write. The
    /// source's metadata is written unless the options bring their own. Does not close the source. Several tensors at
    /// once with [WriteOptions#withWorkers(int)]. With [WriteOptions#withResume(boolean)], tensors that an earlier
    /// attempt finished are not asked of the source again: it must be the same source.
    ///
    /// @throws IOException if reading or writing fails; nothing is left behind but what can be resumed
    public static void write(TensorSource source, Path file, WriteOptions options) throws IOException {
        WriteOptions effective = options.metadata().isEmpty()
                ? source.metadata().map(options::withMetadata).orElse(options)
                : options;
        List<TensorSpec> tensors = source.tensors();
        try (StreamWriter writer = StreamWriter.open(file, tensors, effective)) {
            copy(source, tensors, writer);
        }
    }

    /// Writes what the source holds as files of at most so many bytes of tensors each,
    /// `STEM-00001-of-00003.safetensors` and so on, and their index `STEM.safetensors.index.json`, as transformers
    /// does: in the source's order, each file as full as it can be. A tensor above the limit has a file to itself. One
    /// file is enough for small models: it is then called `STEM.safetensors`, and has no index.
    ///
    /// The folder is made if it is not there. Each file appears whole, and the index last; after a failure all of
    /// them are removed. A killed process may leave files without an index. With [WriteOptions#withResume(boolean)]
    /// they stay in both cases, and the next write of the same tensors with the same limit keeps the files that are
    /// whole, whose checksums hold, and goes on with the one that is not. A second writer of a model of that stem is
    /// refused as long as the first one is at it, in another process, too.
    ///
    /// @return the files, the index last
    /// @throws java.nio.file.FileAlreadyExistsException if the folder holds a model of that stem already
    /// @throws java.nio.file.FileSystemException if another writer is writing one
    /// @throws IllegalArgumentException if the limit is not positive
    public static List<Path> writeShards(
            TensorSource source, Path folder, String stem, long maxShardBytes, WriteOptions options)
            throws IOException {
        return new ShardWriter(source, folder, stem, options).write(maxShardBytes);
    }

    /// Gives a file other metadata. Its tensors stay as they are, and so do their checksums; that of the header is made
    /// anew. They are not checked: [#verify(Path)] does that.
    ///
    /// The edited file takes the old one's place as a whole, as after a write. Where the file system lets files share
    /// blocks (xfs, btrfs), only the header costs anything; elsewhere the data is copied, at the speed of `cp`. If the
    /// header needs more room than it has, it grows by 4096 bytes or a multiple. If nothing changes, nothing is
    /// written.
    ///
    /// @param edit what stands under `__metadata__`, without our checksums, to what shall stand there; it may change
    ///     the map that it is given, and return it. An empty map leaves no entry
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    /// @throws dev.stsw.format.ChecksumException if its header's checksum does not match
    /// @throws dev.stsw.format.FileChangedException if it was cut meanwhile
    /// @throws IllegalArgumentException if the metadata cannot be written
    public static void editMetadata(Path file, UnaryOperator<Map<String, String>> edit) throws IOException {
        MetadataEdit.apply(file, edit, FileChannel::open);
    }

    private static void copy(TensorSource source, List<TensorSpec> tensors, StreamWriter writer) throws IOException {
        try {
            if (writer.takesSeveral() && source.concurrent()) {
                writer.writeAll(source);
                return;
            }
            for (TensorSpec tensor : tensors.subList(writer.resumedTensors().size(), tensors.size())) {
                try (ReadableByteChannel bytes = source.open(tensor.name())) {
                    writer.writeTensor(tensor.name(), bytes);
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            // Otherwise closing would add that the file is incomplete, which is no news.
            writer.abort();
            throw e;
        }
    }

    /// Reads and checks a file's structure alone: the header, and that the tensors cover the data section exactly.
    ///
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    public static Header header(Path file) throws IOException {
        try (OpenFile open = OpenFile.open(file)) {
            return Headers.read(open);
        }
    }

    /// Checks a file's structure and every checksum that it carries. See [#verify(Path, ProgressListener)].
    public static Verification verify(Path file) throws IOException {
        return verify(file, (done, total) -> {});
    }

    /// Checks a file's structure, the header's CRC-32, and each tensor's, reading every byte once.
    ///
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    /// @throws dev.stsw.format.FileChangedException if it was cut or grew meanwhile
    public static Verification verify(Path file, ProgressListener progress) throws IOException {
        Objects.requireNonNull(progress, "progress");
        try (OpenFile open = OpenFile.open(file)) {
            return Verifier.verify(open, Headers.read(open), progress);
        }
    }
}
