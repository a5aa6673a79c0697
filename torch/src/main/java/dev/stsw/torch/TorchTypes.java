package dev.stsw.torch;

import dev.stsw.format.DType;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What torch calls its element types, storages and old tensor classes, and what safetensors calls them. */
final class TorchTypes {
    /** Element types by the name of the class: {@code Float} of {@code FloatStorage} and {@code FloatTensor}. */
    private static final Map<String, ElementType> TYPED = new LinkedHashMap<>();

    /** Element types by dtype name, those without a class too. */
    private static final Map<String, ElementType> BY_DTYPE = new LinkedHashMap<>();

    static {
        typed("Double", "float64", 8, DType.F64);
        typed("Float", "float32", 4, DType.F32);
        typed("Half", "float16", 2, DType.F16);
        typed("BFloat16", "bfloat16", 2, DType.BF16);
        typed("Long", "int64", 8, DType.I64);
        typed("Int", "int32", 4, DType.I32);
        typed("Short", "int16", 2, DType.I16);
        typed("Char", "int8", 1, DType.I8);
        typed("Byte", "uint8", 1, DType.U8);
        typed("Bool", "bool", 1, DType.BOOL);
        typed("ComplexFloat", "complex64", 8, DType.C64);
        typed("ComplexDouble", "complex128", 16, null);
        typed("QUInt8", "quint8", 1, null);
        typed("QInt8", "qint8", 1, null);
        typed("QInt32", "qint32", 4, null);
        typed("QUInt4x2", "quint4x2", 1, null);
        typed("QUInt2x4", "quint2x4", 1, null);
        // Those without a typed storage of their own come through _rebuild_tensor_v3.
        untyped("float8_e4m3fn", 1, DType.F8_E4M3);
        untyped("float8_e4m3fnuz", 1, DType.F8_E4M3FNUZ);
        untyped("float8_e5m2", 1, DType.F8_E5M2);
        untyped("float8_e5m2fnuz", 1, DType.F8_E5M2FNUZ);
        untyped("float8_e8m0fnu", 1, DType.F8_E8M0);
        untyped("float4_e2m1fn_x2", 1, DType.F4);
        untyped("uint16", 2, DType.U16);
        untyped("uint32", 4, DType.U32);
        untyped("uint64", 8, DType.U64);
        untyped("complex32", 4, null);
        untyped("bits8", 1, null);
        untyped("bits16", 2, null);
        untyped("bits1x8", 1, null);
        untyped("bits2x4", 1, null);
        untyped("bits4x2", 1, null);
        for (int bits = 1; bits < 8; bits++) {
            untyped("int" + bits, 1, null);
            untyped("uint" + bits, 1, null);
        }
    }

    /** A storage of bytes, whose tensors say their dtype themselves. */
    private static final ElementType BYTES = new ElementType("uint8", 1, DType.U8);

    private static final Set<String> UNTYPED_STORAGES =
            Set.of("torch.storage.UntypedStorage", "torch.storage._UntypedStorage", "torch.UntypedStorage");

    private TorchTypes() {}

    private static void typed(String className, String name, int bytes, @Nullable DType dtype) {
        ElementType type = new ElementType(name, bytes, dtype);
        TYPED.put(className, type);
        BY_DTYPE.put(name, type);
    }

    private static void untyped(String name, int bytes, @Nullable DType dtype) {
        BY_DTYPE.put(name, new ElementType(name, bytes, dtype));
    }

    /** Elements of a storage class; null for any other class. Exact: torch itself takes any name with "Storage" in it. */
    static @Nullable ElementType ofStorage(Value.Global storage) {
        if (UNTYPED_STORAGES.contains(storage.toString())) {
            return BYTES;
        }
        return ofClass(storage, "Storage", Set.of("torch", "torch.cuda"));
    }

    /** Elements of an old tensor class such as {@code torch.cuda.HalfTensor}; null for any other class. */
    static @Nullable ElementType ofTensorClass(Value.Global tensor) {
        return ofClass(tensor, "Tensor", Set.of("torch", "torch.cuda"));
    }

    /** The dtype that is named; null for any other name. */
    static @Nullable ElementType ofDType(Value.Global dtype) {
        return dtype.module().equals("torch") ? BY_DTYPE.get(dtype.name()) : null;
    }

    private static @Nullable ElementType ofClass(Value.Global global, String suffix, Set<String> modules) {
        String name = global.name();
        return modules.contains(global.module()) && name.endsWith(suffix)
                ? TYPED.get(name.substring(0, name.length() - suffix.length()))
                : null;
    }

    /** Names of all dtypes, storages and tensor classes that torch 2.13 allows in a file. */
    static Set<String> allowed() {
        Set<String> names = new HashSet<>();
        BY_DTYPE.keySet().forEach(name -> names.add("torch." + name));
        Set<String> plain = Set.of("Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte");
        for (String name : TYPED.keySet()) {
            boolean quantized = name.startsWith("Q");
            names.add("torch." + name + "Storage");
            if (!quantized) {
                names.add("torch.cuda." + name + "Storage");
            }
            if (plain.contains(name) || name.equals("Bool")) {
                names.add("torch." + name + "Tensor");
                names.add("torch.cuda." + name + "Tensor");
            }
            if (plain.contains(name)) {
                names.add("torch.sparse." + name + "Tensor");
                names.add("torch.cuda.sparse." + name + "Tensor");
            }
        }
        names.addAll(List.of("torch.storage.TypedStorage", "torch.storage.UntypedStorage"));
        return names;
    }
}
