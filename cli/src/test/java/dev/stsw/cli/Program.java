package dev.stsw.cli;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Runs programs in processes of their own.
final class Program {
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private Program() {}

    /// The command line on this test's class path: the jar is not there yet when tests run.
    static List<String> stsw(List<String> arguments) {
        List<String> command = new ArrayList<>(java("dev.stsw.cli.Main"));
        command.addAll(arguments);
        return command;
    }

    /// Aborts the test where a source file cannot be run.
    static void requireCompiler() {
        assumeThat(ModuleFinder.ofSystem().find("jdk.compiler"))
                .as("a JDK, not only a runtime")
                .isPresent();
    }

    /// A class, or a source file, on this test's class path.
    static List<String> java(String program) {
        String absolute = List.of(System.getProperty("java.class.path").split(File.pathSeparator)).stream()
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .reduce((a, b) -> a + File.pathSeparator + b)
                .orElseThrow();
        return List.of(JAVA, "--enable-native-access=ALL-UNNAMED", "--class-path", absolute, program);
    }

    static ProcessBuilder builder(Path folder, List<String> command) {
        return new ProcessBuilder(command).directory(folder.toFile());
    }

    /// Runs a command to its end and returns what it printed on both streams.
    static Cli.Result run(Path folder, List<String> command) throws IOException, InterruptedException {
        // Not through files: Windows may hold them for a moment after the process has ended.
        Process process = builder(folder, command).start();
        CompletableFuture<String> out = CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
        CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IllegalStateException(command + " does not end");
        }
        return new Cli.Result(process.exitValue(), out.join(), err.join());
    }

    private static String text(InputStream stream) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (stream) {
            // Not readAllBytes: it asks for the length, which Wine refuses for a pipe.
            byte[] some = new byte[1 << 13];
            for (int count; (count = stream.read(some)) >= 0; ) {
                all.write(some, 0, count);
            }
            return all.toString(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
