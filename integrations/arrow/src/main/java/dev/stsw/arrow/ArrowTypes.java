package dev.stsw.arrow;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.stream.Elements;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/// Which dtypes Arrow has.
final class ArrowTypes {
    private static final Map<DType, ArrowType> TYPES = new EnumMap<>(Map.ofEntries(
            Map.entry(DType.BOOL, ArrowType.Bool.INSTANCE),
            Map.entry(DType.I8, new ArrowType.Int(8, true)),
            Map.entry(DType.U8, new ArrowType.Int(8, false)),
            Map.entry(DType.I16, new ArrowType.Int(16, true)),
            Map.entry(DType.U16, new ArrowType.Int(16, false)),
            Map.entry(DType.I32, new ArrowType.Int(32, true)),
            Map.entry(DType.U32, new ArrowType.Int(32, false)),
            Map.entry(DType.I64, new ArrowType.Int(64, true)),
            Map.entry(DType.U64, new ArrowType.Int(64, false)),
            Map.entry(DType.F16, new ArrowType.FloatingPoint(FloatingPointPrecision.HALF)),
            Map.entry(DType.F32, new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)),
            Map.entry(DType.F64, new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE))));

    private ArrowTypes() {}

    /// Null if there is none.
    static @Nullable ArrowType find(DType dtype) {
        return TYPES.get(dtype);
    }

    static ArrowType of(DType dtype, Shape shape) {
        ArrowType type = find(dtype);
        if (type == null) {
            throw new UnsupportedOperationException(dtype + " " + shape + ": " + noSuchType(dtype));
        }
        return type;
    }

    static Optional<DType> dtype(ArrowType type) {
        return TYPES.entrySet().stream()
                .filter(entry -> entry.getValue().equals(type))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /// Why a tensor of this dtype is refused, and what can be had instead.
    static String noSuchType(DType dtype) {
        return "Arrow has no type for " + dtype + (holds(DType.F32, dtype) ? ": widen to F32" : "");
    }

    static void requireWidening(DType dtype, DType wide) {
        if (!holds(wide, dtype)) {
            throw new UnsupportedOperationException(
                    dtype + " is widened to F32 or F64 where they hold all of its values, not to " + wide);
        }
    }

    private static boolean holds(DType wide, DType dtype) {
        return (wide == DType.F64 || wide == DType.F32) && Elements.isFloatingPoint(dtype) && wide.holds(dtype);
    }
}
