package dev.stsw.torch;

import dev.stsw.format.DType;
import dev.stsw.torch.CheckpointException.Kind;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An element type as NumPy's {@code descr} says it: {@code <f4}.
 *
 * @param type the same among torch's, so that the same code reads both; without a form in safetensors only if it is
 *     complex128: other types without one are no numbers, or none that anything else than NumPy knows
 * @param bigEndian whether elements are stored with their highest byte first
 */
record NumpyType(ElementType type, boolean bigEndian) {
    private static final Pattern FORM = Pattern.compile("([<>|=]?)([a-zA-Z])(\\d{0,9})(\\[.{1,30}])?");

    private static final Map<String, DType> KNOWN = Map.ofEntries(
            Map.entry("b1", DType.BOOL),
            Map.entry("i1", DType.I8),
            Map.entry("u1", DType.U8),
            Map.entry("i2", DType.I16),
            Map.entry("u2", DType.U16),
            Map.entry("f2", DType.F16),
            Map.entry("i4", DType.I32),
            Map.entry("u4", DType.U32),
            Map.entry("f4", DType.F32),
            Map.entry("i8", DType.I64),
            Map.entry("u8", DType.U64),
            Map.entry("f8", DType.F64),
            Map.entry("c8", DType.C64));

    /** Types that NumPy itself lacks, by the class that stands for them ({@code ml_dtypes} 0.5, of JAX and TensorFlow). */
    private static final Map<String, DType> ML_DTYPES = Map.of(
            "bfloat16",
            DType.BF16,
            "float8_e4m3fn",
            DType.F8_E4M3,
            "float8_e4m3fnuz",
            DType.F8_E4M3FNUZ,
            "float8_e5m2",
            DType.F8_E5M2,
            "float8_e5m2fnuz",
            DType.F8_E5M2FNUZ,
            "float8_e8m0fnu",
            DType.F8_E8M0);

    /** The same the other way round: how NumPy says a type of little-endian elements; null for what it lacks. */
    static @Nullable String descr(DType dtype) {
        return KNOWN.entrySet().stream()
                .filter(known -> known.getValue() == dtype)
                .map(known -> (dtype.bits() == Byte.SIZE ? "|" : "<") + known.getKey())
                .findFirst()
                .orElse(null);
    }

    static NumpyType of(String descr) throws CheckpointException {
        Matcher form = FORM.matcher(descr);
        if (!form.matches()) {
            throw new CheckpointException(Kind.UNSUPPORTED, "has the unknown dtype " + Quote.text(descr));
        }
        String code = form.group(2) + form.group(3);
        boolean complex128 = code.equals("c16");
        DType dtype = KNOWN.get(code);
        if ((dtype == null && !complex128) || form.group(4) != null) {
            throw new CheckpointException(
                    Kind.UNSUPPORTED, "has dtype " + Quote.text(descr) + ", " + kind(form.group(2), form.group(3)));
        }
        int bytes = dtype == null ? 16 : dtype.bits() / Byte.SIZE;
        String order = form.group(1);
        if (bytes > 1 && !order.equals("<") && !order.equals(">")) {
            throw new CheckpointException(
                    Kind.UNSUPPORTED, "has dtype " + Quote.text(descr) + ", which does not say its byte order");
        }
        String name = complex128 ? "complex128" : dtype == DType.C64 ? "complex64" : code;
        return new NumpyType(new ElementType(name, bytes, dtype), order.equals(">"));
    }

    /** The type that a class stands for, with its byte order. */
    static NumpyType ofClass(String className, String order) throws CheckpointException {
        String name = className.substring(className.lastIndexOf('.') + 1);
        DType dtype = className.startsWith("ml_dtypes.") ? ML_DTYPES.get(name) : null;
        if (dtype == null) {
            throw new CheckpointException(
                    Kind.UNSUPPORTED, "has dtype " + Quote.text(className) + ", which safetensors does not know");
        }
        return new NumpyType(new ElementType(name, dtype.bits() / Byte.SIZE, dtype), order.equals(">"));
    }

    /** What elements of a type are that safetensors has none for. */
    private static String kind(String letter, String bytes) {
        return switch (letter) {
            case "O" -> "Python objects in a pickle, which is never run";
            case "S", "a", "U" -> "text, which safetensors cannot hold";
            case "M", "m" -> "dates or times, which safetensors cannot hold";
            case "c" -> "complex numbers of " + bytes + " bytes, of which safetensors knows only 8";
            case "V" ->
                "raw bytes that may mean anything (bfloat16 and the F8 types come out so); save them as float32 or"
                        + " through safetensors";
            default -> "which safetensors does not know";
        };
    }
}
