package dev.stsw.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Open arrays as input of a writer.
final class ArraySource implements TensorSource {
    private final Map<String, NDArray> arrays;
    private final List<TensorSpec> tensors;

    private ArraySource(Map<String, NDArray> arrays) {
        this.arrays = arrays;
        List<String> refused = arrays.values().stream()
                .filter(array -> ArrayTypes.dtype(array.getDataType()).isEmpty())
                .map(array -> ArrayTensors.describe(array) + ": no dtype of safetensors")
                .toList();
        if (!refused.isEmpty()) {
            throw new UnsupportedOperationException(String.join("\n", refused));
        }
        this.tensors = arrays.entrySet().stream()
                .map(entry -> new TensorSpec(
                        entry.getKey(),
                        ArrayTensors.dtype(entry.getValue()),
                        Shape.of(entry.getValue().getShape().getShape())))
                .toList();
    }

    static TensorSource of(NDList list) {
        Map<String, NDArray> arrays = LinkedHashMap.newLinkedHashMap(list.size());
        List<String> faults = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String name = list.get(i).getName();
            if (name == null) {
                faults.add("array " + i + ", " + list.get(i).getShape() + ", has no name: give it one with setName");
            } else if (arrays.put(name, list.get(i)) != null) {
                faults.add("two arrays are called " + TensorSpec.quote(name));
            }
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", faults));
        }
        return new ArraySource(arrays);
    }

    static TensorSource of(Map<String, NDArray> arrays) {
        return new ArraySource(arrays);
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
        NDArray array = arrays.get(name);
        if (array == null) {
            throw new NoSuchElementException("no array " + TensorSpec.quote(name));
        }
        DType dtype = ArrayTensors.dtype(array);
        return new PartsChannel(new ArrayParts(array, dtype, ArrayParts.MAX_BYTES));
    }

    @Override
    public void close() {}

    private static final class PartsChannel implements ReadableByteChannel {
        private final ArrayParts parts;
        private @Nullable ByteBuffer part;
        private boolean open = true;

        PartsChannel(ArrayParts parts) {
            this.parts = parts;
            this.part = parts.next();
        }

        @Override
        public int read(ByteBuffer target) {
            ByteBuffer from = part;
            if (from != null && !from.hasRemaining()) {
                from = parts.next();
                part = from;
            }
            if (from == null) {
                return -1;
            }
            int count = Math.min(from.remaining(), target.remaining());
            target.put(from.slice(from.position(), count));
            from.position(from.position() + count);
            return count;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
            parts.close();
        }
    }
}
