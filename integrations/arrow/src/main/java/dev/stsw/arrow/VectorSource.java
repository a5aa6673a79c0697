package dev.stsw.arrow;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.arrow.vector.FieldVector;

/// Open vectors as input of a writer.
final class VectorSource implements TensorSource {
    private final Map<String, FieldVector> vectors;
    private final List<TensorSpec> tensors;

    private VectorSource(Map<String, FieldVector> vectors, List<TensorSpec> tensors) {
        this.vectors = vectors;
        this.tensors = tensors;
    }

    static TensorSource of(Map<String, FieldVector> vectors) {
        List<TensorSpec> tensors = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        vectors.forEach((name, vector) -> {
            try {
                tensors.add(VectorBytes.spec(name, vector));
            } catch (UnsupportedOperationException e) {
                refused.add("tensor " + TensorSpec.quote(name) + ": " + e.getMessage());
            }
        });
        if (!refused.isEmpty()) {
            throw new UnsupportedOperationException(String.join("\n", refused));
        }
        return new VectorSource(vectors, List.copyOf(tensors));
    }

    @Override
    public List<TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return Optional.empty();
    }

    @Override
    public ReadableByteChannel open(String name) {
        FieldVector vector = vectors.get(name);
        if (vector == null) {
            throw new NoSuchElementException("no vector " + TensorSpec.quote(name));
        }
        return VectorBytes.channel(vector);
    }

    @Override
    public void close() {}
}
