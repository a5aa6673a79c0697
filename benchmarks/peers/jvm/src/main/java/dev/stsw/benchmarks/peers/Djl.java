package dev.stsw.benchmarks.peers;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// DJL's lists of arrays, with its PyTorch engine. It has no way to open a file without reading all of it, and BF16
/// makes the engine end the virtual machine: the models are F16.
public final class Djl {
    private Djl() {}

    /// `start`, `load MODEL`, `load-all FOLDER` or `write MODEL OUT`.
    public static void main(String[] args) throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) { // unpacks and starts the engine, which is not measured
            Run.print(
                    switch (args[0]) {
                        case "start" -> 0;
                        case "load" -> load(manager, List.of(Path.of(args[1])));
                        case "load-all" -> load(manager, Run.files(Path.of(args[1])));
                        case "write" -> write(manager, Path.of(args[1]), Path.of(args[2]));
                        default -> throw new IllegalArgumentException("unknown run: " + args[0]);
                    });
        }
    }

    private static double load(NDManager manager, List<Path> files) throws IOException {
        long start = System.nanoTime();
        for (Path file : files) {
            try (NDList tensors = read(manager, file)) {
                if (tensors.isEmpty()) {
                    throw new IOException(file + ": no tensors");
                }
            }
        }
        return Run.since(start);
    }

    private static double write(NDManager manager, Path model, Path out) throws IOException {
        try (NDList tensors = read(manager, model)) {
            long start = System.nanoTime();
            try (OutputStream stream = Files.newOutputStream(out)) {
                tensors.encode(stream, NDList.Encoding.SAFETENSORS);
            }
            return Run.since(start);
        }
    }

    private static NDList read(NDManager manager, Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            return NDList.decode(manager, stream);
        }
    }
}
