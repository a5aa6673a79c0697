package dev.stsw.model;

import dev.stsw.format.ShardIndex;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// A folder that exists in a test only.
final class MemoryFolder implements ModelFolder {
    private final TreeSet<String> files = new TreeSet<>();
    private final Map<String, String> indexes = new HashMap<>();
    private final Map<String, String> faults = new HashMap<>();
    private final List<String> folders = new ArrayList<>();

    static MemoryFolder of(String... files) {
        return new MemoryFolder().with(files);
    }

    MemoryFolder with(String... names) {
        files.addAll(List.of(names));
        return this;
    }

    MemoryFolder withFolder(String name) {
        folders.add(name);
        return this;
    }

    MemoryFolder withFault(String name, String sentence) {
        faults.put(name, sentence);
        return with(name);
    }

    MemoryFolder withText(String name, String text) {
        indexes.put(name, text);
        return with(name);
    }

    /// An index with a tensor in each of these files.
    MemoryFolder withIndex(String name, String... shards) {
        StringBuilder json = new StringBuilder();
        for (String shard : shards) {
            json.append(json.isEmpty() ? "" : ",")
                    .append("\"t")
                    .append(json.length())
                    .append("\":\"")
                    .append(shard)
                    .append('"');
        }
        return withText(name, "{\"weight_map\":{" + json + "}}");
    }

    @Override
    public List<String> files() {
        return files.stream().filter(name -> name.indexOf('/') < 0).toList();
    }

    @Override
    public List<String> foldersWithTensors() {
        return folders;
    }

    @Override
    public Optional<String> fault(String name) {
        return faults.containsKey(name)
                ? Optional.of(faults.get(name))
                : files.contains(name) ? Optional.empty() : Optional.of(MISSING);
    }

    @Override
    public ShardIndex index(String name) throws IOException {
        return ShardIndex.parse(indexes.getOrDefault(name, "").getBytes(StandardCharsets.UTF_8));
    }
}
