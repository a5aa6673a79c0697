package dev.stsw;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Lets Jazzer feed targets of [FuzzTargets], as many at a time as there are cores, each in a virtual machine of its
/// own and with a corpus in `target/fuzz` that begins with files of the reference. Profile `fuzz` runs it.
final class FuzzRun {
    private static final Path FOLDER = Path.of("target", "fuzz");

    private FuzzRun() {}

    /// Fuzzes each of the targets for so many seconds.
    ///
    /// @param args seconds, then names of targets
    public static void main(String[] args) throws Exception {
        List<byte[]> seeds = FuzzTest.references();
        List<String> targets = List.of(args).subList(1, args.length);
        Parallel.each(targets, (target, worker) -> {
            List<byte[]> own = target.equals("Resume") ? List.of(FuzzTargets.Resume.whole()) : seeds;
            fuzz(target, args[0], corpus(target, own));
        });
    }

    private static Path corpus(String target, List<byte[]> seeds) throws IOException {
        Path corpus = Files.createDirectories(FOLDER.resolve(target).resolve("corpus"));
        for (int i = 0; i < seeds.size(); i++) {
            Files.write(corpus.resolve("seed-" + i), seeds.get(i));
        }
        return corpus;
    }

    private static void fuzz(String target, String seconds, Path corpus) throws IOException, InterruptedException {
        Path folder = corpus.resolveSibling("found");
        Files.createDirectories(folder);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "--enable-native-access=ALL-UNNAMED",
                "-Dstsw.root=" + System.getProperty("stsw.root"),
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=dev.stsw.FuzzTargets$" + target,
                "--instrumentation_includes=dev.stsw.**",
                "--disabled_hooks=.*",
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-max_total_time=" + seconds,
                "-max_len=4096",
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
