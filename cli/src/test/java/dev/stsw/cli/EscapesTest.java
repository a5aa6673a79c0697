package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EscapesTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "model.layers.0.weight", "größe", "重み", "𝛼"})
    void ordinaryTextStaysAsItIs(String text) {
        assertThat(Escapes.printable(text)).isSameAs(text);
    }

    @Test
    void whatATerminalWouldObeyIsShownInstead() {
        assertThat(Escapes.printable("a\u001b[2Jb\nc\td\u0000\u009b\u202e\u2028\ud800"))
                .isEqualTo("a\\u001b[2Jb\\nc\\td\\u0000\\u009b\\u202e\\u2028\\ud800");
    }
}
