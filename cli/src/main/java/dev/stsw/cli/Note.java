package dev.stsw.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Something that a conversion did other than copying a tensor under its own name. Nothing of that kind is silent.
///
/// @param kind what was done: one of the constants here
/// @param subject the tensor or the part of the file, empty where the whole file is meant
/// @param detail why, or into what
record Note(String kind, String subject, String detail) {
    /// The part that was taken for the model, where others could have been meant.
    static final String KEY = "key";

    /// What all names begin with because of the tool that wrapped the model.
    static final String PREFIX = "prefix";

    private static final Pattern NUMBER = Pattern.compile("\\b\\d+\\b");

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

    /// Quantized, and written as its values: codes times scales.
    static final String DEQUANTIZED = "dequantized";

    /// A module of an adapter, which was added to its weight.
    static final String MERGED = "merged";

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

    /// A class or function outside of torch's allow-list that a checkpoint names.
    static final String INERT = "inert";

    /// The model, of all that a folder holds.
    static final String TAKEN = "taken";

    /// In the same folder, and not the model.
    static final String UNUSED = "unused";

    /// So many of a kind are listed one by one; more are summed up.
    private static final int LISTED = 10;

    /// So many of the commonest reasons are told.
    private static final int REASONS = 3;

    /// Writes lines for people, the kinds in the order in which they came.
    ///
    /// @param verbose whether all are listed, however many
    static void print(List<Note> notes, boolean verbose, Output out) {
        Map<String, List<Note>> kinds = new LinkedHashMap<>();
        notes.forEach(note ->
                kinds.computeIfAbsent(note.kind, kind -> new ArrayList<>()).add(note));
        kinds.forEach((kind, all) -> {
            if (kind.equals(INERT) && all.size() > 1 && !verbose) {
                out.line(Escapes.printable(WARNING + ": " + inert(all)));
            } else if (verbose || all.size() <= LISTED) {
                list(kind.equals(INERT) ? WARNING : kind, all, out);
            } else if (kind.equals(OVERFLOW) || kind.equals(UNDERFLOW)) {
                list(kind, all.subList(0, LISTED), out); // The worst come first.
                out.line(kind + ": " + Units.count(all.size() - LISTED, "more tensor") + " (--verbose lists them)");
            } else if (kind.equals(WARNING)) {
                printWarnings(all, out);
            } else {
                out.line(kind + ": " + Escapes.printable(summary(all)));
            }
        });
    }

    private static void list(String kind, List<Note> notes, Output out) {
        notes.forEach(note -> out.line(Escapes.printable(kind + ": " + note.sentence())));
    }

    /// Harmless one by one, and all for the same reason: one line is enough.
    private static String inert(List<Note> names) {
        String shown = names.stream().limit(REASONS).map(Note::subject).collect(Collectors.joining(", "));
        int more = names.size() - REASONS;
        return Units.count(names.size(), "name") + " outside of torch's allow-list were not run: " + shown
                + (more > 0 ? " and " + Units.grouped(more) + " more (--verbose lists them)" : "");
    }

    /// Each says something else: none of them is hidden by how many there are of another.
    private static void printWarnings(List<Note> warnings, Output out) {
        byReason(warnings).forEach((reason, same) -> {
            if (same.size() <= REASONS) {
                list(WARNING, same, out);
            } else {
                out.line(Escapes.printable(WARNING + ": " + Units.grouped(same.size()) + " such as "
                        + same.get(0).sentence() + " (--verbose lists them)"));
            }
        });
    }

    /// `204 (int: 150, str: 40, function: 10, 3 other reasons; --verbose lists them)`
    private static String summary(List<Note> notes) {
        Map<String, List<Note>> reasons = byReason(notes);
        StringBuilder text = new StringBuilder(Units.grouped(notes.size())).append(" (");
        if (reasons.size() > notes.size() / 2) { // Each has its own, like the names of what is renamed.
            return text.append("such as ")
                    .append(notes.get(0).sentence())
                    .append("; --verbose lists them)")
                    .toString();
        }
        // Sorting keeps the order of those that are as common.
        List<Map.Entry<String, List<Note>>> commonest = reasons.entrySet().stream()
                .sorted(Comparator.comparingInt(entry -> -entry.getValue().size()))
                .limit(REASONS)
                .toList();
        commonest.forEach(entry -> text.append(entry.getKey())
                .append(": ")
                .append(Units.grouped(entry.getValue().size()))
                .append(", "));
        int others = reasons.size() - commonest.size();
        text.setLength(text.length() - 2);
        return text.append(others == 0 ? "" : ", " + Units.count(others, "other reason"))
                .append("; --verbose lists them)")
                .toString();
    }

    /// Two lists of other lengths are left out for the same reason.
    private static Map<String, List<Note>> byReason(List<Note> notes) {
        Map<String, List<Note>> reasons = new LinkedHashMap<>();
        notes.forEach(note -> reasons.computeIfAbsent(
                        NUMBER.matcher(note.detail).replaceAll("n"), reason -> new ArrayList<>())
                .add(note));
        return reasons;
    }

    private String sentence() {
        return switch (kind) {
            case KEY -> "took '" + subject + "' (" + detail + ")";
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
