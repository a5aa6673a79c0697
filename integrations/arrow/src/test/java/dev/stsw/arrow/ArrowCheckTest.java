package dev.stsw.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.FrameworkCheck;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArrowCheckTest {
    @Test
    void selftestFindsTheCheckWhichHandsTensorsOver(@TempDir Path folder) throws Exception {
        assertThat(ServiceLoader.load(FrameworkCheck.class)).singleElement().satisfies(check -> {
            assertThat(check.framework()).isEqualTo("Apache Arrow");
            assertThat(check.present()).isTrue();
        });
        assertThat(new ArrowCheck().run(folder)).isEqualTo("vectors and IPC files");
    }
}
