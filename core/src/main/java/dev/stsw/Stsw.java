package dev.stsw;

import dev.stsw.format.Header;
import dev.stsw.format.TensorSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// The common things with one call. Stateless; every method may be called from any thread.
@SuppressWarnings("DoNotCallSuggester")
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
        throw new UnsupportedOperationException();
    }

    /// All tensors of a file, in the order of its header. The file stays mapped until the last tensor is garbage.
    ///
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    public static Map<String, Tensor> load(Path file) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Writes what the source holds, in the source's own order, without holding a tensor in memory; with
    /// [TensorSources#inReferenceOrder(TensorSource)] the file is the one that the reference would write. The source's
    /// metadata is written unless the options bring their own. Does not close the source.
    ///
    /// @throws IOException if reading or writing fails; nothing is left behind
    public static void write(TensorSource source, Path file, WriteOptions options) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Reads and checks a file's structure alone: the header, and that the tensors cover the data section exactly.
    ///
    /// @throws dev.stsw.format.HeaderException if it is not a safetensors file
    public static Header header(Path file) throws IOException {
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
    }
}
