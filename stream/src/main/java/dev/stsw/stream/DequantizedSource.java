package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Another source whose quantized weights are plain tensors, and whose scales are gone. */
final class DequantizedSource extends ForwardingSource {
    private final AtomicReference<SwappedChannel.@Nullable Matrix> spare = new AtomicReference<>();
    private final TensorSource source;
    private final List<TensorSpec> tensors;
    private final Map<String, QuantizedWeight> weights = new HashMap<>();
    private final DType target;
    private final Consumer<? super CastCounts> listener;

    /** @param scales names of the tensors that are left out */
    DequantizedSource(
            TensorSource source,
            List<QuantizedWeight> weights,
            Set<String> scales,
            DType target,
            Consumer<? super CastCounts> listener) {
        super(source);
        this.source = source;
        this.target = target;
        this.listener = listener;
        Map<String, QuantizedWeight> byCodes = new HashMap<>();
        for (QuantizedWeight weight : weights) {
            byCodes.put(weight.codes().name(), weight);
            this.weights.put(weight.name(), weight);
        }
        List<TensorSpec> all = new ArrayList<>();
        for (TensorSpec tensor : source.tensors()) {
            QuantizedWeight weight = byCodes.get(tensor.name());
            if (weight != null) {
                all.add(weight.as(target));
            } else if (!scales.contains(tensor.name())) {
                all.add(tensor);
            }
        }
        this.tensors = Collections.unmodifiableList(all);
    }

    @Override
    public List<TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        QuantizedWeight weight = weights.get(name);
        if (weight == null) {
            return super.open(name);
        }
        ScaleReader reader = ScaleReader.open(weight, source);
        try {
            return weight.isSwapped()
                    ? new SwappedChannel(source.open(weight.codes().name()), weight, reader, target, listener, spare)
                    : plain(weight, reader);
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private ReadableByteChannel plain(QuantizedWeight weight, ScaleReader reader) throws IOException {
        Scales scales = Scales.of(weight, reader);
        return new DequantizingChannel(source.open(weight.codes().name()), weight, scales, target, listener);
    }
}
