package dev.stsw.torch;

import dev.stsw.format.DType;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.Global;
import dev.stsw.torch.Value.Int;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.Obj;
import dev.stsw.torch.Value.Real;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A quantized tensor in three that safetensors has a form for ({@code torch._utils._rebuild_qtensor}).
 *
 * @param codes I8, U8 or I32
 * @param scale what a step of the codes is worth; of one element, or broadcasting along the codes' channels
 * @param zeroPoint the code that stands for zero, of the same shape
 */
record Quantized(View codes, View scale, View zeroPoint) {
    private static final ElementType REAL = new ElementType("float64", Double.BYTES, DType.F64);
    private static final ElementType WHOLE = new ElementType("int64", Long.BYTES, DType.I64);

    /** Null for anything else. */
    static @Nullable Quantized of(Value value, Rebuild rebuild) throws CheckpointException {
        if (!(value instanceof Obj object) || !object.isOf("torch._utils._rebuild_qtensor")) {
            return null;
        }
        if (!(object.argument(4) instanceof Items parameters) || parameters.values.size() < 3) {
            throw unsupported("has no parameters of its quantization");
        }
        View codes = rebuild.codes(object);
        List<Value> values = parameters.values;
        String scheme = values.get(0) instanceof Global global ? global.toString() : "";
        if (scheme.startsWith("torch.per_tensor_")
                && values.get(1) instanceof Real scale
                && values.get(2) instanceof Int zeroPoint) {
            return new Quantized(
                    codes, scalar(REAL, Double.doubleToRawLongBits(scale.value())), scalar(WHOLE, zeroPoint.value()));
        }
        if (scheme.startsWith("torch.per_channel_")
                && values.size() == 4
                && values.get(3) instanceof Int axis
                && axis.value() >= 0
                && axis.value() < codes.rank()) {
            int channel = Math.toIntExact(axis.value());
            return new Quantized(
                    codes,
                    along(rebuild.tensor(values.get(1)), channel, codes),
                    along(rebuild.tensor(values.get(2)), channel, codes));
        }
        throw unsupported("is quantized in an unknown way");
    }

    private static View along(@Nullable View list, int channel, View codes) throws CheckpointException {
        if (list == null || list.rank() != 1 || list.size(0) != codes.size(channel)) {
            throw unsupported("is quantized by channels, but without one scale and zero point for each");
        }
        return list.along(channel, codes.rank());
    }

    private static View scalar(ElementType type, long bits) {
        byte[] bytes = new byte[Long.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(bits);
        DType dtype = type.name().equals("int64") ? DType.I64 : DType.F64;
        return new View(
                HeapBytes.blob("quantization", bytes), type, dtype, 0, new long[0], new long[0], ElementFix.NONE);
    }

    private static CheckpointException unsupported(String problem) {
        return new CheckpointException(Kind.UNSUPPORTED, problem + ", for which safetensors has no form");
    }
}
