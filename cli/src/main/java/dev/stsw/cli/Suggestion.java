package dev.stsw.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What somebody may have meant who made a slip of the finger or two.
final class Suggestion {
    private static final int SLIPS = 2;

    private Suggestion() {}

    /// The nearest of what there is, if it is near.
    static Optional<String> of(String word, Iterable<String> known) {
        int least = Math.min(SLIPS, Math.max(1, word.length() / 3)) + 1;
        Optional<String> nearest = Optional.empty();
        for (String candidate : known) {
            if (Math.abs(candidate.length() - word.length()) < least) {
                int distance = distance(word, candidate);
                if (distance < least) {
                    least = distance;
                    nearest = Optional.of(candidate);
                }
            }
        }
        return nearest;
    }

    /// Letters to insert, remove, replace or swap (Damerau–Levenshtein), counted row by row.
    static int distance(String a, String b) {
        List<int[]> rows = new ArrayList<>();
        for (int i = 0; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            rows.add(row);
            for (int j = 0; j < row.length; j++) {
                if (i == 0 || j == 0) {
                    row[j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                int[] above = rows.get(i - 1);
                row[j] = Math.min(Math.min(above[j], row[j - 1]) + 1, above[j - 1] + (same ? 0 : 1));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    row[j] = Math.min(row[j], rows.get(i - 2)[j - 2] + 1);
                }
            }
        }
        return rows.get(a.length())[b.length()];
    }
}
