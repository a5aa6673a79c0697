package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
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
}
