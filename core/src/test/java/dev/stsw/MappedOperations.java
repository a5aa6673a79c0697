package dev.stsw;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.zip.CRC32;

/// What the public API does with the bytes of a mapped file, each as a number that depends on every byte it saw.
final class MappedOperations {
    private static final int COUNT = 1 << 16;

    private MappedOperations() {}

    /// An open file, the same file loaded, one that checks checksums, and a folder to write in.
    record Opened(StreamReader reader, StreamReader checking, Map<String, Tensor> loaded, Path folder)
            implements AutoCloseable {
        static Opened of(Path file) throws IOException {
            StreamReader reader = StreamReader.open(file);
            StreamReader checking =
                    StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true));
            return new Opened(reader, checking, Stsw.load(file), file.getParent());
        }

        Tensor tensor(String name) throws IOException {
            return reader.tensor(name);
        }

        Tensor matrix() throws IOException {
            return tensor("f32").reshape(COUNT / 4, 4);
        }

        @Override
        public void close() throws IOException {
            reader.close();
            checking.close();
        }
    }

    /// What a caller does with it.
    @FunctionalInterface
    interface Operation {
        long on(Opened opened) throws IOException;
    }

    /// A file with a tensor of each kind of access; none of its data is zeros, as missing pages would be.
    static void write(Path file, long seed) throws IOException {
        SplittableRandom dice = new SplittableRandom(seed);
        int[] ints = dice.ints(COUNT, 1, Integer.MAX_VALUE).toArray();
        float[] floats = new float[COUNT];
        boolean[] booleans = new boolean[COUNT];
        byte[] bytes = new byte[COUNT / 2];
        dice.nextBytes(bytes);
        for (int i = 0; i < COUNT; i++) {
            floats[i] = 1 + dice.nextInt(1000);
            booleans[i] = dice.nextBoolean();
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("f32", Tensor.of(floats));
        tensors.put("i32", Tensor.of(ints));
        tensors.put("bf16", Tensor.of(DType.BF16, floats));
        tensors.put("bool", Tensor.of(booleans));
        tensors.put("f4", Tensor.of(DType.F4, Shape.of(COUNT), MemorySegment.ofArray(bytes)));
        Stsw.dump(tensors, file, WriteOptions.defaults().withCrc32(true));
    }

    static Map<String, Operation> all() {
        Map<String, Operation> all = new LinkedHashMap<>();
        addAccesses(all);
        addCopies(all);
        addWrites(all);
        return all;
    }

    private static void addAccesses(Map<String, Operation> all) {
        all.put("getFloat", opened -> {
            Tensor tensor = opened.tensor("f32");
            double sum = 0;
            for (int i = 0; i < COUNT; i++) {
                sum += tensor.getFloat(i);
            }
            return (long) sum;
        });
        all.put("getDouble", opened -> {
            Tensor tensor = opened.tensor("f32");
            double sum = 0;
            for (int i = 0; i < COUNT; i++) {
                sum += tensor.getDouble(i);
            }
            return (long) sum;
        });
        all.put("getLong", opened -> {
            Tensor tensor = opened.tensor("i32");
            long sum = 0;
            for (int i = 0; i < COUNT; i++) {
                sum += tensor.getLong(i);
            }
            return sum;
        });
        all.put("getInt", opened -> {
            Tensor tensor = opened.loaded().get("i32");
            long sum = 0;
            for (int i = 0; i < COUNT; i++) {
                sum += tensor.getInt(i);
            }
            return sum;
        });
        all.put("getBoolean", opened -> {
            Tensor tensor = opened.tensor("bool");
            long sum = 0;
            for (int i = 0; i < COUNT; i++) {
                sum = sum * 31 + (tensor.getBoolean(i) ? 1 : 0);
            }
            return sum;
        });
    }

    private static void addCopies(Map<String, Operation> all) {
        all.put("toFloatArray of F32", opened -> hash(opened.tensor("f32").toFloatArray()));
        all.put("toFloatArray of BF16", opened -> hash(opened.tensor("bf16").toFloatArray()));
        all.put("toFloatArray of I32", opened -> hash(opened.tensor("i32").toFloatArray()));
        all.put("toFloatArray of F4", opened -> hash(opened.tensor("f4").toFloatArray()));
        all.put("toDoubleArray", opened -> Arrays.hashCode(opened.tensor("bf16").toDoubleArray()));
        all.put("toLongArray", opened -> Arrays.hashCode(opened.tensor("i32").toLongArray()));
        all.put("toIntArray", opened -> Arrays.hashCode(opened.tensor("i32").toIntArray()));
        all.put(
                "toBooleanArray",
                opened -> Arrays.hashCode(opened.tensor("bool").toBooleanArray()));
        all.put("toByteArray", opened -> Arrays.hashCode(opened.tensor("f32").toByteArray()));
        all.put(
                "toByteArray of a loaded tensor",
                opened -> Arrays.hashCode(opened.loaded().get("f4").toByteArray()));
        all.put(
                "toByteArray with a checksum",
                opened -> Arrays.hashCode(opened.checking().tensor("bf16").toByteArray()));
        all.put(
                "contiguous",
                opened -> hash(opened.matrix().slice(1, 1, 3).contiguous().toFloatArray()));
        all.put("readRow", opened -> {
            Tensor matrix = opened.tensor("bf16").reshape(COUNT / 64, 64);
            float[] row = new float[64];
            long hash = 0;
            for (int i = 0; i < COUNT / 64; i++) {
                matrix.readRow(i, row);
                hash = hash * 31 + hash(row);
            }
            return hash;
        });
        all.put("copyTo of a segment", opened -> {
            byte[] bytes = new byte[COUNT * 4];
            opened.tensor("i32").copyTo(MemorySegment.ofArray(bytes));
            return Arrays.hashCode(bytes);
        });
        all.put("backwards", opened -> hash(opened.tensor("f32").slice("::-1").toFloatArray()));
        all.put(
                "steps of bytes",
                opened -> Arrays.hashCode(opened.tensor("bool").slice("::2").toByteArray()));
        all.put("transpose", opened -> hash(opened.matrix().transpose().toFloatArray()));
        all.put("select", opened -> hash(opened.matrix().select(1, 1).toFloatArray()));
    }

    private static void addWrites(Map<String, Operation> all) {
        all.put("dump", opened -> {
            Stsw.dump(Map.of("x", opened.tensor("f32")), copy(opened));
            return hash(copy(opened));
        });
        all.put("dump of all that was loaded", opened -> {
            Stsw.dump(opened.loaded(), copy(opened), WriteOptions.defaults().withCrc32(true));
            return hash(copy(opened));
        });
        all.put("dump of a view", opened -> {
            Stsw.dump(Map.of("x", opened.matrix().select(1, 1)), copy(opened));
            return hash(copy(opened));
        });
        all.put("writeBlock of a segment", opened -> write(opened, COUNT * 4));
        all.put("writeBlock of small segments", opened -> write(opened, 16));
        all.put("writeBlock of a buffer", opened -> write(opened, 0));
        all.put("asSource", opened -> write(opened, opened.reader().asSource()));
        all.put(
                "asSource with checksums",
                opened -> write(opened, opened.checking().asSource()));
        all.put("cast, renamed and joined", opened -> {
            TensorSource source = Tensors.source(Map.of("x", opened.tensor("f32")));
            TensorSource other = TensorSources.rename(Tensors.source(Map.of("x", opened.matrix())), name -> "y");
            TensorSource both = TensorSources.concat(List.of(TensorSources.cast(source, DType.BF16), other));
            return write(opened, TensorSources.withMetadata(both, Optional.empty()));
        });
        all.put("writeShards", opened -> {
            Path folder = Files.createDirectories(opened.folder().resolve("shards"));
            List<Path> files =
                    Stsw.writeShards(Tensors.source(opened.loaded()), folder, "m", COUNT * 4L, WriteOptions.defaults());
            long hash = 0;
            for (Path file : files) {
                hash = hash * 31 + hash(file);
                Files.delete(file);
            }
            return hash;
        });
    }

    private static Path copy(Opened opened) {
        return opened.folder().resolve("copy");
    }

    private static long write(Opened opened, TensorSource source) throws IOException {
        Stsw.write(source, copy(opened), WriteOptions.defaults());
        return hash(copy(opened));
    }

    /// @param size of a block in bytes, 0 for one buffer
    private static long write(Opened opened, int size) throws IOException {
        List<TensorSpec> tensors = List.of(TensorSpec.of("x", DType.F32, COUNT));
        WriteOptions options = WriteOptions.defaults().withCrc32(true);
        MemorySegment slice = opened.reader().getSlice("f32");
        try (StreamWriter writer = StreamWriter.open(copy(opened), tensors, options)) {
            if (size == 0) {
                writer.writeBlock("x", slice.asByteBuffer());
            } else {
                for (long at = 0; at < slice.byteSize(); at += size) {
                    writer.writeBlock("x", slice.asSlice(at, size));
                }
            }
            writer.finalizeTensor("x");
        }
        return hash(copy(opened));
    }

    private static long hash(float[] values) {
        return Arrays.hashCode(values);
    }

    private static long hash(Path file) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(Files.readAllBytes(file));
        return crc.getValue();
    }
}
