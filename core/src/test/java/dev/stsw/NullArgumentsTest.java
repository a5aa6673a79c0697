package dev.stsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Null is refused by the call that gets it, not by what is done later with what the call returned, and leaves no file.
class NullArgumentsTest {
    private static final WriteOptions WRITE = WriteOptions.defaults();
    private static final ReadOptions READ = ReadOptions.defaults();

    @TempDir
    Path folder;

    @Test
    void nullIsRefusedWhereItIsGiven() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Path out = folder.resolve("out");
        Map<String, Tensor> tensors = Models.small(1);
        Stsw.dump(tensors, file);
        TensorSource source = Tensors.source(tensors);
        List<TensorSpec> specs = source.tensors();
        Tensor tensor = Tensor.of(new float[6], 2, 3);
        refused(
                () -> Stsw.dump(null, out),
                () -> Stsw.dump(tensors, null),
                () -> Stsw.dump(tensors, out, null),
                () -> Stsw.load((Path) null),
                () -> Stsw.load((byte[]) null),
                () -> Stsw.save(null),
                () -> Stsw.write(null, out, WRITE),
                () -> Stsw.write(source, null, WRITE),
                () -> Stsw.write(source, out, null),
                () -> Stsw.writeShards(null, folder, "model", 10, WRITE),
                () -> Stsw.writeShards(source, null, "model", 10, WRITE),
                () -> Stsw.writeShards(source, folder, null, 10, WRITE),
                () -> Stsw.writeShards(source, folder, "model", 10, null),
                () -> Stsw.editMetadata(null, map -> map),
                () -> Stsw.editMetadata(file, null),
                () -> Stsw.header(null),
                () -> Stsw.verify(null),
                () -> Stsw.verify(file, null));
        refused(
                () -> Model.open(null),
                () -> Model.open(file, null),
                () -> StreamReader.open((Path) null),
                () -> StreamReader.open(file, null),
                () -> StreamReader.open(file, READ, null),
                () -> StreamReader.open((MemorySegment) null, READ),
                () -> StreamReader.open((ByteBuffer) null, READ),
                () -> StreamReader.open((byte[]) null, READ),
                () -> StreamReader.open((SeekableByteChannel) null, READ),
                () -> StreamWriter.open(null, specs),
                () -> StreamWriter.open(out, null),
                () -> StreamWriter.open(out, specs, null),
                () -> WRITE.withMetadata(null),
                () -> WRITE.withProgress(null));
        refused(
                () -> Tensors.source(null),
                () -> Tensors.map(null, spec -> spec, (spec, values) -> values),
                () -> Tensors.map(source, null, (spec, values) -> values),
                () -> Tensors.map(source, spec -> spec, null),
                () -> Tensors.map(source, null, spec -> spec, (spec, values) -> values),
                () -> Tensors.replace(null, tensors),
                () -> Tensors.replace(source, null),
                () -> Tensor.of((float[]) null, 2),
                () -> Tensor.of(null, new float[2], 2),
                () -> Tensor.of(DType.F16, (float[]) null, 2),
                () -> Tensor.raw(null, new byte[2], 2),
                () -> Tensor.raw(DType.U8, (byte[]) null, 2),
                () -> Tensor.scalar(null, 1.0),
                () -> Tensor.of(null, Shape.of(2), MemorySegment.NULL),
                () -> Tensor.of(DType.F32, null, MemorySegment.NULL),
                () -> Tensor.of(DType.U8, Shape.of(2), null),
                () -> tensor.slice((Index[]) null),
                () -> tensor.slice((String) null),
                () -> tensor.readRow(0, (float[]) null),
                () -> tensor.copyTo((float[]) null),
                () -> Index.parse(null));
        StreamWriter writer = StreamWriter.open(out, specs);
        refused(
                () -> writer.writeBlock(null, new byte[1]),
                () -> writer.writeBlock("weight", (byte[]) null),
                () -> writer.writeBlock("weight", (float[]) null),
                () -> writer.writeBlock("weight", (MemorySegment) null),
                () -> writer.writeTensor("weight", (Tensor) null),
                () -> writer.writeTensor("weight", (ReadableByteChannel) null),
                () -> writer.finalizeTensor(null));
        writer.abort();
        try (var names = Files.list(folder)) {
            assertThat(names).containsExactly(file);
        }
    }

    private static void refused(ThrowingCallable... calls) {
        List<Integer> taken = new ArrayList<>();
        for (int i = 0; i < calls.length; i++) {
            if (!(catchThrowable(calls[i]) instanceof NullPointerException)) {
                taken.add(i);
            }
        }
        assertThat(taken).as("indexes of calls that did not refuse null").isEmpty();
    }
}
