package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.StreamReader;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `convert` says about checkpoints as training programs write them.
class CheckpointsTest {
    @TempDir
    Path folder;

    private Cli.Result convert(String file, Object... options) {
        Object[] arguments = new Object[options.length + 3];
        arguments[0] = "convert";
        arguments[1] = Cli.ROOT.resolve("interop/golden/torch").resolve(file);
        arguments[2] = folder.resolve("out.safetensors");
        System.arraycopy(options, 0, arguments, 3, options.length);
        return Cli.run(arguments);
    }

    private Iterable<String> names() throws IOException {
        try (StreamReader reader = StreamReader.open(folder.resolve("out.safetensors"))) {
            return reader.keys();
        }
    }

    @Test
    void theChoiceAndItsAlternativesAreTold() throws IOException {
        Cli.Result result = convert("wrapper-basicsr.pt");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("key: took 'params_ema' (also: params; --key params)");
        assertThat(names()).containsExactly("0.bias", "0.weight");

        assertThat(convert("wrapper-basicsr.pt", "--key", "params").out()).doesNotContain("key: ");
        assertThat(convert("wrapper-stylegan2.pt", "--json").out())
                .contains("{\"kind\":\"key\",\"subject\":\"g_ema\",\"detail\":\"also: g, d; --key g\"}");
    }

    @Test
    void thePrefixOfAToolIsKeptAndItsOptionNamed() throws IOException {
        Cli.Result result = convert("wrapper-compiled.pt");
        assertThat(result.out()).contains("prefix: _orig_mod.module. (").contains("--strip-prefix _orig_mod.module. ");
        assertThat(names()).containsExactly("_orig_mod.module.0.bias", "_orig_mod.module.0.weight");

        assertThat(convert("wrapper-compiled.pt", "--strip-prefix", "_orig_mod.module.")
                        .out())
                .doesNotContain("prefix: ");
        assertThat(names()).containsExactly("0.bias", "0.weight");
    }

    @Test
    void aFileWithoutAModelIsBadAndKeyTakesItAllTheSame() throws IOException {
        Cli.Result result = convert("wrapper-moments-alone.pt");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("no model").contains("--key ''");

        assertThat(convert("wrapper-moments-alone.pt", "--key", "opt").exitCode())
                .isZero();
        assertThat(names()).containsExactly("0.exp_avg");
    }

    @Test
    void namesOfTiedTensorsCanBeChosen() throws IOException {
        assertThat(convert("shared-tied.pt").out()).contains("shared: lm_head.weight (same as wte.weight)");
        Cli.Result result = convert("shared-tied.pt", "--shared", "other,lm_head.weight");
        assertThat(result.out())
                .contains("shared: wte.weight (same as lm_head.weight)")
                .contains("warning: other (--shared names it");
        assertThat(names()).contains("lm_head.weight").doesNotContain("wte.weight");
        assertThat(convert("shared-tied.pt", "--shared", "duplicate", "--shared", "wte.weight")
                        .exitCode())
                .isEqualTo(2);
    }

    @Test
    void tensorsWithoutAFormAreLeftOutOrWidenedOnRequest() throws IOException {
        Cli.Result result = convert("refuse-complex128-views.pt");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("'a' (", "'a.t' (", "'a.conj' (", "--exclude", "--widen");

        assertThat(convert("refuse-complex128-views.pt", "--exclude", "a*", "--exclude", "c")
                        .exitCode())
                .isZero();
        assertThat(names()).containsExactly("b");
        assertThat(convert("refuse-complex128-views.pt", "--widen").out()).contains("cast: a (complex128 to C64)");
        assertThat(names()).containsExactlyInAnyOrder("a", "a.t", "a.conj", "b", "c");
    }

    @Test
    void namesThatWereNotRunAreSummedUpInOneWarning() {
        String out = convert("strange-module.pt").out();
        assertThat(out.lines().filter(line -> line.startsWith("warning: "))).hasSize(1);
        assertThat(out)
                .containsPattern("warning: \\d+ names outside of torch's allow-list were not run: builtins.getattr, ");
        assertThat(convert("strange-module.pt", "--verbose").out())
                .contains("warning: dill._dill._load_type (not on torch's allow-list");
        assertThat(convert("strange-module.pt", "--json").out())
                .contains("{\"kind\":\"inert\",\"subject\":\"uuid.UUID\"");
        assertThat(convert("strange-module.pt", "--strict").exitCode()).isEqualTo(1);
    }
}
