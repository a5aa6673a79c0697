package dev.stsw.cli;

import dev.stsw.cli.Terminal.Style;
import java.util.List;
import java.util.function.Function;

/// A table with aligned columns, written row by row. The cells are made twice, once for the widths and once for the
/// paper, so that a table of a million rows takes no memory.
///
/// @param <R> what a row shows
final class Table<R> {
    private static final String GAP = "  ";

    private final Terminal terminal;
    private final List<Column<R>> columns;

    Table(Terminal terminal, List<Column<R>> columns) {
        this.terminal = terminal;
        this.columns = List.copyOf(columns);
    }

    /// One column.
    ///
    /// @param title its heading
    /// @param right whether its cells are numbers, which end at the same place
    /// @param cell the text of a row's cell, without control characters
    /// @param <R> what a row shows
    record Column<R>(String title, boolean right, Function<R, String> cell) {}

    /// Writes the headings and all rows.
    void print(Iterable<R> rows) {
        int[] widths =
                columns.stream().mapToInt(column -> width(column.title())).toArray();
        for (R row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(columns.get(i).cell().apply(row)));
            }
        }
        terminal.out().line(terminal.styled(Style.BOLD, line(widths, Column::title)));
        for (R row : rows) {
            terminal.out().line(line(widths, column -> column.cell().apply(row)));
        }
    }

    private String line(int[] widths, Function<Column<R>, String> cell) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String text = cell.apply(columns.get(i));
            String padding = " ".repeat(widths[i] - width(text));
            line.append(i == 0 ? "" : GAP);
            line.append(columns.get(i).right() ? padding + text : text + padding);
        }
        return line.toString().stripTrailing();
    }

    /// Columns that the text takes on a terminal, as far as Unicode's general categories tell.
    private static int width(String text) {
        int width = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            int type = Character.getType(c);
            boolean combining = type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK;
            width += combining ? 0 : isWide(c) ? 2 : 1;
        }
        return width;
    }

    private static boolean isWide(int c) {
        return Character.isIdeographic(c) || isHangul(c) || isKana(c);
    }

    private static boolean isHangul(int c) {
        return c >= 0xac00 && c <= 0xd7a3;
    }

    private static boolean isKana(int c) {
        return c >= 0x3041 && c <= 0x30ff;
    }
}
