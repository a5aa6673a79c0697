package dev.stsw.cli;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.TensorSources;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// Metadata entries `removed: kept`, which say that a tensor has another name too. They follow when names change.
final class TiedNames {
    /// The one entry of nearly all files; a tensor may well be called `pt`.
    private static final String FORMAT = "format";

    private TiedNames() {}

    /// `after` with the metadata of `before`, both names of each tie renamed as tensors were.
    static TensorSource renamed(
            TensorSource before, TensorSource after, UnaryOperator<String> renaming, List<Note> notes) {
        Set<String> ties = ties(before);
        if (ties.isEmpty()) {
            return after;
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        before.metadata().orElse(Map.of()).forEach((key, value) -> {
            boolean tie = ties.contains(key);
            String name = tie ? renaming.apply(key) : key;
            if (!name.equals(key)) {
                notes.add(new Note(Note.RENAMED, key, name));
            }
            metadata.putIfAbsent(name, tie ? renaming.apply(value) : value);
        });
        return TensorSources.withMetadata(after, Optional.of(metadata));
    }

    /// `after` with the metadata of `before`, without ties of names that are not wanted or to tensors that are not.
    static TensorSource selected(TensorSource before, TensorSource after, Predicate<String> wanted, List<Note> notes) {
        Set<String> ties = ties(before);
        if (ties.isEmpty()) {
            return after;
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        before.metadata().orElse(Map.of()).forEach((key, value) -> {
            if (!ties.contains(key) || (wanted.test(key) && wanted.test(value))) {
                metadata.put(key, value);
            } else {
                notes.add(new Note(Note.DROPPED, key, "another name of " + value + ", filtered out"));
            }
        });
        return TensorSources.withMetadata(after, Optional.of(metadata));
    }

    /// The keys of entries whose value is a tensor's name, and that are none themselves.
    private static Set<String> ties(TensorSource source) {
        Map<String, String> metadata = source.metadata().orElse(Map.of());
        Set<String> mentioned = new HashSet<>(metadata.values());
        mentioned.addAll(metadata.keySet());
        Set<String> tensors = new HashSet<>();
        if (metadata.size() > (metadata.containsKey(FORMAT) ? 1 : 0)) {
            for (TensorSpec tensor : source.tensors()) {
                if (mentioned.contains(tensor.name())) {
                    tensors.add(tensor.name());
                }
            }
        }
        Set<String> ties = new HashSet<>();
        metadata.forEach((key, value) -> {
            if (!key.equals(FORMAT) && tensors.contains(value) && !tensors.contains(key)) {
                ties.add(key);
            }
        });
        return ties;
    }
}
