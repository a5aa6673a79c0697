package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DTypeNameTest {
    @ParameterizedTest
    @CsvSource({
        "bf16, BF16",
        "BF16, BF16",
        "bfloat16, BF16",
        "torch.bfloat16, BF16",
        "jnp.bfloat16, BF16",
        "f16, F16",
        "fp16, F16",
        "float16, F16",
        "half, F16",
        "torch.half, F16",
        "np.float16, F16",
        "f32, F32",
        "fp32, F32",
        "float32, F32",
        "Float, F32",
        "float, F32",
        "f64, F64",
        "double, F64",
        "float64, F64",
        "fp64, F64",
        "fp8, F8_E4M3",
        "float8, F8_E4M3",
        "e4m3, F8_E4M3",
        "float8_e4m3fn, F8_E4M3",
        "torch.float8_e4m3fn, F8_E4M3",
        "F8_E4M3, F8_E4M3",
        "fp8_e4m3, F8_E4M3",
        "f8-e4m3, F8_E4M3",
        "F8_E4M3FN, F8_E4M3",
        "F8_E5M2, F8_E5M2",
        "float8_e5m2, F8_E5M2",
        "e5m2, F8_E5M2",
        "float8_e4m3fnuz, F8_E4M3FNUZ",
        "float8_e5m2fnuz, F8_E5M2FNUZ"
    })
    void dtypesAreTakenUnderAllTheirNames(String name, DType expected) {
        assertThat(new DTypeName().convert(name)).isEqualTo(expected);
    }

    @Test
    void everyDtypeIsKnownUnderItsOwnName() {
        for (DType dtype : DType.values()) {
            assertThat(DTypeName.find(dtype.name())).contains(dtype);
        }
    }

    @ParameterizedTest
    @CsvSource({"bf61, bf16", "flaot16, f16", "fp23, f32", "bfloat61, bf16", "f8_e4m4, f8_e4m3", "dobule, f64"})
    void aSlipOfTheFingerGetsASuggestionAndTheList(String typed, String meant) {
        assertThatThrownBy(() -> new DTypeName().convert(typed))
                .hasMessageStartingWith(
                        "'" + typed + "' is no dtype, perhaps " + meant + "; one of f64, f32, f16, bf16,");
    }

    @Test
    void whatNothingCanBeCastToIsNamed() {
        assertThatThrownBy(() -> new DTypeName().convert("int8"))
                .hasMessageStartingWith("tensors cannot be cast to I8; one of");
        assertThatThrownBy(() -> new DTypeName().convert("q4_k_m"))
                .hasMessageStartingWith("'q4_k_m' is no dtype; one of");
        assertThatThrownBy(() -> new DTypeName().convert("x")).hasMessageStartingWith("'x' is no dtype; one of");
    }
}
