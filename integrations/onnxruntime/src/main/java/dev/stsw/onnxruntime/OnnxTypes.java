package dev.stsw.onnxruntime;

import ai.onnxruntime.OnnxJavaType;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.stream.Elements;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which dtypes ONNX Runtime's Java has. ONNX itself has more, and numbers all of them.
final class OnnxTypes {
    /// What is wrong with a tensor whose values stay inside.
    static final String NOT_HANDED_OUT = ": ONNX Runtime's Java hands out no such values";

    private static final Map<DType, OnnxJavaType> TYPES = new EnumMap<>(DType.class);
    private static final Map<OnnxJavaType, DType> DTYPES = new EnumMap<>(OnnxJavaType.class);

    static {
        put(DType.F64, OnnxJavaType.DOUBLE);
        put(DType.F32, OnnxJavaType.FLOAT);
        put(DType.F16, OnnxJavaType.FLOAT16);
        put(DType.BF16, OnnxJavaType.BFLOAT16);
        put(DType.I64, OnnxJavaType.INT64);
        put(DType.I32, OnnxJavaType.INT32);
        put(DType.I16, OnnxJavaType.INT16);
        put(DType.I8, OnnxJavaType.INT8);
        put(DType.U8, OnnxJavaType.UINT8);
        put(DType.BOOL, OnnxJavaType.BOOL);
    }

    private OnnxTypes() {}

    private static void put(DType dtype, OnnxJavaType type) {
        TYPES.put(dtype, type);
        DTYPES.put(type, dtype);
    }

    static Optional<DType> dtype(OnnxJavaType type) {
        return Optional.ofNullable(DTYPES.get(type));
    }

    static Optional<OnnxJavaType> exact(DType dtype) {
        return Optional.ofNullable(TYPES.get(dtype));
    }

    static OnnxJavaType exact(DType dtype, Shape shape) {
        return exact(dtype)
                .orElseThrow(
                        () -> new UnsupportedOperationException(dtype + " " + shape + ": " + noSuchTensors(dtype)));
    }

    /// The dtype that was asked for, if it holds all values of such a tensor.
    static DType widened(DType dtype, Shape shape, OnnxJavaType type) {
        return dtype(type)
                .filter(wider -> wider.holds(dtype))
                .orElseThrow(() -> new UnsupportedOperationException(
                        dtype + " " + shape + ": " + type + " does not hold all values of " + dtype));
    }

    /// Floats as one dtype where that holds their values; everything else as it is.
    static DType wanted(DType dtype, @Nullable DType floats) {
        return floats != null && Elements.isFloatingPoint(dtype) && floats.holds(dtype) ? floats : dtype;
    }

    /// Why a tensor of this dtype is refused, and what can be had instead.
    static String noSuchTensors(DType dtype) {
        boolean integers = dtype.name().startsWith("U");
        String instead = Stream.of(OnnxJavaType.FLOAT, OnnxJavaType.INT32, OnnxJavaType.INT64)
                .filter(type -> integers == (type != OnnxJavaType.FLOAT)
                        && dtype(type).filter(wider -> wider.holds(dtype)).isPresent())
                .findFirst()
                .map(type -> ": ask for " + type)
                .orElse("");
        return "ONNX Runtime's Java has no tensors of " + dtype + instead;
    }

    /// The dtype that ONNX gives this number (`TensorProto.DataType` of onnx.proto); empty if safetensors has none.
    static Optional<DType> ofOnnx(int number) {
        return Optional.ofNullable(
                switch (number) {
                    case 1 -> DType.F32;
                    case 2 -> DType.U8;
                    case 3 -> DType.I8;
                    case 4 -> DType.U16;
                    case 5 -> DType.I16;
                    case 6 -> DType.I32;
                    case 7 -> DType.I64;
                    case 9 -> DType.BOOL;
                    case 10 -> DType.F16;
                    case 11 -> DType.F64;
                    case 12 -> DType.U32;
                    case 13 -> DType.U64;
                    case 14 -> DType.C64;
                    case 16 -> DType.BF16;
                    case 17 -> DType.F8_E4M3;
                    case 18 -> DType.F8_E4M3FNUZ;
                    case 19 -> DType.F8_E5M2;
                    case 20 -> DType.F8_E5M2FNUZ;
                    case 23 -> DType.F4;
                    case 24 -> DType.F8_E8M0;
                    default -> null;
                });
    }
}
