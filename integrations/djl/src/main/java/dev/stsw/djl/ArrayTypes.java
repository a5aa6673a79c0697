package dev.stsw.djl;

import ai.djl.ndarray.types.DataType;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Which dtypes DJL's PyTorch engine has. Any other one that it is asked for ends the virtual machine (0.35.1), so that
/// nothing gets past here that is not in this table. COMPLEX64 is not: the engine takes it for FLOAT32.
final class ArrayTypes {
    private static final Map<DType, DataType> ARRAY_TYPES = new EnumMap<>(Map.of(
            DType.F64, DataType.FLOAT64,
            DType.F32, DataType.FLOAT32,
            DType.F16, DataType.FLOAT16,
            DType.I64, DataType.INT64,
            DType.I32, DataType.INT32,
            DType.I8, DataType.INT8,
            DType.U8, DataType.UINT8,
            DType.BOOL, DataType.BOOLEAN));
    private static final Map<DataType, DType> DTYPES = new EnumMap<>(DataType.class);

    static {
        ARRAY_TYPES.forEach((dtype, type) -> DTYPES.put(type, dtype));
    }

    private ArrayTypes() {}

    static Optional<DType> dtype(DataType type) {
        return Optional.ofNullable(DTYPES.get(type));
    }

    /// The type of arrays that hold such a tensor bit for bit.
    static DataType exact(DType dtype, Shape shape) {
        DataType type = ARRAY_TYPES.get(dtype);
        if (type == null) {
            throw new UnsupportedOperationException(dtype + " " + shape + ": " + noSuchArrays(dtype));
        }
        return type;
    }

    static boolean isExact(DType dtype) {
        return ARRAY_TYPES.containsKey(dtype);
    }

    /// Why a tensor of this dtype is refused, and what can be had instead.
    static String noSuchArrays(DType dtype) {
        boolean integers = dtype.name().startsWith("I") || dtype.name().startsWith("U");
        String instead = Stream.of(DType.F32, DType.I32, DType.I64)
                .filter(wider -> wider.holds(dtype) && integers == (wider != DType.F32))
                .findFirst()
                .map(wider -> ": ask for " + exact(wider, Shape.of()).name())
                .orElse("");
        return "DJL's PyTorch engine has no arrays of " + dtype + instead;
    }

    /// The type that was asked for, if it holds all values of such a tensor.
    static DType widened(DType dtype, Shape shape, DataType type) {
        DType wider = dtype(type)
                .orElseThrow(() -> new UnsupportedOperationException(
                        "DJL's PyTorch engine makes no arrays of " + type.name() + " safely"));
        if (!wider.holds(dtype)) {
            throw new UnsupportedOperationException(
                    dtype + " " + shape + ": " + type.name() + " does not hold all values of " + dtype);
        }
        return wider;
    }

    static ai.djl.ndarray.types.Shape shape(Shape shape) {
        return new ai.djl.ndarray.types.Shape(shape.toArray());
    }
}
