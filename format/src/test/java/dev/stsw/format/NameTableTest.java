package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NameTableTest {
    /** A table of quoted names, one behind the other, not indexed yet. */
    private static NameTable table(List<String> quoted) {
        byte[] bytes = String.join("", quoted).getBytes(StandardCharsets.UTF_8);
        NameTable table = new NameTable(bytes);
        int position = 0;
        for (String name : quoted) {
            table.add(position);
            position += name.getBytes(StandardCharsets.UTF_8).length;
        }
        return table;
    }

    @Test
    void eachNameIsFoundHoweverItIsWritten() {
        NameTable table =
                table(List.of("\"\"", "\"\\u0061\"", "\"b\\n\"", "\"b\\\\\"", "\"é\"", "\"abcd\"", "\"abc\""));
        assertThat(table.index()).isEqualTo(-1);
        assertThat(table.size()).isEqualTo(7);
        assertThat(List.of("", "a", "b\n", "b\\", "é", "abcd", "abc"))
                .extracting(table::find)
                .containsExactly(0, 1, 2, 3, 4, 5, 6);
        assertThat(table.position(1)).isEqualTo(2);
        assertThat(table.name(1)).isEqualTo("a");
        assertThat(List.of("b", "ab", "abcde", "\\u0061", "\u0000"))
                .extracting(table::find)
                .containsOnly(-1);
    }

    @Test
    void theSecondOfTwoEqualNamesIsReportedHoweverItIsWritten() {
        for (List<String> pair : List.of(
                List.of("\"a\"", "\"\\u0061\""),
                List.of("\"b\\u000a\"", "\"b\\n\""),
                List.of("\"é\"", "\"\\u00e9\""),
                List.of("\"\\u0061bcd\"", "\"abcd\""),
                List.of("\"\"", "\"\""))) {
            assertThat(table(List.of("\"before\"", pair.get(0), "\"between\"", pair.get(1), "\"behind\""))
                            .index())
                    .isEqualTo(3);
        }
    }

    @Test
    void fiftyThousandNamesAreFoundAgain() {
        List<String> quoted = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            // Every third is written with an escape.
            quoted.add(i % 3 == 0 ? "\"\\u006eame." + i + "\"" : "\"name." + i + "\"");
        }
        NameTable table = table(quoted);
        assertThat(table.index()).isEqualTo(-1);
        for (int i = 0; i < 50_000; i++) {
            assertThat(table.find("name." + i)).isEqualTo(i);
        }
        assertThat(table.find("name.50000")).isEqualTo(-1);
        for (String again : List.of("\"name.0\"", "\"name.49999\"", "\"\\u006eame.1\"")) {
            quoted.add(again);
            assertThat(table(quoted).index()).isEqualTo(50_000);
            quoted.remove(50_000);
        }
    }
}
