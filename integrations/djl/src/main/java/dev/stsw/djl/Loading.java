package dev.stsw.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.Elements;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Whole models as lists of arrays.
final class Loading {
    private static final int NAMED = 20;

    private Loading() {}

    static NDList load(TensorSource source, NDManager manager, @Nullable DataType floats) throws IOException {
        Managers.check(manager);
        List<TensorSpec> tensors = source.tensors();
        refuseTogether(tensors, floats);
        NDArray[] arrays = new NDArray[tensors.size()];
        try {
            Workers.run(source, tensors, index -> {
                TensorSpec tensor = tensors.get(index);
                arrays[index] = array(source, tensor, wanted(tensor.dtype(), floats), manager);
            });
            return new NDList(arrays);
        } catch (IOException | RuntimeException | Error e) {
            Stream.of(arrays).filter(Objects::nonNull).forEach(NDArray::close);
            throw e;
        }
    }

    static NDArray array(TensorSource source, TensorSpec tensor, DType wanted, NDManager manager) throws IOException {
        try (ReadableByteChannel bytes = source.open(tensor.name())) {
            NDArray array = ArrayFilling.create(manager, tensor.shape(), tensor.dtype(), wanted, bytes);
            array.setName(tensor.name());
            return array;
        }
    }

    /// Integers hold no floats, and F64 is held by nothing but itself.
    static DType wanted(DType dtype, @Nullable DataType floats) {
        return floats == null || !Elements.isFloatingPoint(dtype)
                ? dtype
                : ArrayTypes.dtype(floats).filter(wide -> wide.holds(dtype)).orElse(dtype);
    }

    /// Before the first byte is read.
    static void refuseTogether(List<TensorSpec> tensors, @Nullable DataType floats) {
        List<TensorSpec> refused = tensors.stream()
                .filter(tensor -> !ArrayTypes.isExact(wanted(tensor.dtype(), floats)))
                .toList();
        if (!refused.isEmpty()) {
            String all = refused.stream()
                    .limit(NAMED)
                    .map(tensor -> "tensor " + TensorSpec.quote(tensor.name()) + ", " + tensor.dtype() + " "
                            + tensor.shape() + ": " + ArrayTypes.noSuchArrays(tensor.dtype()))
                    .collect(Collectors.joining("\n"));
            throw new UnsupportedOperationException(
                    refused.size() <= NAMED ? all : all + "\n… and " + (refused.size() - NAMED) + " more");
        }
    }
}
