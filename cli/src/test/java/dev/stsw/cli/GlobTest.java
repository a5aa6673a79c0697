package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {

    @ParameterizedTest
    @CsvSource({
        "*.weight, h.0.weight, true",
        "*.weight, h.0.weights, false",
        "h.?.*, h.0.a.b, true",
        "h.?.*, h.10.a, false",
        "a.b, axb, false",
        "[ab], a, false",
        "[ab], [ab], true",
        "\\Q*\\E, \\Qx\\E, true",
        "*, '', true"
    })
    void starAndQuestionMarkAreAllThatIsSpecial(String glob, String name, boolean matches) {
        assertThat(Glob.of(glob).test(name)).isEqualTo(matches);
    }
}
