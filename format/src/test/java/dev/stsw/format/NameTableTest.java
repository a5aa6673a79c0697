package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NameTableTest {
    /** A table of quoted names, one behind the other. */
    private static NameTable table(List<String> quoted) {
        NameTable table = new NameTable(String.join("", quoted).getBytes(StandardCharsets.UTF_8));
        int position = 0;
        for (String name : quoted) {
            table.add(position);
            position += name.getBytes(StandardCharsets.UTF_8).length;
        }
        return table;
    }

    @Test
    void eachNameIsFoundHoweverItIsWritten() {
        NameTable table = table(List.of(
                "\"\"",
                "\"a\"",
                "\"b\\n\"",
                "\"b\\\\\"",
                "\"\\u00e9\"",
                "\"abcd\"",
                "\"abc\"",
                "\"模\"",
                "\"abcdefghij\""));
        assertThat(table.index()).isEqualTo(-1);
        assertThat(table.size()).isEqualTo(9);
        assertThat(List.of("", "a", "b\n", "b\\", "é", "abcd", "abc", "模", "abcdefghij"))
                .extracting(table::find)
                .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(table.position(1)).isEqualTo(2);
        assertThat(table.name(2)).isEqualTo("b\n");
        assertThat(List.of("b", "ab", "abcde", "\\u00e9", "\u0000", "abcdefghik"))
                .extracting(table::find)
                .containsOnly(-1);
    }

    @Test
    void theFirstNameThatWasThereBeforeIsFoundHoweverItIsWritten() {
        assertThat(table(List.of("\"a\"", "\"b\"", "\"\\u0061\"", "\"b\"")).index())
                .isEqualTo(2);
        assertThat(table(List.of("\"\\u00e9\"", "\"b\"", "\"é\"")).index()).isEqualTo(2);
        assertThat(table(List.of("\"\"", "\"\"")).index()).isEqualTo(1);
        assertThat(table(List.of()).index()).isEqualTo(-1);
    }

    @Test
    void namesOfOneHashAreToldApart() {
        byte[] bytes = "\"a\"\"b\"\"c\"".getBytes(StandardCharsets.UTF_8);
        NameTable table = new NameTable(bytes, 0);
        for (int position = 0; position < bytes.length; position += 3) {
            table.add(position);
        }
        assertThat(table.index()).isEqualTo(-1);
        assertThat(List.of("a", "b", "c", "d")).extracting(table::find).containsExactly(0, 1, 2, -1);
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
        quoted.add("\"name.49998\"");
        assertThat(table(quoted).index()).isEqualTo(50_000);
    }
}
