package dev.stsw.arrow;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.Elements;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/// Whole models as vectors.
final class Loading {
    private static final int NAMED = 20;

    private Loading() {}

    static Map<String, FieldVector> load(TensorSource source, @Nullable DType floats, BufferAllocator allocator)
            throws IOException {
        List<TensorSpec> tensors = source.tensors();
        refuseTogether(tensors, floats);
        Map<String, FieldVector> vectors = LinkedHashMap.newLinkedHashMap(tensors.size());
        TensorSource wide = floats == null ? source : TensorSources.cast(source, floats);
        try {
            for (TensorSpec tensor : tensors) {
                DType wanted = wanted(tensor.dtype(), floats);
                Columns column = Columns.plain(tensor.name(), wanted, tensor.shape());
                TensorSource from = wanted == tensor.dtype() ? source : wide;
                vectors.put(tensor.name(), Copying.vector(from, tensor.name(), wanted, column, allocator));
            }
            return vectors;
        } catch (IOException | RuntimeException | Error e) {
            vectors.values().forEach(FieldVector::close);
            throw e;
        }
    }

    /// Floats as one dtype where that holds their values; everything else as it is.
    private static DType wanted(DType dtype, @Nullable DType floats) {
        return floats != null && Elements.isFloatingPoint(dtype) && floats.holds(dtype) ? floats : dtype;
    }

    /// Before the first byte is read.
    private static void refuseTogether(List<TensorSpec> tensors, @Nullable DType floats) {
        List<TensorSpec> refused = tensors.stream()
                .filter(tensor -> ArrowTypes.find(wanted(tensor.dtype(), floats)) == null)
                .toList();
        if (!refused.isEmpty()) {
            String all = refused.stream()
                    .limit(NAMED)
                    .map(tensor -> Columns.describe(tensor.name(), tensor.dtype(), tensor.shape()) + ": "
                            + ArrowTypes.noSuchType(tensor.dtype()))
                    .collect(Collectors.joining("\n"));
            throw new UnsupportedOperationException(
                    refused.size() <= NAMED ? all : all + "\n… and " + (refused.size() - NAMED) + " more");
        }
    }
}
