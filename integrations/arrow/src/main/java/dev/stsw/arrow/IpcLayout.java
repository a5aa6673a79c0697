package dev.stsw.arrow;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.flatbuf.Footer;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.ipc.message.ArrowFooter;
import org.apache.arrow.vector.types.pojo.Field;

/// Where batches lie in an Arrow IPC file ("IPC File Format" of Arrow's columnar format). Every place is compared with
/// the file's size before it is used.
///
/// @param file the file
/// @param fields of its columns
/// @param batches in order
/// @param rows of all batches
record IpcLayout(SeekableByteChannel file, List<Field> fields, List<ArrowBlock> batches, long rows) {
    private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);

    /// At its end: the footer's length, and the magic again.
    private static final int TAIL = Integer.BYTES + MAGIC.length;

    /// Before each message since Arrow 0.15: all ones, then its length.
    private static final int PREFIX = 8;

    static IpcLayout read(SeekableByteChannel file) throws IOException {
        try {
            ArrowFooter footer = footer(file);
            long rows = 0;
            for (ArrowBlock batch : footer.getRecordBatches()) {
                rows = Math.addExact(rows, header(file, batch).length());
            }
            return new IpcLayout(file, footer.getSchema().getFields(), footer.getRecordBatches(), rows);
        } catch (RuntimeException | StackOverflowError e) {
            throw damaged(e);
        }
    }

    /// Arrow's library meets bad input with whatever its code runs into.
    static IOException damaged(Throwable fault) {
        return new IOException("Arrow IPC file: damaged: " + fault.getMessage(), fault);
    }

    private static ArrowFooter footer(SeekableByteChannel file) throws IOException {
        long size = file.size();
        ByteBuffer start = bytes(file, 0, (int) Math.min(size, MAGIC.length));
        if (size < MAGIC.length + 2 + TAIL || start.mismatch(ByteBuffer.wrap(MAGIC)) >= 0) {
            throw new IOException("no Arrow IPC file: it does not begin with ARROW1");
        }
        ByteBuffer tail = bytes(file, size - TAIL, TAIL);
        int length = tail.getInt();
        if (tail.mismatch(ByteBuffer.wrap(MAGIC)) >= 0) {
            throw new IOException("Arrow IPC file: cut, or a stream: it does not end with ARROW1");
        }
        if (length <= 0 || length > size - TAIL - MAGIC.length) {
            throw new IOException("Arrow IPC file: damaged, a footer of " + length + " bytes in a file of " + size);
        }
        return new ArrowFooter(Footer.getRootAsFooter(bytes(file, size - TAIL - length, length)));
    }

    /// What a batch says of itself.
    RecordBatch header(ArrowBlock batch) throws IOException {
        return header(file, batch);
    }

    private static RecordBatch header(SeekableByteChannel file, ArrowBlock batch) throws IOException {
        requireWithin(file.size(), batch);
        ByteBuffer bytes = bytes(file, batch.getOffset(), batch.getMetadataLength());
        bytes.position(bytes.getInt(0) == -1 ? PREFIX : Integer.BYTES);
        Message message = Message.getRootAsMessage(bytes);
        RecordBatch header = message.headerType() == MessageHeader.RecordBatch
                ? (RecordBatch) message.header(new RecordBatch())
                : null;
        if (header == null || header.length() < 0) {
            throw new IOException("Arrow IPC file: damaged, no batch at byte " + batch.getOffset());
        }
        return header;
    }

    private static void requireWithin(long size, ArrowBlock batch) throws IOException {
        long left = size - Math.max(0, batch.getOffset());
        long body = left - batch.getMetadataLength();
        if (batch.getOffset() < 0
                || batch.getMetadataLength() < PREFIX
                || body < 0
                || batch.getBodyLength() < 0
                || batch.getBodyLength() > body) {
            throw new IOException("Arrow IPC file: damaged or cut, a batch of " + batch.getMetadataLength() + " and "
                    + batch.getBodyLength() + " bytes at byte " + batch.getOffset() + " of " + size);
        }
    }

    private static ByteBuffer bytes(SeekableByteChannel file, long at, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        file.position(at);
        while (bytes.hasRemaining()) {
            if (file.read(bytes) < 0) {
                throw new EOFException("Arrow IPC file: it ends at byte " + file.size());
            }
        }
        return bytes.flip();
    }
}
