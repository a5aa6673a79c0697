package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0|0 B",
                "999|999 B",
                "1000|1.0 kB",
                "999949|999.9 kB",
                "999950|1.0 MB",
                "13476839424|13.5 GB",
                "9223372036854775807|9.2 EB"
            })
    void bytesHaveAtMostThreeDigitsBeforeThePoint(long count, String text) {
        assertThat(Units.bytes(count)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"0|0", "999|999", "1000|1,000", "6738415616|6,738,415,616", "-1000|-1,000", "-100|-100"})
    void digitsComeInGroupsOfThree(long count, String text) {
        assertThat(Units.grouped(count)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"0|0.0 s", "1340|1.3 s", "59940|59.9 s", "60000|1:00 min", "245000|4:05 min", "7207000|2:00:07 h"})
    void timesAreReadable(long millis, String text) {
        assertThat(Units.duration(Duration.ofMillis(millis))).isEqualTo(text);
    }

    @Test
    void ratesOfNoTimeAtAllAreUnknown() {
        assertThat(Units.rate(1_000_000, Duration.ofMillis(500))).isEqualTo("2.0 MB/s");
        assertThat(Units.rate(1_000_000, Duration.ZERO)).isEqualTo("-");
    }

    @Test
    void numbersLookTheSameInEveryCountry() {
        Locale usual = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            assertThat(Units.bytes(1500)).isEqualTo("1.5 kB");
            assertThat(Units.crc(0xabc)).isEqualTo("00000abc");
        } finally {
            Locale.setDefault(usual);
        }
    }
}
