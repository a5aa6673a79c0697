package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/** The verdicts on two thousand valid and hostile files: ours are the reference's, but for the written deviations. */
class ReferenceVerdictTest {
    /** One test for all, so that a mutation run does not set out anew for each of them. */
    @Test
    void areShared() {
        SoftAssertions all = new SoftAssertions();
        for (String[] row : Golden.rows("headers.tsv")) {
            boolean deviation = row.length > 4 && !row[4].isEmpty();
            byte[] file = Base64.getDecoder().decode(row[3]);
            if (row[1].equals("accept") && !deviation) {
                all.assertThatCode(() -> Golden.parse(file)).as(row[0]).doesNotThrowAnyException();
            } else {
                all.assertThatThrownBy(() -> Golden.parse(file))
                        .as(row[0])
                        .isInstanceOf(HeaderException.class)
                        .message()
                        .isNotBlank()
                        .doesNotContainPattern("[\\p{Cc}]");
            }
        }
        all.assertAll();
    }

    @Test
    void theTableIsWhole() {
        List<String[]> rows = Golden.rows("headers.tsv");
        assertThat(rows).hasSizeGreaterThan(2000);
        assertThat(rows).filteredOn(row -> row[1].equals("accept")).hasSizeGreaterThan(500);
        assertThat(rows).filteredOn(row -> row[1].equals("reject")).hasSizeGreaterThan(500);
    }
}
