package dev.stsw.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// What a virtual machine may not survive. A main class: DEED FILE.
final class Deeds {
    private Deeds() {}

    public static void main(String[] args) throws IOException {
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            System.out.println("done: " + doIt(args[0], Path.of(args[1]), manager));
        } catch (RuntimeException e) {
            System.out.println("refused: " + e.getClass().getSimpleName());
        }
    }

    private static Object doIt(String deed, Path file, NDManager manager) throws IOException {
        return switch (deed) {
            case "write-by-hand" -> {
                try (StreamReader reader = StreamReader.open(file)) {
                    yield byHand(reader.tensor("w"), manager).muli(2).getFloat(0);
                }
            }
            case "write" -> {
                try (StreamReader reader = StreamReader.open(file)) {
                    yield DjlTensors.toNDArray(reader.tensor("w"), manager)
                            .muli(2)
                            .getFloat(0);
                }
            }
            case "write-mapped" ->
                DjlTensors.zeroCopy(file, manager).get("w").muli(2).getFloat(0);
            case "write-zero-copy" -> {
                try (Arena arena = Arena.ofShared();
                        StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), arena)) {
                    yield DjlTensors.zeroCopy(reader.tensor("w"), manager, arena)
                            .muli(2)
                            .getFloat(0);
                }
            }
            case "use-after-close-by-hand" -> {
                NDArray array;
                try (StreamReader reader = StreamReader.open(file)) {
                    array = byHand(reader.tensor("w"), manager);
                }
                yield array.getFloat(0);
            }
            case "use-after-close" -> {
                NDArray array;
                try (StreamReader reader = StreamReader.open(file)) {
                    array = DjlTensors.toNDArray(reader.tensor("w"), manager);
                }
                yield array.getFloat(0);
            }
            case "use-after-close-zero-copy" -> {
                NDArray array;
                try (Arena arena = Arena.ofShared();
                        StreamReader reader = StreamReader.open(file, ReadOptions.defaults(), arena)) {
                    array = DjlTensors.zeroCopy(reader.tensor("w"), manager, arena);
                }
                yield array.getFloat(0);
            }
            case "bf16-by-hand" ->
                manager.create(new Shape(2), DataType.BFLOAT16).getShape();
            case "bf16" -> {
                try (StreamReader reader = StreamReader.open(file)) {
                    yield DjlTensors.toNDArray(reader.tensor("bf16"), manager).getShape();
                }
            }
            case "bf16-model" -> DjlTensors.load(file, manager).size();
            default -> throw new AssertionError(deed);
        };
    }

    /// What one would write without [DjlTensors].
    private static NDArray byHand(Tensor tensor, NDManager manager) {
        ByteBuffer buffer = tensor.data().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        return manager.create(buffer, new Shape(tensor.shape().toArray()), DataType.FLOAT32);
    }
}
