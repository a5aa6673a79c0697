package dev.stsw;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/// Tensors in memory as input of a writer, in the map's order.
final class MapSource implements TensorSource {
    private final Map<String, Tensor> tensors;
    private final List<TensorSpec> specs;
    private final Optional<Map<String, String>> metadata;

    MapSource(Map<String, Tensor> tensors, Optional<Map<String, String>> metadata) {
        this.tensors = tensors;
        this.specs = tensors.entrySet().stream()
                .map(entry -> new TensorSpec(
                        entry.getKey(),
                        entry.getValue().dtype(),
                        entry.getValue().shape()))
                .toList();
        this.metadata = metadata;
    }

    @Override
    public List<TensorSpec> tensors() {
        return specs;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return metadata;
    }

    @Override
    public ReadableByteChannel open(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new NoSuchElementException("no tensor " + TensorSpec.quote(name));
        }
        return new TensorChannel(tensor);
    }

    /// Unless the memory is its owner's alone, as in confined arenas.
    @Override
    public boolean concurrent() {
        Thread other = Thread.ofPlatform().unstarted(() -> {});
        return tensors.values().stream().allMatch(tensor -> tensor.memory().isAccessibleBy(other));
    }

    @Override
    public void close() {}
}
