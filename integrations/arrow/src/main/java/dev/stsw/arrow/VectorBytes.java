package dev.stsw.arrow;

import dev.stsw.Tensor;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.stream.LongStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/// The values of a vector as a tensor's bytes, in order.
final class VectorBytes {
    private static final int PART = 1 << 30;

    private final ArrowBuf values;
    private final boolean bits;
    private final long size;
    private long at;

    /// @param vector of numbers or lists, without nulls
    private VectorBytes(FieldVector vector) {
        FieldVector numbers = vector;
        long count = vector.getValueCount();
        requireNoNull(vector, numbers);
        while (numbers instanceof FixedSizeListVector lists) {
            count *= lists.getListSize();
            numbers = lists.getDataVector();
            requireNoNull(vector, numbers);
        }
        DType dtype = dtype(numbers.getField());
        this.bits = dtype == DType.BOOL;
        this.size = dtype.byteSize(count);
        this.values = numbers.getDataBuffer();
        if (numbers.getValueCount() < count || values.capacity() < Copying.bytes(dtype, count)) {
            throw new IllegalArgumentException("column " + TensorSpec.quote(vector.getName()) + " ends after "
                    + numbers.getValueCount() + " of " + count + " numbers");
        }
    }

    private static void requireNoNull(FieldVector vector, FieldVector part) {
        if (part.getNullCount() > 0) {
            throw new IllegalArgumentException("column " + TensorSpec.quote(vector.getName()) + " has "
                    + part.getNullCount() + " nulls, which tensors cannot hold");
        }
    }

    static TensorSpec spec(String name, FieldVector vector) {
        return new TensorSpec(name, dtype(vector.getField()), shape(vector.getField(), vector.getValueCount()));
    }

    /// The bytes of the tensor that a vector is.
    static ReadableByteChannel channel(FieldVector vector) {
        VectorBytes bytes = new VectorBytes(vector);
        return new ReadableByteChannel() {
            private boolean open = true;

            @Override
            public int read(ByteBuffer target) {
                if (bytes.at == bytes.size) {
                    return -1;
                }
                int count = (int) Math.min(target.remaining(), bytes.size - bytes.at);
                bytes.read(target.slice(target.position(), count));
                target.position(target.position() + count);
                return count;
            }

            @Override
            public boolean isOpen() {
                return open;
            }

            @Override
            public void close() {
                open = false;
            }
        };
    }

    static Tensor tensor(FieldVector vector) {
        DType dtype = dtype(vector.getField());
        Shape shape = shape(vector.getField(), vector.getValueCount());
        VectorBytes bytes = new VectorBytes(vector);
        MemorySegment copy = Arena.ofAuto().allocate(bytes.size);
        for (long done = 0; done < bytes.size; done += PART) {
            bytes.read(copy.asSlice(done, Math.min(PART, bytes.size - done)).asByteBuffer());
        }
        return Tensor.of(dtype, shape, copy);
    }

    /// @throws UnsupportedOperationException if it is no column of numbers, booleans, or lists of fixed size of them
    static DType dtype(Field field) {
        Field numbers = field;
        while (numbers.getType() instanceof ArrowType.FixedSizeList) {
            numbers = item(numbers);
        }
        ArrowType type = numbers.getType();
        return ArrowTypes.dtype(type)
                .orElseThrow(() -> new UnsupportedOperationException("column " + TensorSpec.quote(field.getName())
                        + " holds " + type + ", which is no tensor's dtype"));
    }

    /// What the lists of a field hold.
    static Field item(Field list) {
        if (list.getChildren().size() != 1) {
            throw new UnsupportedOperationException("column " + TensorSpec.quote(list.getName()) + " has lists of "
                    + list.getChildren().size() + " types");
        }
        return list.getChildren().get(0);
    }

    /// @throws UnsupportedOperationException if its metadata is not that of its lists
    static Shape shape(Field field, long rows) {
        LongStream shape = LongStream.of(rows);
        Field part = field;
        while (part.getType() instanceof ArrowType.FixedSizeList list) {
            long[] more = {list.getListSize()};
            if (FixedShape.is(part)) {
                try {
                    more = FixedShape.shape(part, list.getListSize());
                } catch (UnsupportedOperationException e) {
                    throw new UnsupportedOperationException(
                            "column " + TensorSpec.quote(field.getName()) + ": " + e.getMessage(), e);
                }
            }
            shape = LongStream.concat(shape, LongStream.of(more));
            part = item(part);
        }
        return Shape.of(shape.toArray());
    }

    /// Fills the buffer with the bytes that come next; there must be as many.
    private void read(ByteBuffer target) {
        int count = target.remaining();
        if (bits) {
            for (int i = 0; i < count; i++) {
                target.put((byte) (values.getByte((at + i) >>> 3) >> ((at + i) & 7) & 1));
            }
        } else {
            target.put(values.nioBuffer(at, count));
        }
        at += count;
    }
}
