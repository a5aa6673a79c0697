package dev.stsw.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Lets Jazzer feed {@link FuzzTarget} and {@link NumpyFuzzTarget}, each in a virtual machine of its own and with a corpus in
 * {@code target/fuzz} that begins with the golden files. Profile {@code fuzz} runs it.
 */
final class FuzzRun {
    private static final Path FOLDER = Path.of("target", "fuzz");
    private static final long LONGEST = 16384;

    private static final Map<String, List<String>> SEEDS =
            Map.of("FuzzTarget", List.of("torch", "pickles", "archives"), "NumpyFuzzTarget", List.of("numpy"));

    private FuzzRun() {}

    /**
     * Fuzzes each of the targets for so many seconds.
     *
     * @param args seconds
     */
    public static void main(String[] args) throws Exception {
        for (Map.Entry<String, List<String>> target : SEEDS.entrySet()) {
            fuzz(target.getKey(), args[0], corpus(target.getKey(), target.getValue()));
        }
    }

    private static Path corpus(String target, List<String> goldens) throws IOException {
        Path corpus = Files.createDirectories(FOLDER.resolve(target).resolve("corpus"));
        for (String golden : goldens) {
            Path folder = Path.of(System.getProperty("stsw.root"), "interop", "golden", golden);
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Path seed = corpus.resolve(golden + "-" + file.getFileName());
                    if (Files.size(file) <= LONGEST && Files.notExists(seed)) {
                        Files.copy(file, seed);
                    }
                }
            }
        }
        return corpus;
    }

    private static void fuzz(String target, String seconds, Path corpus) throws IOException, InterruptedException {
        Path folder = Files.createDirectories(corpus.resolveSibling("found"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Dstsw.root=" + System.getProperty("stsw.root"),
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=dev.stsw.torch." + target,
                "--instrumentation_includes=dev.stsw.**",
                "--disabled_hooks=.*",
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-max_total_time=" + seconds,
                "-max_len=" + LONGEST,
                corpus.toString()));
        Path log = FOLDER.resolve(target).resolve("log");
        int exit = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        List<String> said = Files.readAllLines(log);
        String last = said.stream().filter(line -> line.matches("#[0-9]+.*")).reduce("", (earlier, later) -> later);
        System.out.println("fuzzed " + target + " for " + seconds + " s: " + last.replace('\t', ' '));
        if (exit != 0) {
            throw new AssertionError(target + " ended with " + exit + ":\n"
                    + String.join("\n", said.subList(Math.max(0, said.size() - 60), said.size())));
        }
    }
}
