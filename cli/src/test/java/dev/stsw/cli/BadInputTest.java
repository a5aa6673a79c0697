package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Bad input: one line, the right exit code, nothing left behind, the old file untouched.
class BadInputTest {
    @TempDir
    Path folder;

    private void isRefused(int exitCode, Object... arguments) {
        Cli.Result result = Cli.run(arguments);
        assertThat(result.err().lines())
                .as(Arrays.toString(arguments))
                .singleElement()
                .asString()
                .startsWith("stsw: ")
                .doesNotContain("internal error");
        assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    }

    private void isBadEverywhere(Path bad) throws IOException {
        Path old = Files.writeString(folder.resolve("old.safetensors"), "old");
        List<String> before = Cli.files(folder);
        isRefused(ExitCode.BAD, "inspect", bad);
        isRefused(ExitCode.BAD, "verify", bad);
        isRefused(ExitCode.BAD, "convert", bad, old);
        assertThat(old).hasContent("old");
        assertThat(Cli.files(folder)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "short",
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
                "<!DOCTYPE html><html><body>404</body></html>",
                "GGUF\u0003\u0000\u0000\u0000\u0000\u0000\u0000\u0000",
                "{\"a\":{\"dtype\":\"F32\"}}",
                " \u0000\u0000\u0000\u0000\u0000\u0000\u0000{}",
                "PK\u0003\u0004, but no zip archive at all"
            })
    void whatIsNoSafetensorsFileIsRefused(String content) throws IOException {
        isBadEverywhere(Files.write(folder.resolve("bad"), content.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @Test
    void whatTheReferenceRejectsIsBad() throws IOException {
        Path table = Cli.ROOT.resolve("interop/golden/headers.tsv");
        for (String line : Files.readAllLines(table)) {
            String[] cells = line.split("\t", -1);
            if (cells.length > 3 && cells[1].equals("reject")) {
                Path file =
                        Files.write(folder.resolve("bad"), Base64.getDecoder().decode(cells[3]));
                isRefused(ExitCode.BAD, "inspect", file);
            }
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "no name there has control characters")
    void whatCannotBeReadIsNotCalledBad() throws IOException {
        Path missing = folder.resolve("missing\u001b[31m\nfile");
        for (String command : List.of("inspect", "verify")) {
            isRefused(ExitCode.UNCHECKED, command, missing);
            isRefused(ExitCode.UNCHECKED, command, folder);
            isRefused(ExitCode.BAD, command, "/dev/null");
        }
        Path out = folder.resolve("out");
        isRefused(ExitCode.UNCHECKED, "convert", missing, out);
        isRefused(ExitCode.UNCHECKED, "convert", folder, out);
        assertThat(Cli.run("inspect", missing).err()).endsWith("missing\\u001b[31m\\nfile: no such file\n");
    }

    @Test
    void whatCannotBeWrittenIsNamed() throws IOException {
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, folder);
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, folder.resolve("no/such/folder/out"));
        Path file = Files.writeString(folder.resolve("file"), "x");
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, file.resolve("out"));
        assertThat(Cli.run("convert", Cli.EXAMPLE, folder).err())
                .isEqualTo("stsw: " + folder + ": cannot write: is a directory\n");
        assertThat(Cli.files(folder)).containsExactly("file");
    }

    @Test
    void wrongUsageIsExplained() {
        Path out = folder.resolve("out");
        isRefused(ExitCode.UNCHECKED);
        isRefused(ExitCode.UNCHECKED, "frobnicate");
        isRefused(ExitCode.UNCHECKED, "inspect");
        isRefused(ExitCode.UNCHECKED, "inspect", "--frobnicate", Cli.EXAMPLE);
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE);
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, out, "--buffer-size", "much");
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, out, "--buffer-size", "1B");
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, out, "--buffer-size", "999999G");
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, out, "--key", "no.such.key");
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, out, "--shared", "perhaps");
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, out, "--include", "no such tensor");
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, out, "--rename", "no replacement");
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, out, "--rename", "(=x");
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, out, "--rename", ".*=same");
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, out, "--dtype", "i32");
        isRefused(ExitCode.UNCHECKED, "convert", Cli.EXAMPLE, out, "--dtype", "floats");
        assertThat(Cli.files(folder)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"inspect nowhere", "-v inspect nowhere"})
    void anErrorOfTheVirtualMachineIsNoVerdictOnTheFile(String words) {
        AtomicBoolean thrown = new AtomicBoolean();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream failingOnce = new PrintStream(err, true, StandardCharsets.UTF_8) {
            @Override
            public void print(String line) {
                if (!thrown.getAndSet(true)) {
                    throw new NoClassDefFoundError("gone");
                }
                super.print(line);
            }
        };
        Terminal terminal = Terminal.plain(new Output(new ByteArrayOutputStream()), failingOnce);
        assertThat(Main.run(terminal, words.split(" "))).isEqualTo(ExitCode.UNCHECKED);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("internal error: java.lang.NoClassDefFoundError: gone");
    }
}
