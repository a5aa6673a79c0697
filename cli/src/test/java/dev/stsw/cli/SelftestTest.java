package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.FrameworkCheck;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelftestTest {
    @TempDir
    Path folder;

    @Test
    void everyCheckIsReportedAndNothingIsLeft() {
        Cli.Result result = Cli.run("selftest", "--folder", folder);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        for (SelfCheck check : SelfCheck.values()) {
            assertThat(result.out().lines()).contains(check.title() + ": ok");
        }
        assertThat(Cli.files(folder)).isEmpty();
        assertThat(Cli.run("selftest", "--json", "--folder", folder).out().lines())
                .hasSize(SelfCheck.values().length)
                .first()
                .isEqualTo("{\"check\":\"write a file with checksums\",\"ok\":true}");
    }

    @Test
    void aFolderThatIsNotThereIsAnError() {
        Cli.Result result = Cli.run("selftest", "--folder", folder.resolve("missing"));
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err().lines()).singleElement().asString().startsWith("stsw: ");
    }

    @Test
    void whatIsOnTheClassPathForFrameworksIsTried() throws Exception {
        Cli.Result result = selftestWith(Good.class, Absent.class);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out().lines())
                .contains("hand tensors to Good and back: ok (Good 1.0)")
                .contains("Absent: not on the class path")
                .contains("verify it: ok");
        assertThat(selftestWith("--json", Good.class, Absent.class)
                        .out()
                        .lines()
                        .toList())
                .hasSize(SelfCheck.values().length + 1)
                .endsWith("{\"check\":\"hand tensors to Good and back\",\"ok\":true,\"found\":\"Good 1.0\"}");
    }

    @Test
    void aFrameworkThatFailsOrCannotBeLoadedDoesNotHideTheOthers() throws Exception {
        Cli.Result result = selftestWith(Unloadable.class, Failing.class, Good.class);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out().lines())
                .contains("hand tensors to Failing and back: FAILED")
                .contains("load what tries a framework: FAILED")
                .contains("hand tensors to Good and back: ok (Good 1.0)");
        assertThat(result.err()).contains("UnsatisfiedLinkError: no library").hasLineCount(2);
    }

    private Cli.Result selftestWith(Class<?>... checks) throws Exception {
        return selftestWith("--folder=" + folder, checks);
    }

    private Cli.Result selftestWith(String option, Class<?>... checks) throws Exception {
        Path services = Files.createDirectories(folder.resolve("classes/META-INF/services"));
        Files.write(
                services.resolve(FrameworkCheck.class.getName()),
                Stream.of(checks).map(Class::getName).toList());
        List<String> command = new ArrayList<>(Program.stsw(List.of("selftest", option)));
        int classPath = command.indexOf("--class-path") + 1;
        command.set(classPath, command.get(classPath) + File.pathSeparator + folder.resolve("classes"));
        return Program.run(folder, command);
    }

    /// A framework of which everything is there.
    public static class Good implements FrameworkCheck {
        @Override
        public String framework() {
            return getClass().getSimpleName();
        }

        @Override
        public boolean present() {
            return true;
        }

        @Override
        public String run(Path folder) {
            return "Good 1.0";
        }
    }

    /// An integration whose framework was forgotten.
    public static final class Absent extends Good {
        @Override
        public boolean present() {
            return false;
        }
    }

    /// A framework whose native library is not there.
    public static final class Failing extends Good {
        @Override
        public String run(Path folder) {
            throw new UnsatisfiedLinkError("no library");
        }
    }

    /// An integration of another time.
    public static final class Unloadable extends Good {
        public Unloadable(int ignored) {}
    }
}
