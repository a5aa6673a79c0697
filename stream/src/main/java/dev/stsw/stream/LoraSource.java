package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** A model's tensors with what an adapter adds to some of them, or has in their place. */
final class LoraSource extends ForwardingSource {
    private final TensorSource adapter;
    private final Map<String, TensorSpec> base = new HashMap<>();
    private final Map<String, Sum> sums;
    private final Map<String, TensorSpec> replaced;
    private final Consumer<? super CastCounts> listener;

    /**
     * What is added to a weight.
     *
     * @param transposed whether the weight lies as {@code [in, out]}
     */
    record Sum(LoraModule module, boolean transposed, float scale) {}

    /**
     * @param sums by the names of the base's tensors
     * @param replaced the adapter's tensors that stand in their place, of the same shapes
     */
    LoraSource(
            TensorSource base,
            TensorSource adapter,
            Map<String, Sum> sums,
            Map<String, TensorSpec> replaced,
            Consumer<? super CastCounts> listener) {
        super(base);
        this.adapter = adapter;
        this.sums = Map.copyOf(sums);
        this.replaced = Map.copyOf(replaced);
        this.listener = listener;
        base.tensors().forEach(tensor -> this.base.put(tensor.name(), tensor));
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        Sum sum = sums.get(name);
        TensorSpec weight = base.get(name);
        if (weight != null && sum != null) {
            LoraProduct factors = LoraProduct.read(sum.module(), adapter, sum.transposed());
            return new LoraChannel(super.open(name), weight, factors, sum.scale(), listener);
        }
        TensorSpec other = replaced.get(name);
        if (weight == null || other == null) {
            return super.open(name);
        }
        DType dtype = weight.dtype();
        ReadableByteChannel bytes = adapter.open(other.name());
        return other.dtype() == dtype ? bytes : new CastChannel(bytes, other, dtype, counts -> {});
    }

    @Override
    public boolean concurrent() {
        return super.concurrent() && adapter.concurrent();
    }

    @Override
    public void close() throws IOException {
        try {
            adapter.close();
        } finally {
            super.close();
        }
    }
}
