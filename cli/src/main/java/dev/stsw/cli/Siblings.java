package dev.stsw.cli;

import dev.stsw.Stsw;
import dev.stsw.format.HeaderException;
import dev.stsw.format.ShardIndex;
import dev.stsw.model.DiskFolder;
import dev.stsw.model.ModelName;
import dev.stsw.model.ModelName.Form;
import dev.stsw.model.ModelName.Shard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// What lies in the other shards of a model, where one is named alone.
final class Siblings {
    private Siblings() {}

    /// The names of the tensors in the other shards and in the index of a shard; none for other files. What cannot be
    /// read is passed over: nobody asked for it.
    static Set<String> tensors(Path file) throws IOException {
        Optional<ModelName> name =
                ModelName.of(ModelFiles.Member.of(file).name()).filter(one -> one.form() == Form.SAFETENSORS);
        Optional<Shard> shard = name.flatMap(ModelName::shard);
        Set<String> names = new HashSet<>();
        if (shard.isEmpty() || !Files.isRegularFile(file)) {
            return names;
        }
        DiskFolder folder = DiskFolder.of(DiskFolder.around(file));
        for (String other : folder.files()) {
            boolean sibling = ModelName.of(other)
                    .flatMap(ModelName::shard)
                    .filter(one -> one.family().equals(shard.get().family()))
                    .isPresent();
            if (sibling && folder.fault(other).isEmpty()) {
                try {
                    names.addAll(Stsw.header(folder.path(other)).names());
                } catch (HeaderException e) {
                    // The scales that this looks for are not in a file that is none.
                }
            }
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
}
