package dev.stsw.cli;

import dev.stsw.Stsw;
import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.ShardIndex;
import dev.stsw.model.DiskFolder;
import dev.stsw.model.ModelName;
import dev.stsw.model.ModelName.Form;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What lies in the other shards of a model, where one is named alone.
final class Siblings {
    private Siblings() {}

    /// The names of the tensors in the other shards and in the index of a shard; none for other files. What cannot be
    /// read is passed over: nobody asked for it.
    static Set<String> tensors(Path file) throws IOException {
        Set<String> names = new HashSet<>();
        Optional<ModelName> name = shardName(file);
        if (name.isEmpty()) {
            return names;
        }
        DiskFolder folder = DiskFolder.of(DiskFolder.around(file));
        for (Path other : shards(folder, name.get())) {
            header(other).ifPresent(header -> names.addAll(header.names()));
        }
        String index = name.get().stem() + ".safetensors" + ShardIndex.SUFFIX;
        if (folder.files().contains(index) && folder.fault(index).isEmpty()) {
            try {
                names.addAll(folder.index(index).files().keySet());
            } catch (HeaderException e) {
                return names;
            }
        }
        return names;
    }

    private static Optional<ModelName> shardName(Path file) {
        return ModelName.of(ModelFiles.Member.of(file).name())
                .filter(one -> one.form() == Form.SAFETENSORS)
                .filter(one -> one.shard().isPresent() && Files.isRegularFile(file));
    }

    /// All shards of the model that a shard is of, itself among them; none for other files.
    static List<Path> shards(Path file) throws IOException {
        Optional<ModelName> name = shardName(file);
        return name.isPresent() ? shards(DiskFolder.of(DiskFolder.around(file)), name.get()) : List.of();
    }

    private static List<Path> shards(DiskFolder folder, ModelName name) {
        String family = name.shard().orElseThrow().family();
        return folder.files().stream()
                .filter(other -> ModelName.of(other)
                        .flatMap(ModelName::shard)
                        .filter(one -> one.family().equals(family))
                        .isPresent())
                .filter(other -> folder.fault(other).isEmpty())
                .map(folder::path)
                .toList();
    }

    /// Empty if the file is none: the scales that this looks for are not in it, then.
    static Optional<Header> header(Path file) throws IOException {
        try {
            return Optional.of(Stsw.header(file));
        } catch (HeaderException e) {
            return Optional.empty();
        }
    }
}
