package dev.stsw;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Runs a main class of the tests in a virtual machine of its own, which may die.
final class ChildJvm {
    private ChildJvm() {}

    /// How it ended, and what it said on both streams.
    record Result(int exit, String output) {}

    private static final boolean WINDOWS = File.separatorChar == '\\';

    /// @param umask heeded where there is such a thing
    static Process start(String umask, Class<?> main, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(WINDOWS ? List.of() : List.of("sh", "-c", "umask " + umask + "; exec \"$@\"", "sh"));
        command.addAll(command(List.of("-Xmx64m"), main, arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /// The command line that runs a main class.
    static List<String> command(List<String> options, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-XX:ErrorFile=" + (WINDOWS ? "NUL" : "/dev/null"), "-cp", classPath(), main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    static Result run(String umask, Class<?> main, String... arguments) throws IOException, InterruptedException {
        Process process = start(umask, main, arguments);
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    /// Surefire puts modules on the module path; the child takes all as plain classes.
    private static String classPath() {
        String modules = System.getProperty("jdk.module.path", "");
        String classes = System.getProperty("java.class.path", "");
        String tests = Path.of(URI.create(ChildJvm.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toString()))
                .toString();
        Path testClasses = Path.of(System.getProperty("basedir", "."), "target", "test-classes");
        return String.join(File.pathSeparator, modules, classes, tests, testClasses.toString());
    }
}
