package dev.stsw.cli;

import java.io.IOError;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/// Where `convert` writes to: OUT, which is a file, a folder for shards, or standard output.
///
/// @param out as the user named it
record Destination(Path out) {
    private static final String SUFFIX = ".safetensors";

    /// Names of standard output; a file called `-` is `./-`.
    private static final Set<String> STDOUT = Set.of("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1");

    /// Endings of other formats. A safetensors file of such a name would be opened by the wrong reader.
    private static final List<String> OTHERS = List.of(
            ".pt .pth .bin .ckpt .pkl .pickle .t7 .npz .npy .gguf .ggml .onnx .h5 .hdf5 .keras .tflite .pb .msgpack .mlmodel"
                    .split(" "));

    /// Endings of what may be packed around a file.
    private static final List<String> ARCHIVES = List.of(".gz .xz .bz2 .zst .zip .tar .7z .lz4".split(" "));

    boolean isStdout() {
        return STDOUT.contains(out.toString());
    }

    private String name() {
        Path name = out.getFileName();
        return name == null ? "" : name.toString();
    }

    /// @throws WrongUsage if OUT is on a drive that is not there
    void requireDrive() {
        try {
            Objects.requireNonNull(out.toAbsolutePath());
        } catch (IOError e) {
            // Windows: each drive has a current folder of its own, which `a:b` is in.
            throw new WrongUsage("OUT is '" + out + "', and there is no drive " + out.getRoot());
        }
    }

    /// @throws WrongUsage if OUT's ending names another format than the one that is written
    void requireEnding() {
        String name = name().toLowerCase(Locale.ROOT);
        if (Files.isDirectory(out)) {
            return;
        }
        for (String ending : OTHERS) {
            if (name.endsWith(ending)) {
                throw new WrongUsage("OUT is a safetensors file, and '" + out + "' ends in " + ending + ": call it '"
                        + out.resolveSibling(stem(ending) + SUFFIX) + "'");
            }
        }
        for (String ending : ARCHIVES) {
            if (name.endsWith(ending)) {
                throw new WrongUsage("OUT is not packed, and '" + out + "' ends in " + ending
                        + ": write to - and put a packer into the pipe");
            }
        }
        if (name.endsWith(".json")) {
            throw new WrongUsage("OUT is a safetensors file, and '" + out
                    + "' ends in .json: an index is written by --max-shard-size, beside NAME.safetensors");
        }
    }

    private String stem(String ending) {
        return name().substring(0, name().length() - ending.length());
    }

    /// Whether shards are named after OUT, rather than put into it under the usual name.
    private boolean namesShards() {
        return name().endsWith(SUFFIX) && !Files.isDirectory(out);
    }

    /// What the names of shards begin with.
    String shardStem() {
        return namesShards() ? stem(SUFFIX) : "model";
    }

    /// Where shards go.
    Path shardFolder() throws IOException {
        Path parent = out.getParent();
        Path folder = !namesShards() ? out : parent == null ? Path.of("") : parent;
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new FileSystemException(folder.toString(), null, "cannot write shards: not a folder");
        }
        return folder;
    }

    /// Says what the writer would say with fewer words.
    void requireFile() throws IOException {
        if (Files.isDirectory(out)) {
            throw new FileSystemException(out.toString(), null, "cannot write: is a directory");
        }
        Path folder = out.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new FileSystemException(out.toString(), null, "cannot write: no folder " + folder);
        }
    }
}
