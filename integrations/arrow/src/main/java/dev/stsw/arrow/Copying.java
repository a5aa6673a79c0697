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
        TensorSource source = Tensors.source(Map.of(TENSOR, tensor));
        try (TensorSource input = wanted == tensor.dtype() ? source : TensorSources.cast(source, wanted)) {
            return vector(input, TENSOR, wanted, column, allocator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @param source in which the tensor is of the dtype that is wanted
    static FieldVector vector(TensorSource source, String name, DType wanted, Columns column, BufferAllocator allocator)
            throws IOException {
        long numbers = (long) column.rows() * column.width();
        try (ArrowBuf values = allocator.buffer(bytes(wanted, numbers));
                ReadableByteChannel bytes = source.open(name)) {
            fill(values, bytes, wanted, numbers);
            return column.over(values, allocator);
        }
    }

    /// Arrow's booleans are bits.
    static long bytes(DType dtype, long numbers) {
        return dtype == DType.BOOL ? (numbers + 7) / 8 : dtype.byteSize(numbers);
    }

    private static void fill(ArrowBuf values, ReadableByteChannel bytes, DType wanted, long numbers)
            throws IOException {
        long size = bytes(wanted, numbers);
        if (wanted == DType.BOOL) {
            fillBits(values, bytes, numbers);
        } else {
            for (long at = 0; at < size; at += PART) {
                readFully(bytes, values.nioBuffer(at, (int) Math.min(PART, size - at)));
            }
        }
        // A source may check a tensor's checksum when it is asked for more.
        if (bytes.read(ByteBuffer.allocate(1)) >= 0) {
            throw new IOException("more bytes than " + size + " expected");
        }
        values.writerIndex(size);
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
