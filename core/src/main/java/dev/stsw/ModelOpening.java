package dev.stsw;

import dev.stsw.format.HeaderException;
import dev.stsw.format.HeaderException.Fault;
import dev.stsw.model.DiskFolder;
import dev.stsw.model.FoundModel;
import dev.stsw.model.ModelFinder;
import dev.stsw.model.ModelName;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Which files [Model] opens.
final class ModelOpening {
    private ModelOpening() {}

    /// What is in a folder or index; empty for a file.
    static Optional<FoundModel> find(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            FoundModel found = ModelFinder.find(DiskFolder.of(path));
            if (found.refusal().isPresent()) {
                throw new FileSystemException(
                        path.toString(), null, found.refusal().get());
            }
            return Optional.of(found);
        }
        String name = String.valueOf(path.getFileName());
        return name.endsWith(".json")
                ? Optional.of(ModelFinder.find(DiskFolder.of(DiskFolder.around(path)), name))
                : Optional.empty();
    }

    /// The files to open, in order.
    ///
    /// @throws HeaderException if they are not all there
    static List<Path> files(Path path, Optional<FoundModel> found) throws IOException {
        if (found.isEmpty()) {
            // A name that says "1 of 3" is a promise.
            requireSound(
                    path,
                    ModelName.of(String.valueOf(path.getFileName()))
                            .flatMap(ModelName::shard)
                            .filter(shard -> Files.isRegularFile(path))
                            .map(shard -> shard.missing(DiskFolder.siblings(path, shard)))
                            .orElse(List.of()));
            return List.of(path);
        }
        FoundModel model = found.get();
        DiskFolder folder = DiskFolder.of(Files.isDirectory(path) ? path : DiskFolder.around(path));
        requireSound(model.indexName().map(folder::path).orElse(path), model.problems());
        List<Path> files = model.files().stream().map(folder::path).toList();
        for (Path file : files) {
            // Its header says best what another file is, before anything depends on its index.
            if (ModelName.of(String.valueOf(file.getFileName()))
                    .filter(name -> name.form() != ModelName.Form.SAFETENSORS)
                    .isPresent()) {
                Stsw.header(file);
            }
        }
        return files;
    }

    private static void requireSound(Path place, List<String> problems) throws HeaderException {
        if (!problems.isEmpty()) {
            throw new HeaderException(place.toString(), Fault.MALFORMED, String.join("; ", problems));
        }
    }
}
