package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NameTableTest {
    /** A table of quoted names, one behind the other. */
    private static NameTable table(List<String> quoted, List<Boolean> added) {
        byte[] bytes = String.join("", quoted).getBytes(StandardCharsets.UTF_8);
        NameTable table = new NameTable(bytes);
        int position = 0;
        for (String name : quoted) {
            int end = position + name.getBytes(StandardCharsets.UTF_8).length;
            added.add(table.add(position, end));
            position = end;
        }
        return table;
    }

    @Test
    void eachNameIsAddedOnceHoweverItIsWritten() {
        List<Boolean> added = new ArrayList<>();
        NameTable table = table(
                List.of(
                        "\"\"",
                        "\"a\"",
                        "\"\\u0061\"",
                        "\"b\\n\"",
                        "\"b\\u000a\"",
                        "\"b\\\\\"",
                        "\"é\"",
                        "\"\\u00e9\"",
                        "\"abcd\"",
                        "\"abc\"",
                        "\"\\u0061bcd\""),
                added);
        assertThat(added).containsExactly(true, true, false, true, false, true, true, false, true, true, false);
        assertThat(table.size()).isEqualTo(7);
        assertThat(List.of("", "a", "b\n", "b\\", "é", "abcd", "abc"))
                .extracting(table::find)
                .containsExactly(0, 1, 2, 3, 4, 5, 6);
        assertThat(table.position(1)).isEqualTo(2);
        assertThat(List.of("b", "ab", "abcde", "\\u0061", "\u0000"))
                .extracting(table::find)
                .containsOnly(-1);
    }

    @Test
    void fiftyThousandNamesAreFoundAgain() {
        List<String> quoted = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            // Every third is written with an escape.
            quoted.add(i % 3 == 0 ? "\"\\u006eame." + i + "\"" : "\"name." + i + "\"");
        }
        List<Boolean> added = new ArrayList<>();
        NameTable table = table(quoted, added);
        assertThat(added).doesNotContain(false);
        for (int i = 0; i < 50_000; i++) {
            assertThat(table.find("name." + i)).isEqualTo(i);
        }
        assertThat(table.find("name.50000")).isEqualTo(-1);
        for (String again : List.of("\"name.0\"", "\"name.49999\"", "\"\\u006eame.1\"")) {
            quoted.add(again);
        }
        added.clear();
        table(quoted, added);
        assertThat(added.subList(50_000, 50_003)).containsOnly(false);
    }
}
