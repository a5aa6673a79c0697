package dev.stsw.arrow;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.vector.TypeLayout;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/// The bytes of one column, batch after batch, read where they lie.
final class IpcColumn implements ReadableByteChannel {
    private final IpcLayout layout;
    private final Field field;
    private final DType dtype;
    private final boolean bits;
    /// Of the column among all that a batch lists: its first field node, and its first buffer.
    private final int firstNode;

    private final int firstBuffer;
    private final int views;

    private int next;
    /// Of the numbers in the file that are still to come in this batch.
    private long at;

    private long left;
    /// Elements of the byte that a boolean comes from, where they are bits.
    private int bit;

    private boolean open = true;

    IpcColumn(IpcLayout layout, int column) {
        this.layout = layout;
        this.field = layout.fields().get(column);
        this.dtype = VectorBytes.dtype(field);
        this.bits = dtype == DType.BOOL;
        Counts before = new Counts();
        layout.fields().subList(0, column).forEach(before::add);
        this.firstNode = before.nodes;
        this.firstBuffer = before.buffers;
        this.views = before.views;
    }

    /// How many nodes and buffers the fields before a column take, each in the order of a walk through the tree.
    private static final class Counts {
        int nodes;
        int buffers;
        int views;

        void add(Field field) {
            nodes++;
            if (field.getDictionary() != null) {
                buffers += 2; // Of its indices.
                return;
            }
            ArrowType type = field.getType();
            boolean view = type instanceof ArrowType.Utf8View || type instanceof ArrowType.BinaryView;
            views += view ? 1 : 0;
            buffers += view ? 2 : TypeLayout.getTypeBufferCount(type);
            field.getChildren().forEach(this::add);
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        try {
            while (left == 0) {
                if (next == layout.batches().size()) {
                    return -1;
                }
                begin(layout.batches().get(next++));
            }
            return bits ? readBits(target) : readBytes(target);
        } catch (RuntimeException e) {
            throw IpcLayout.damaged(e);
        }
    }

    private void begin(ArrowBlock block) throws IOException {
        RecordBatch batch = layout.header(block);
        if (batch.compression() != null) {
            throw new IOException("Arrow IPC file: it is compressed, which is not read; write it uncompressed");
        }
        long numbers = batch.length();
        int node = firstNode;
        int buffer = firstBuffer;
        for (int i = 0; i < views; i++) {
            buffer += Math.toIntExact(batch.variadicBufferCounts(i)); // Beside the two of each.
        }
        require(batch, node++, numbers);
        Field part = field;
        while (part.getType() instanceof ArrowType.FixedSizeList list) {
            numbers = Math.multiplyExact(numbers, list.getListSize());
            require(batch, node++, numbers);
            buffer++; // Which lists are null.
            part = VectorBytes.item(part);
        }
        Buffer values = batch.buffers(buffer + 1); // After which numbers are null.
        long needed = Copying.bytes(dtype, numbers);
        long begin = values.offset();
        if (begin < 0 || values.length() < needed || begin > block.getBodyLength() - needed) {
            throw damaged("its " + numbers + " numbers take " + needed + " bytes, not the " + values.length()
                    + " from byte " + begin + " on of a batch of " + block.getBodyLength());
        }
        at = block.getOffset() + block.getMetadataLength() + begin;
        left = bits ? numbers : needed;
        bit = 0;
    }

    private void require(RecordBatch batch, int index, long length) throws IOException {
        FieldNode node = batch.nodes(index);
        if (node.nullCount() != 0) {
            throw damaged("has " + node.nullCount() + " nulls, which tensors cannot hold");
        }
        if (node.length() < length) {
            throw damaged("ends after " + node.length() + " of " + length + " numbers");
        }
    }

    private IOException damaged(String what) {
        return new IOException("Arrow IPC file: column " + TensorSpec.quote(field.getName()) + " " + what);
    }

    private int readBytes(ByteBuffer target) throws IOException {
        int limit = target.limit();
        target.limit(target.position() + (int) Math.min(target.remaining(), left));
        int count = layout.file().position(at).read(target);
        target.limit(limit);
        if (count < 0) {
            throw new EOFException("Arrow IPC file: it ends within column " + TensorSpec.quote(field.getName()));
        }
        at += count;
        left -= count;
        return count;
    }

    /// As many bytes of booleans as the buffer takes, eight from each in the file.
    private int readBits(ByteBuffer target) throws IOException {
        int count = (int) Math.min(Math.min(target.remaining(), left), 1 << 16);
        ByteBuffer packed = ByteBuffer.allocate((bit + count + 7) / 8);
        layout.file().position(at);
        while (packed.hasRemaining()) {
            if (layout.file().read(packed) < 0) {
                throw new EOFException("Arrow IPC file: it ends within column " + TensorSpec.quote(field.getName()));
            }
        }
        for (int i = bit; i < bit + count; i++) {
            target.put((byte) (packed.get(i >>> 3) >> (i & 7) & 1));
        }
        at += (bit + count) / 8;
        bit = (bit + count) % 8;
        left -= count;
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
}
