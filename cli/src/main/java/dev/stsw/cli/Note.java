package dev.stsw.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Something that a conversion did other than copying a tensor under its own name. Nothing of that kind is silent.
///
/// @param kind what was done: one of the constants here
/// @param subject the tensor or the part of the file, empty where the whole file is meant
/// @param detail why, or into what
record Note(String kind, String subject, String detail) {
    /// Part of the state dict, but no tensor.
    static final String SKIPPED = "skipped";

    /// Beside the state dict, or held back by a filter.
    static final String DROPPED = "dropped";

    /// Another name of a tensor that is written once.
    static final String SHARED = "shared";

    /// Written under another name.
    static final String RENAMED = "renamed";

    /// Written as another dtype.
    static final String CAST = "cast";

    /// Not written as the dtype that was asked for, although it is no integer.
    static final String LEFT = "left";

    /// Has values that a cast made infinite, NaN, or the largest of the dtype.
    static final String OVERFLOW = "overflow";

    /// Has values that a cast made zero, or the smallest of the dtype.
    static final String UNDERFLOW = "underflow";

    /// Not as the format asks, and written as it asks.
    static final String REPAIRED = "repaired";

    /// Something that a person should know.
    static final String WARNING = "warning";

    /// More of a kind than this are counted rather than listed.
    private static final int LISTED = 10;

    /// Writes lines for people.
    static void print(List<Note> notes, Output out) {
        Map<String, Integer> seen = new LinkedHashMap<>();
        for (Note note : notes) {
            if (seen.merge(note.kind, 1, Integer::sum) <= LISTED) {
                out.line(Escapes.printable(note.kind + ": " + note.sentence()));
            }
        }
        seen.forEach((kind, count) -> {
            if (count > LISTED) {
                out.line(kind + ": " + Units.grouped(count - LISTED) + " more (--json lists all)");
            }
        });
    }

    private String sentence() {
        return switch (kind) {
            case SHARED -> subject + " (same as " + detail + ")";
            case RENAMED -> subject + " -> " + detail;
            default -> subject.isEmpty() ? detail : subject + " (" + detail + ")";
        };
    }

    void writeTo(Json object) {
        object.name("kind").string(kind).name("subject").string(subject);
        object.name("detail").string(detail);
    }
}
