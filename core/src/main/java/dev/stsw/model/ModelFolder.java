package dev.stsw.model;

import dev.stsw.format.ShardIndex;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// A folder that may hold a model, as far as [ModelFinder] asks. Names are those of files in it, or paths below it
/// with `/`.
public interface ModelFolder {
    /// What [#fault(String)] says of a file that is not there at all.
    String MISSING = "is missing";

    /// What lies directly in it and is no folder, sorted; what is hidden (`._model.safetensors`) is left out.
    List<String> files();

    /// Folders directly in it that hold files of tensors, sorted.
    List<String> foldersWithTensors() throws IOException;

    /// Why a file cannot be read as one, as the end of a sentence; empty if it is a regular file.
    Optional<String> fault(String name);

    /// Reads a file as an index of shards.
    ShardIndex index(String name) throws IOException;
}
