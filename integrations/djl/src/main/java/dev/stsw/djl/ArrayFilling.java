package dev.stsw.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.stsw.Tensor;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/// Fills arrays with what comes out of a channel.
final class ArrayFilling {
    /// Bytes that are widened at once: each chunk costs an allocation outside the heap, which is made with zeros.
    private static final int CHUNK = 1 << 20;

    private ArrayFilling() {}

    /// A new array of the manager, on the manager's device, with the values that come out of the channel: as they are,
    /// or widened. Bytes go into libtorch's own memory without a stop in the heap.
    static NDArray create(NDManager manager, Shape shape, DType dtype, DType wanted, ReadableByteChannel bytes)
            throws IOException {
        DataType type = ArrayTypes.exact(wanted, shape);
        if (!manager.getDevice().isGpu()) {
            NDArray array = manager.create(ArrayTypes.shape(shape), type);
            try {
                fill(array, dtype, wanted, bytes, ArrayParts.MAX_BYTES);
                return array;
            } catch (IOException | RuntimeException | Error e) {
                array.close();
                throw e;
            }
        }
        try (NDManager host = manager.newSubManager(Device.cpu())) {
            NDArray staged = create(host, shape, dtype, wanted, bytes);
            NDArray array = staged.toDevice(manager.getDevice(), true);
            array.attach(manager);
            return array;
        }
    }

    static void fill(NDArray array, DType dtype, DType wanted, ReadableByteChannel bytes, long maxPartBytes)
            throws IOException {
        ByteBuffer chunk = dtype == wanted ? ByteBuffer.allocate(0) : ByteBuffer.allocateDirect(CHUNK);
        try (ArrayParts parts = new ArrayParts(array, wanted, maxPartBytes)) {
            for (ByteBuffer part = parts.next(); part != null; part = parts.next()) {
                if (dtype == wanted) {
                    readFully(bytes, part);
                } else {
                    widen(bytes, chunk, dtype, wanted, part);
                }
            }
        }
        if (bytes.read(ByteBuffer.allocate(1)) >= 0) {
            throw new IOException("more bytes than " + array.getShape() + " takes");
        }
    }

    private static void widen(ReadableByteChannel bytes, ByteBuffer chunk, DType dtype, DType wanted, ByteBuffer part)
            throws IOException {
        MemorySegment target = MemorySegment.ofBuffer(part);
        long width = wanted.bits() / 8;
        long chunkElements = CHUNK * 8L / dtype.bits() & -8;
        long count = part.remaining() / width;
        for (long done = 0; done < count; done += chunkElements) {
            long elements = Math.min(chunkElements, count - done);
            readFully(bytes, chunk.clear().limit((int) dtype.byteSize(elements)));
            Tensor values = Tensor.of(dtype, Shape.of(elements), MemorySegment.ofBuffer(chunk.flip()));
            target.asSlice(done * width, elements * width)
                    .copyFrom(values.widen(wanted).data());
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
