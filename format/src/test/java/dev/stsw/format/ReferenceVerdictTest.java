package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Two thousand valid and hostile files: our verdict is the reference's, but for the written deviations. */
class ReferenceVerdictTest {
    static Stream<Arguments> cases() {
        return Golden.rows("headers.tsv").stream().map(row -> {
            boolean deviation = row.length > 4 && !row[4].isEmpty();
            return Arguments.of(row[0], row[1].equals("accept") && !deviation, row[3]);
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void isShared(String name, boolean accepted, String base64) throws HeaderException {
        byte[] file = Base64.getDecoder().decode(base64);
        if (accepted) {
            Golden.parse(file);
        } else {
            assertThatThrownBy(() -> Golden.parse(file))
                    .isInstanceOf(HeaderException.class)
                    .message()
                    .isNotBlank()
                    .doesNotContainPattern("[\\p{Cc}]");
        }
    }

    @Test
    void theTableIsWhole() {
        List<String[]> rows = Golden.rows("headers.tsv");
        assertThat(rows).hasSizeGreaterThan(2000);
        assertThat(rows).filteredOn(row -> row[1].equals("accept")).hasSizeGreaterThan(500);
        assertThat(rows).filteredOn(row -> row[1].equals("reject")).hasSizeGreaterThan(500);
    }
}
