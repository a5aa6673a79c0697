package dev.stsw;

import dev.stsw.format.TensorSource;
import java.util.Map;
import java.util.Optional;

/// Sources made of tensors in memory. See [dev.stsw.stream.TensorSources] for sources made from other sources.
public final class Tensors {
    private Tensors() {}

    /// Tensors in memory, in the map's order, without metadata. They must stay valid until they were written.
    public static TensorSource source(Map<String, Tensor> tensors) {
        return new MapSource(tensors, Optional.empty());
    }
}
