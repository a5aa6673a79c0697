package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.cli.Table.Column;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void columnsAreAligned() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Output out = new Output(bytes);
        List<Column<String>> columns = List.of(
                new Column<>("NAME", false, name -> name),
                new Column<>("LENGTH", true, name -> Integer.toString(name.length())),
                new Column<>("LAST", false, name -> "x"));
        new Table<>(Terminal.plain(out, new PrintStream(bytes, true, StandardCharsets.UTF_8)), columns)
                .print(List.of("a", "weights", "重み", "e\u0301"));
        out.flush();
        assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "NAME     LENGTH  LAST",
                        "a             1  x",
                        "weights       7  x",
                        "重み          2  x",
                        "e\u0301             2  x");
    }
}
