package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteCountTest {
    private static long of(String text) {
        return new ByteCount().convert(text);
    }

    @ParameterizedTest
    @CsvSource({
        "1K, 1000",
        "1KB, 1000",
        "1kb, 1000",
        "5GB, 5000000000",
        "5G, 5000000000",
        "2M, 2000000",
        "500 MB, 500000000",
        "1KiB, 1024",
        "1Ki, 1024",
        "2MiB, 2097152",
        "2mib, 2097152",
        "1GiB, 1073741824",
        "1TB, 1000000000000",
        "1T, 1000000000000",
        "1TiB, 1099511627776",
        "1.5GB, 1500000000",
        "0.5KiB, 512",
        "8, 8388608",
        "1.5, 1572864",
        "4096B, 4096",
        "1.5B, 2"
    })
    void sizesAreWhatTheHubAndDisksMeanByThem(String text, long bytes) {
        assertThat(of(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "much", "5X", "GB", "-1", "1e9", "1,5GB", "1.GB", ".5GB", "0x10", "5GBB", "5BB", "5 G B"})
    void whatIsNoSizeIsRefused(String text) {
        assertThatThrownBy(() -> of(text)).hasMessageContaining("is not a size such as");
    }

    @Test
    void nothingAndMoreThanAFileCanHoldAreRefused() {
        assertThatThrownBy(() -> of("0")).hasMessageContaining("at least one byte");
        assertThatThrownBy(() -> of("0.0GB")).hasMessageContaining("at least one byte");
        assertThatThrownBy(() -> of("99999999999T")).hasMessageContaining("more than any file has");
    }
}
