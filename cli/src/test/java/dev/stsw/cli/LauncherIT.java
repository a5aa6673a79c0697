package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The launcher itself, on the jar that was just built.
@DisabledOnOs(OS.WINDOWS)
class LauncherIT {
    private static final String STSW = Cli.ROOT.resolve("stsw").toString();

    @TempDir
    Path folder;

    /// Maven leaves a jar alone whose content is the same, although a source is newer: let ./stsw have its build.
    @BeforeAll
    static void letItBuildFirst(@TempDir Path anywhere) throws Exception {
        assertThat(Program.run(anywhere, List.of(STSW, "--version")).exitCode()).isZero();
    }

    @Test
    void theSelftestPasses() throws Exception {
        Cli.Result result = Program.run(folder, List.of(STSW, "selftest"));
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("convert a PyTorch checkpoint: ok\n");
    }

    @Test
    void whatStswClasspathNamesIsOnTheClassPath() throws Exception {
        Path services = Files.createDirectories(folder.resolve("more classes/META-INF/services"));
        Files.writeString(services.resolve("dev.stsw.FrameworkCheck"), "no.such.Framework\n");
        ProcessBuilder builder = Program.builder(folder, List.of(STSW, "selftest"));
        builder.environment()
                .put("STSW_CLASSPATH", folder.resolve("more classes").toString());
        Process process = builder.start();
        assertThat(new String(process.getErrorStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("no.such.Framework not found");
        assertThat(process.waitFor()).isEqualTo(1);
    }

    @Test
    void itWorksFromAnywhereThroughSymbolicLinksWithSpaces() throws Exception {
        Path elsewhere = Files.createDirectory(folder.resolve("else where"));
        Files.createSymbolicLink(folder.resolve("first link"), Path.of(STSW));
        Files.createSymbolicLink(elsewhere.resolve("second"), Path.of("../first link"));
        Files.copy(Cli.EXAMPLE, elsewhere.resolve("ein Gewicht – ü.pt"));
        Cli.Result result =
                Program.run(elsewhere, List.of("./second", "convert", "ein Gewicht – ü.pt", "out.safetensors"));
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(Cli.files(elsewhere)).contains("out.safetensors");
    }

    @Test
    void aClosedPipeEndsItQuietly() throws Exception {
        Cli.Result result = Program.run(
                folder,
                List.of("sh", "-c", "{ '" + STSW + "' inspect --json " + many() + "; echo $? >code; } | head -c 1"));
        assertThat(result.out()).isEqualTo("{");
        assertThat(result.err()).isEmpty();
        assertThat(folder.resolve("code")).hasContent("0");
    }

    private static String many() {
        return ("'" + Cli.EXAMPLE + "' ").repeat(200);
    }

    @Test
    void aJavaThatIsTooOldIsRefusedWithOneLine() throws Exception {
        Path old = Files.createDirectories(folder.resolve("jdk/bin")).getParent();
        Files.writeString(old.resolve("release"), "JAVA_VERSION=\"24.0.2\"\n");
        Files.createSymbolicLink(old.resolve("bin/java"), Path.of("/bin/true"));
        ProcessBuilder builder = Program.builder(folder, List.of(STSW, "--version"));
        builder.environment().put("STSW_JAVA", old.toString());
        assertThat(failure(builder)).isEqualTo("stsw: STSW_JAVA=" + old + " is not a JDK 25 or newer\n");
    }

    private static String failure(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.start();
        String err = new String(process.getErrorStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isEqualTo(2);
        return err;
    }
}
