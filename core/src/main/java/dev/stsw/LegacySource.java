package dev.stsw;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads files of the Python original (stsw 1.0.0), which the reference rejects, so that they can be written again as
/// official ones. Also reads any official file. For one thread at a time.
@SuppressWarnings("DoNotCallSuggester")
public final class LegacySource implements TensorSource {
    private LegacySource() {}

    /// Opens a file and checks its header; checksums are checked as each tensor is read.
    ///
    /// @throws dev.stsw.format.HeaderException if the header makes no sense, leniently read
    public static LegacySource open(Path file) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// What is not as the format asks, one sentence each; empty for an official file.
    public List<String> notes() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<TensorSpec> tensors() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        throw new UnsupportedOperationException();
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() throws IOException {
        throw new UnsupportedOperationException();
    }
}
