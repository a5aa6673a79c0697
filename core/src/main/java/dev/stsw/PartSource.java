package dev.stsw;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Some of a source's tensors under its or other metadata. Closing it closes the source.
///
/// @param source where the bytes come from
/// @param tensors some of its tensors
/// @param metadata what to write beside them
record PartSource(TensorSource source, List<TensorSpec> tensors, Optional<Map<String, String>> metadata)
        implements TensorSource {

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        return source.open(name);
    }

    @Override
    public boolean concurrent() {
        return source.concurrent();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
