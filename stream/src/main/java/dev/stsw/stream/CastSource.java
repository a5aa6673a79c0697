package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Another source's floating-point tensors as another dtype; the others as they are. */
final class CastSource extends ForwardingSource {
    private final DType target;
    private final List<TensorSpec> tensors;
    private final Map<String, TensorSpec> originals;
    private final Consumer<? super CastCounts> listener;

    CastSource(TensorSource source, DType target, Consumer<? super CastCounts> listener) {
        super(source);
        if (!Narrowing.supports(target)) {
            throw new IllegalArgumentException("floating-point values cannot be rounded to " + target);
        }
        this.target = target;
        this.listener = listener;
        this.originals =
                source.tensors().stream().collect(Collectors.toUnmodifiableMap(TensorSpec::name, Function.identity()));
        this.tensors = source.tensors().stream().map(this::cast).toList();
    }

    private TensorSpec cast(TensorSpec tensor) {
        return Elements.isFloatingPoint(tensor.dtype())
                ? new TensorSpec(tensor.name(), target, tensor.shape())
                : tensor;
    }

    @Override
    public List<TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        ReadableByteChannel bytes = super.open(name);
        TensorSpec original = originals.get(name);
        return original == null || original.equals(cast(original))
                ? bytes
                : new CastChannel(bytes, original, target, listener);
    }
}
