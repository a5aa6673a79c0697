package dev.stsw.cli;

import dev.stsw.format.Checksums;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/// The options of `meta` that change metadata: all entries are cleared first, then some removed, then others set.
final class MetadataChange implements UnaryOperator<Map<String, String>> {
    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            converter = Metadata.class,
            description = "Write this entry, in place of one of that key; the first = divides. Repeatable.")
    private List<Map.Entry<String, String>> set = new ArrayList<>();

    @Option(names = "--remove", paramLabel = "KEY", description = "Remove the entry of that key. Repeatable.")
    private List<String> remove = new ArrayList<>();

    @Option(names = "--clear", description = "Remove all entries, before --set.")
    private boolean clear;

    boolean isGiven() {
        return clear || !set.isEmpty() || !remove.isEmpty();
    }

    /// @throws WrongUsage if checksums would be touched
    void requireUsable() {
        if (remove.contains(Checksums.KEY)) {
            throw new WrongUsage("'" + Checksums.KEY + "' holds the checksums: stsw checksum remove takes them away");
        }
    }

    @Override
    public Map<String, String> apply(Map<String, String> before) {
        Map<String, String> after = new LinkedHashMap<>(clear ? Map.of() : before);
        remove.forEach(after::remove);
        set.forEach(entry -> after.put(entry.getKey(), entry.getValue()));
        return after;
    }

    /// The keys that were to be removed, and are not there.
    List<Note> missing(Map<String, String> before) {
        return remove.stream()
                .filter(key -> !before.containsKey(key))
                .map(key -> new Note(Note.WARNING, key, "--remove: there is no such entry"))
                .toList();
    }
}
