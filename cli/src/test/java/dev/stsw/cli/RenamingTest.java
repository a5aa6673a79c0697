package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RenamingTest {
    private static Renaming of(String text) {
        return new Renaming.Converter().convert(text);
    }

    @ParameterizedTest
    @CsvSource({
        "abc, .*=x, x",
        "abc, .*?=x, xaxbxcx",
        "abc, .+=x, x",
        "abc, $=.w, abc.w",
        "abc, ^=m., m.abc",
        "abxd, x*=-, -a-b-d-",
        "aaa, a=b, bbb",
        "a.b, \\.=/, a/b",
        "h.12.w, h\\.(\\d+)=layers.$1, layers.12.w",
        "h.1.w, (?<n>\\d)=${n}0, h.10.w",
        "ab, (a)=$12, a2b",
        "ab, a=\\$1, $1b",
        "ab, a=\\\\, \\b",
        "a=b, a=b=c, c"
    })
    void matchesAreReplacedFromLeftToRight(String name, String renaming, String expected) {
        assertThat(of(renaming).apply(name)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a=$1", "a=b\\", "(a)=$2", "a=$x", "a=$", "a=${n}", "(?<m>a)=${n}", "a=${m", "(?<m>a)=${m"})
    void aReplacementThatCannotBeIsRefusedBeforeAnythingIsRead(String text) {
        assertThatThrownBy(() -> of(text)).hasMessageStartingWith("the replacement of '" + text + "'");
    }

    @ParameterizedTest
    @CsvSource({"abc, is not REGEX=REPLACEMENT", "(=x, has no valid regular expression", "*=x, has no valid"})
    void whatIsNoRenamingIsRefused(String text, String fault) {
        assertThatThrownBy(() -> of(text)).hasMessageContaining(fault);
    }

    @ParameterizedTest
    @ValueSource(strings = "(a|b)*=x")
    void aRegularExpressionThatIsTooDeepIsCalledThat(String text) {
        assertThatThrownBy(() -> of(text).apply("ab".repeat(1_000_000)))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContaining("too deep for a name of 2000000 characters");
    }
}
