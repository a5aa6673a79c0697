package dev.stsw.arrow;

import dev.stsw.Tensor;
import dev.stsw.Tensors;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.stream.TensorSources;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;

/// Copies tensors into memory of Arrow.
final class Copying {
    /// Bytes that Arrow shows as a buffer of the JDK at once.
    private static final long PART = 1 << 30;

    private static final int CHUNK = 1 << 13;
    private static final String TENSOR = "tensor";

    private Copying() {}

    static FieldVector vector(Tensor tensor, DType wanted, Columns column, BufferAllocator allocator) {
        long numbers = (long) column.rows() * column.width();
        try (ArrowBuf values = allocator.buffer(bytes(wanted, numbers))) {
            fill(values, tensor, wanted, numbers);
            return column.over(values, allocator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Arrow's booleans are bits.
    static long bytes(DType dtype, long numbers) {
        return dtype == DType.BOOL ? (numbers + 7) / 8 : dtype.byteSize(numbers);
    }

    private static void fill(ArrowBuf values, Tensor tensor, DType wanted, long numbers) throws IOException {
        TensorSource source = Tensors.source(Map.of(TENSOR, tensor));
        if (wanted != tensor.dtype()) {
            source = TensorSources.cast(source, wanted);
        }
        try (TensorSource input = source;
                ReadableByteChannel bytes = input.open(TENSOR)) {
            if (wanted == DType.BOOL) {
                fillBits(values, bytes, numbers);
            } else {
                long size = bytes(wanted, numbers);
                for (long at = 0; at < size; at += PART) {
                    readFully(bytes, values.nioBuffer(at, (int) Math.min(PART, size - at)));
                }
            }
        }
        values.writerIndex(bytes(wanted, numbers));
    }

    /// The first of eight is the lowest bit.
    private static void fillBits(ArrowBuf values, ReadableByteChannel bytes, long numbers) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
        byte[] bits = new byte[CHUNK / 8];
        for (long done = 0; done < numbers; done += CHUNK) {
            int count = (int) Math.min(CHUNK, numbers - done);
            readFully(bytes, chunk.clear().limit(count));
            byte[] array = chunk.array();
            for (int i = 0; i < (count + 7) / 8; i++) {
                int packed = 0;
                for (int bit = 0; bit < Math.min(8, count - 8 * i); bit++) {
                    packed |= (array[8 * i + bit] == 0 ? 0 : 1) << bit;
                }
                bits[i] = (byte) packed;
            }
            values.setBytes(done / 8, bits, 0, (count + 7) / 8);
        }
    }

    private static void readFully(ReadableByteChannel bytes, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            if (bytes.read(target) < 0) {
                throw new EOFException(target.remaining() + " bytes less than expected");
            }
        }
    }
}
