package dev.stsw.cli;

import dev.stsw.format.FileFormat;
import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.HeaderException.Fault;
import dev.stsw.format.ShardIndex;
import dev.stsw.torch.DistributedCheckpoint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The files of a model: the one that was named, those of an index, or what a folder holds.
///
/// @param named the file itself, or the index
/// @param index which tensors are in which files; empty for a single file
/// @param files with the tensors, at least one
record ModelFiles(Path named, Optional<ShardIndex> index, List<Path> files) {
    /// What to look for in a folder, in the order of transformers.
    private static final List<String> USUAL = List.of(
            "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json");

    private static final List<String> SUFFIXES =
            List.of(".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".npz", ".npy");

    static ModelFiles of(Path path) throws IOException {
        Path file = Files.isDirectory(path) ? inFolder(path) : path;
        if (FileKind.of(file) != FileKind.INDEX) {
            return new ModelFiles(file, Optional.empty(), List.of(file));
        }
        ShardIndex index = read(file);
        List<Path> files = index.shards().stream().map(file::resolveSibling).toList();
        for (Path shard : files) {
            if (!Files.isRegularFile(shard)) {
                throw new HeaderException(
                        file.toString(), Fault.MALFORMED, "its shard " + shard.getFileName() + " is missing");
            }
            if (FileKind.of(shard) == FileKind.INDEX) {
                throw new HeaderException(
                        file.toString(), Fault.MALFORMED, "its shard " + shard.getFileName() + " is itself an index");
            }
        }
        return new ModelFiles(file, Optional.of(index), files);
    }

    private static ShardIndex read(Path file) throws IOException {
        try {
            if (Files.size(file) > Header.MAX_JSON_BYTES) {
                throw new HeaderException(
                        null, Fault.TOO_LARGE, "an index of more than " + Header.MAX_JSON_BYTES + " bytes");
            }
            return ShardIndex.parse(Files.readAllBytes(file));
        } catch (HeaderException e) {
            throw isNamedAsIndex(file) ? e.in(file.toString()) : noModel(file);
        }
    }

    private static boolean isNamedAsIndex(Path file) {
        return file.getFileName().toString().endsWith(".json");
    }

    /// Nobody asked for an index: a server's words, mostly, in place of the file.
    private static HeaderException noModel(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            ByteBuffer start = ByteBuffer.wrap(in.readNBytes(FileFormat.LOOK_AT));
            return new HeaderException(
                    file.toString(), Fault.OTHER_FORMAT, FileFormat.of(start).describe(start));
        }
    }

    /// One of the usual names, or the only index, or the only file of a kind that holds tensors.
    private static Path inFolder(Path folder) throws IOException {
        for (String name : USUAL) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        if (DistributedInput.isIn(folder)) {
            return folder.resolve(DistributedCheckpoint.METADATA);
        }
        for (List<String> suffixes : List.of(List.of(ShardIndex.SUFFIX), SUFFIXES)) {
            List<Path> found = endingWith(folder, suffixes);
            if (found.size() > 1) {
                throw new FileSystemException(
                        folder.toString(),
                        null,
                        "holds more than one model (" + found.get(0).getFileName() + ", "
                                + found.get(1).getFileName() + "): name a file");
            }
            if (found.size() == 1) {
                return found.get(0);
            }
        }
        throw new FileSystemException(folder.toString(), null, "a folder without a model in it");
    }

    private static List<Path> endingWith(Path folder, List<String> suffixes) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> suffixes.stream()
                            .anyMatch(suffix -> file.getFileName().toString().endsWith(suffix)))
                    .sorted()
                    .toList();
        }
    }
}
