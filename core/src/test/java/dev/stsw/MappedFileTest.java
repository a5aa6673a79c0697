package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.MappedOperations.Opened;
import dev.stsw.MappedOperations.Operation;
import dev.stsw.format.SafetensorsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// A mapped file that changes takes no virtual machine down: whatever the public API does with its bytes gives the old
/// ones, the new ones, or an exception of ours. Each case in a virtual machine of its own, first interpreted and then
/// again when it was compiled.
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "a mapped file cannot be cut there")
class MappedFileTest {
    private static final int PAGE = 4096;

    private static final String OLD = "the old bytes";
    private static final String NEW = "the new bytes";
    private static final String OURS = "an exception of ours";

    @TempDir
    Path folder;

    /// What someone else does to a file.
    enum Change {
        CUT_AT_A_PAGE,
        CUT_IN_A_PAGE,
        UNLINKED,
        RENAMED_OVER,
        REWRITTEN_IN_PLACE;

        /// Only cuts make accesses fault, and then it matters how they were compiled.
        boolean cuts() {
            return this == CUT_AT_A_PAGE || this == CUT_IN_A_PAGE;
        }

        void on(Path file, Path other) throws IOException {
            switch (this) {
                case CUT_AT_A_PAGE -> cut(file, PAGE);
                case CUT_IN_A_PAGE -> cut(file, PAGE + PAGE / 2);
                case UNLINKED -> Files.delete(file);
                case RENAMED_OVER -> Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
                case REWRITTEN_IN_PLACE -> {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.write(ByteBuffer.wrap(Files.readAllBytes(other)), 0);
                    }
                }
            }
        }

        private static void cut(Path file, long size) throws IOException {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(size);
            }
        }
    }

    private record Case(String operation, Change change) {
        Set<String> allowed() {
            return switch (change) {
                case CUT_AT_A_PAGE, CUT_IN_A_PAGE -> Set.of(OURS);
                case UNLINKED, RENAMED_OVER -> Set.of(OLD);
                // Where checksums are checked, those of the old bytes.
                case REWRITTEN_IN_PLACE -> Set.of(operation.matches(".*with (a )?checksums?") ? OURS : NEW);
            };
        }
    }

    @Test
    @Timeout(300)
    void anyUseOfAFileThatChangesGivesOldBytesNewBytesOrAnException() throws Exception {
        MappedOperations.write(folder.resolve("old"), 1);
        MappedOperations.write(folder.resolve("new"), 2);
        List<Case> cases = new ArrayList<>();
        for (Change change : Change.values()) {
            for (String operation : MappedOperations.all().keySet()) {
                cases.add(new Case(operation, change));
            }
        }
        AtomicInteger answers = new AtomicInteger();
        Parallel.each(cases, (one, worker) -> {
            Path own = Files.createDirectories(folder.resolve("worker" + worker));
            // What is not cut takes no virtual machine down.
            List<String> found = one.change().cuts()
                    ? inAVirtualMachineOfItsOwn(one, own)
                    : new Main(own, one.operation(), one.change()).run();
            assertThat(found).hasSize(one.change().cuts() ? 2 : 1).allMatch(one.allowed()::contains);
            answers.addAndGet(found.size());
        });
        System.out.println("mapped files changed: " + cases.size() + ", answers: " + answers);
        assertThat(cases).hasSizeGreaterThanOrEqualTo(110);
    }

    /// What came of it cold, and hot.
    private static List<String> inAVirtualMachineOfItsOwn(Case one, Path folder) throws Exception {
        Process child = new ProcessBuilder(ChildJvm.command(
                        List.of("-Xmx64m", "-XX:+UseSerialGC"),
                        Main.class,
                        folder.toString(),
                        one.operation(),
                        one.change().name()))
                .redirectErrorStream(true)
                .start();
        child.getOutputStream().close();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).as(said).isZero();
        return said.lines().toList();
    }

    /// Does one thing with a file that changes; says what came of it, a line each time.
    static final class Main {
        private static final StandardCopyOption AGAIN = StandardCopyOption.REPLACE_EXISTING;

        private final Path folder;
        private final Path file;
        private final Operation operation;
        private final Change change;

        private Main(Path folder, String operation, Change change) {
            this.folder = folder;
            this.file = folder.resolve("file");
            this.operation = MappedOperations.all().get(operation);
            this.change = change;
        }

        public static void main(String[] args) throws IOException {
            new Main(Path.of(args[0]), args[1], Change.valueOf(args[2])).run().forEach(System.out::println);
        }

        private List<String> run() throws IOException {
            List<Object> found = new ArrayList<>(List.of(afterTheChange(0)));
            if (change.cuts()) {
                found.add(afterTheChange(40));
            }
            long old = on("old");
            long fresh = on("new");
            return found.stream()
                    .map(each -> each.equals(old) ? OLD : each.equals(fresh) ? NEW : each.toString())
                    .toList();
        }

        private Path copy(String name, Path to) throws IOException {
            return Files.copy(folder.resolveSibling(name), to, AGAIN);
        }

        private long on(String name) throws IOException {
            try (Opened opened = Opened.of(copy(name, file))) {
                return operation.on(opened);
            }
        }

        private Object afterTheChange(int warmUp) throws IOException {
            try (Opened opened = Opened.of(copy("old", file))) {
                for (int i = 0; i < warmUp; i++) {
                    operation.on(opened);
                }
            }
            // Anew, because a tensor's checksum is checked only once.
            try (Opened opened = Opened.of(file)) {
                change.on(file, copy("new", folder.resolve("other")));
                Object found = found(opened);
                return change.cuts() && verifies() ? "verify has noticed nothing" : found;
            }
        }

        private boolean verifies() throws IOException {
            try {
                return Stsw.verify(file).ok();
            } catch (SafetensorsException e) {
                return false;
            }
        }

        private Object found(Opened opened) {
            try {
                return operation.on(opened);
            } catch (UncheckedIOException e) {
                return e.getCause() instanceof SafetensorsException ? OURS : e.toString();
            } catch (IOException e) {
                return e instanceof SafetensorsException || e.getMessage().contains("cut") ? OURS : e.toString();
            }
        }
    }
}
