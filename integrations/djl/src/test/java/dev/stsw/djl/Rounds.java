package dev.stsw.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.format.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// A thousand rounds of everything, through one manager that stays open. A main class: FOLDER. Prints by how many kB
/// the process has grown, and by how many arrays the manager.
final class Rounds {
    private static final int WARM_UP = 200;
    private static final int ROUNDS = 1000;

    private final Path file;
    private final Path narrow;

    private Rounds(Path folder) throws IOException {
        file = folder.resolve("model.safetensors");
        narrow = folder.resolve("narrow.safetensors");
        float[] values = new float[256 * 1024];
        Stsw.dump(Map.of("weight", Tensor.of(values, 256, 1024), "bias", Tensor.of(new float[256])), file);
        Stsw.dump(Map.of("narrow", Tensor.of(DType.BF16, values)), narrow);
    }

    public static void main(String[] args) throws IOException {
        Rounds rounds = new Rounds(Path.of(args[0]));
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            Linear block = Linear.builder().setUnits(256).build();
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 1024));
            rounds.go(WARM_UP, manager, block);
            int arrays = manager.getManagedArrays().size();
            long before = anonymousKb();
            rounds.go(ROUNDS, manager, block);
            System.out.println(
                    (anonymousKb() - before) + " " + (manager.getManagedArrays().size() - arrays));
        }
    }

    private void go(int rounds, NDManager manager, Linear block) throws IOException {
        for (int i = 0; i < rounds; i++) {
            go(manager, block);
        }
        System.gc(); // frees what fromNDArray made
    }

    private void go(NDManager manager, Linear block) throws IOException {
        try (NDList arrays = DjlTensors.load(file, manager);
                NDList wide = DjlTensors.load(narrow, manager, DataType.FLOAT32);
                NDManager own = manager.newSubManager();
                Arena arena = Arena.ofShared();
                StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), arena);
                NDArray copy = DjlTensors.toNDArray(reader.tensor("weight"), manager)) {
            require(copy.size() == wide.get("narrow").size());
            DjlTensors.zeroCopy(reader.tensor("weight"), manager, arena);
            DjlTensors.zeroCopy(file, own).get("weight").addi(1);
            DjlTensors.loadParameters(block, reader.asSource(), name -> name, manager);
            require(DjlTensors.fromNDArray(copy).byteSize() == 1 << 20);
            readAll(arrays);
        }
    }

    private static void readAll(NDList arrays) throws IOException {
        try (ReadableByteChannel bytes = DjlTensors.fromNDList(arrays).open("weight")) {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
            long size = 0;
            for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer.clear())) {
                size += count;
            }
            require(size == 1 << 20);
        }
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new IllegalStateException("a round went wrong");
        }
    }

    private static long anonymousKb() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }
}
