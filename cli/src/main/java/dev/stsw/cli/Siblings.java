package dev.stsw.cli;

import dev.stsw.Stsw;
import dev.stsw.format.HeaderException;
import dev.stsw.format.ShardIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What lies in the other shards of a model, where one is named alone.
final class Siblings {
    private static final Pattern SHARD = Pattern.compile("(.*)-\\d{5}(-of-\\d{5}\\.safetensors)");

    private Siblings() {}

    /// The names of the tensors in the other shards and in the index of a shard; none for other files. What cannot be
    /// read is passed over: nobody asked for it.
    static Set<String> tensors(Path file) throws IOException {
        Path name = file.getFileName();
        Matcher shard = SHARD.matcher(name == null ? "" : name.toString());
        Set<String> names = new HashSet<>();
        if (!shard.matches() || !Files.isRegularFile(file)) {
            return names;
        }
        Path index = file.resolveSibling(shard.group(1) + ".safetensors" + ShardIndex.SUFFIX);
        for (Path sibling : others(file, shard)) {
            try {
                names.addAll(Stsw.header(sibling).names());
            } catch (HeaderException e) {
                // The scales that this looks for are not in a file that is none.
            }
        }
        if (Files.isRegularFile(index)) {
            try {
                names.addAll(ModelFiles.of(index).index().orElseThrow().files().keySet());
            } catch (HeaderException e) {
                return names;
            }
        }
        return names;
    }

    private static List<Path> others(Path file, Matcher shard) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(other -> {
                        String text = other.getFileName().toString();
                        return text.startsWith(shard.group(1) + "-")
                                && text.endsWith(shard.group(2))
                                && SHARD.matcher(text).matches()
                                && Files.isRegularFile(other);
                    })
                    .sorted()
                    .toList();
        }
    }
}
