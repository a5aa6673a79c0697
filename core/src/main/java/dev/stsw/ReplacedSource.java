package dev.stsw;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.ForwardingSource;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Another source, with some tensors in the place of its own, and some more behind them.
final class ReplacedSource extends ForwardingSource {
    private final MapSource replacements;
    private final Map<String, TensorSpec> specs = new LinkedHashMap<>();
    private final List<TensorSpec> tensors;

    ReplacedSource(TensorSource source, Map<String, Tensor> replacements) {
        super(source);
        this.replacements = new MapSource(new LinkedHashMap<>(replacements), source.metadata());
        this.replacements.tensors().forEach(tensor -> specs.put(tensor.name(), tensor));
        List<TensorSpec> all = new ArrayList<>();
        Map<String, TensorSpec> more = new LinkedHashMap<>(specs);
        for (TensorSpec tensor : source.tensors()) {
            TensorSpec other = more.remove(tensor.name());
            all.add(other == null ? tensor : other);
        }
        all.addAll(more.values());
        this.tensors = List.copyOf(all);
    }

    @Override
    public List<TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        return specs.containsKey(name) ? replacements.open(name) : super.open(name);
    }

    @Override
    public boolean concurrent() {
        return super.concurrent() && replacements.concurrent();
    }
}
