package dev.stsw.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import dev.stsw.Tensors;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/// Open tensors as input of a writer; one is in the heap at a time.
final class OnnxSource implements TensorSource {
    private final Map<String, OnnxTensor> tensors;
    private final List<TensorSpec> specs;

    private OnnxSource(Map<String, OnnxTensor> tensors, List<TensorSpec> specs) {
        this.tensors = tensors;
        this.specs = specs;
    }

    static TensorSource of(Map<String, OnnxTensor> tensors) {
        List<String> refused = tensors.entrySet().stream()
                .filter(entry ->
                        OnnxTypes.dtype(entry.getValue().getInfo().type).isEmpty())
                .map(entry -> "tensor " + TensorSpec.quote(entry.getKey()) + ", "
                        + entry.getValue().getInfo().onnxType + OnnxTypes.NOT_HANDED_OUT)
                .toList();
        if (!refused.isEmpty()) {
            throw new UnsupportedOperationException(String.join("\n", refused));
        }
        List<TensorSpec> specs = tensors.entrySet().stream()
                .map(entry -> new TensorSpec(
                        entry.getKey(),
                        Copies.dtype(entry.getValue().getInfo()),
                        Shape.of(entry.getValue().getInfo().getShape())))
                .toList();
        return new OnnxSource(tensors, specs);
    }

    @Override
    public List<TensorSpec> tensors() {
        return specs;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return Optional.empty();
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        OnnxTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new NoSuchElementException("no tensor " + TensorSpec.quote(name));
        }
        return Tensors.source(Map.of(name, Copies.back(tensor))).open(name);
    }

    @Override
    public void close() {}
}
