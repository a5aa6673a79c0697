package dev.stsw.cli;

import dev.stsw.format.DType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A dtype as people type it: as safetensors, PyTorch, NumPy, JAX or a model's card calls it, in capitals or not.
final class DTypeName implements ITypeConverter<DType> {
    /// What tensors can be cast to, under the names that people are told.
    private static final List<String> TARGETS =
            List.of("f64", "f32", "f16", "bf16", "f8_e4m3", "f8_e5m2", "f8_e8m0", "f8_e4m3fnuz", "f8_e5m2fnuz");

    private static final Map<String, DType> BY_NAME = names();

    /// For picocli.
    DTypeName() {}

    private static Map<String, DType> names() {
        Map<String, DType> names = new LinkedHashMap<>();
        for (DType dtype : DType.values()) {
            names.put(plain(dtype.name()), dtype);
        }
        add(names, DType.F64, "float64", "fp64", "double");
        add(names, DType.F32, "float32", "fp32", "float", "single");
        add(names, DType.F16, "float16", "fp16", "half");
        add(names, DType.BF16, "bfloat16", "bfp16", "bfloat");
        add(names, DType.F8_E4M3, "float8e4m3fn", "float8e4m3", "fp8e4m3fn", "fp8e4m3", "e4m3fn", "e4m3", "f8e4m3fn");
        add(names, DType.F8_E4M3, "float8", "fp8", "f8");
        add(names, DType.F8_E5M2, "float8e5m2", "fp8e5m2", "e5m2");
        add(names, DType.F8_E4M3FNUZ, "float8e4m3fnuz", "fp8e4m3fnuz", "e4m3fnuz");
        add(names, DType.F8_E5M2FNUZ, "float8e5m2fnuz", "fp8e5m2fnuz", "e5m2fnuz");
        add(names, DType.F8_E8M0, "float8e8m0fnu", "float8e8m0", "fp8e8m0", "e8m0", "e8m0fnu", "f8e8m0fnu");
        add(names, DType.F4, "float4e2m1fn", "float4", "fp4", "float4e2m1", "fp4e2m1", "e2m1");
        add(names, DType.F6_E2M3, "float6e2m3fn", "float6e2m3", "fp6e2m3", "e2m3");
        add(names, DType.F6_E3M2, "float6e3m2fn", "float6e3m2", "fp6e3m2", "e3m2");
        add(names, DType.I64, "int64", "long");
        add(names, DType.I32, "int32", "int");
        add(names, DType.I16, "int16");
        add(names, DType.I8, "int8");
        add(names, DType.U64, "uint64");
        add(names, DType.U32, "uint32");
        add(names, DType.U16, "uint16");
        add(names, DType.U8, "uint8");
        add(names, DType.C64, "complex64", "cfloat");
        return Collections.unmodifiableMap(names);
    }

    private static void add(Map<String, DType> names, DType dtype, String... aliases) {
        for (String alias : aliases) {
            names.put(alias, dtype);
        }
    }

    /// Without what says nothing: capitals, the library in front (`torch.`), underscores and hyphens.
    private static String plain(String name) {
        String lower = name.toLowerCase(Locale.ROOT).strip();
        return lower.substring(lower.lastIndexOf('.') + 1).replace("_", "").replace("-", "");
    }

    static Optional<DType> find(String name) {
        return Optional.ofNullable(BY_NAME.get(plain(name)));
    }

    @Override
    public DType convert(String value) {
        DType dtype = BY_NAME.get(plain(value));
        if (dtype != null && TARGETS.contains(dtype.name().toLowerCase(Locale.ROOT))) {
            return dtype;
        }
        String fault = dtype == null ? "'" + value + "' is no dtype" : "tensors cannot be cast to " + dtype;
        String hint = dtype == null
                ? nearest(plain(value)).map(near -> ", perhaps " + near).orElse("")
                : "";
        throw new TypeConversionException(fault + hint + "; one of " + String.join(", ", TARGETS));
    }

    /// The target that one or two slips of the finger may have been meant for.
    private static Optional<String> nearest(String name) {
        int least = 3;
        Optional<String> nearest = Optional.empty();
        for (Map.Entry<String, DType> known : BY_NAME.entrySet()) {
            String target = known.getValue().name().toLowerCase(Locale.ROOT);
            int distance = Suggestion.distance(name, known.getKey());
            if (distance < least && distance < name.length() && TARGETS.contains(target)) {
                least = distance;
                nearest = Optional.of(target);
            }
        }
        return nearest;
    }
}
