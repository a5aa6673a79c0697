package dev.stsw;

import dev.stsw.format.Checksums;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.publish.Amendments;
import dev.stsw.stream.ProgressListener;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// The header of a partial file, whose checksum entry says which tensors are finished.
///
/// The digits of a finished tensor need not reach the disk in any order with its bytes: whoever resumes believes them
/// only after reading those bytes again. A tensor without digits (all of them `0`) counts as unfinished, unless it is
/// empty.
final class Journal implements Amendments {
    private static final int DIGITS = 8;
    private static final int BUFFER_BYTES = 1 << 20;

    private final Header header;
    private final Checksums checksums;
    private final byte[] image;
    /// The part of the image that the file does not have yet.
    private int begin = Integer.MAX_VALUE;

    private int end;

    Journal(Header header) {
        this.header = header;
        this.checksums = header.checksums().orElseThrow();
        this.image = header.toBytes();
    }

    /// The header with what is known of the checksums.
    byte[] image() {
        return image;
    }

    void finished(int tensor, long crc) {
        int at = (int) checksums.position(tensor);
        System.arraycopy(Checksums.digits(crc), 0, image, at, DIGITS);
        begin = Math.min(begin, at);
        end = Math.max(end, at + DIGITS);
    }

    /// What changed in the header.
    @Override
    public @Nullable Change take() {
        if (begin >= end) {
            return null;
        }
        Change change = new Change(ByteBuffer.wrap(Arrays.copyOfRange(image, begin, end)), begin);
        begin = Integer.MAX_VALUE;
        end = 0;
        return change;
    }

    /// Takes over the tensors at the beginning that a partial file holds whole, and says how many they are. Reads each
    /// of their bytes.
    ///
    /// @param crcs receives their checksums
    /// @throws IOException if it is a partial file of something else
    int recover(FileChannel file, Path path, long[] crcs, ProgressListener progress) throws IOException {
        byte[] found = read(file, image.length);
        if (!begun(found)) {
            return 0;
        }
        requireSameLayout(found, path);
        if (found.length < image.length) {
            return 0;
        }
        long size = file.size();
        List<TensorMeta> tensors = header.tensors();
        try (Arena arena = Arena.ofConfined()) {
            ByteBuffer buffer = arena.allocate(BUFFER_BYTES).asByteBuffer();
            int done = 0;
            while (done < tensors.size() && holds(done, found, file, size, buffer, progress)) {
                crcs[done] = stored(found, done);
                finished(done, crcs[done]);
                done++;
            }
            return done;
        }
    }

    private boolean holds(
            int index, byte[] found, FileChannel file, long size, ByteBuffer buffer, ProgressListener progress)
            throws IOException {
        TensorMeta tensor = header.tensors().get(index);
        long crc = stored(found, index);
        long position = header.dataStart() + tensor.offsetBegin();
        if ((crc == 0 && tensor.byteSize() > 0) || position + tensor.byteSize() > size) {
            return false;
        }
        // Through the locked channel alone: closing any other one of this file would give up the lock.
        CRC32 actual = new CRC32();
        for (long done = 0; done < tensor.byteSize(); ) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), tensor.byteSize() - done));
            int count = file.read(buffer, position + done);
            if (count < 0) {
                return false;
            }
            actual.update(buffer.flip());
            done += count;
            progress.progress(tensor.offsetBegin() + done, header.dataSize());
        }
        return actual.getValue() == crc;
    }

    /// The digits of a tensor; the layout was checked, so they are digits.
    private long stored(byte[] found, int tensor) {
        long value = 0;
        int at = (int) checksums.position(tensor);
        for (int i = at; i < at + DIGITS; i++) {
            value = value << 4 | Character.digit(found[i], 16);
        }
        return value;
    }

    /// A writer that was killed at once, or a power cut, leaves nothing, or zeros.
    private static boolean begun(byte[] found) {
        for (int i = 0; i < Math.min(found.length, Header.PREFIX_BYTES); i++) {
            if (found[i] != 0) {
                return true;
            }
        }
        return false;
    }

    /// The headers may differ in digits only.
    private void requireSameLayout(byte[] found, Path path) throws IOException {
        byte[] blank = found.clone();
        blankDigits(blank, (int) checksums.position());
        for (int i = 0; i < header.tensors().size(); i++) {
            blankDigits(blank, (int) checksums.position(i));
        }
        int difference = Arrays.mismatch(blank, 0, blank.length, image, 0, blank.length);
        if (difference >= 0) {
            throw new IOException(path + ": this partial file holds other tensors, or other metadata, than are to be"
                    + " written (the headers differ at byte " + difference
                    + "): delete it, or write without resume");
        }
    }

    private static void blankDigits(byte[] bytes, int at) {
        for (int i = at; i < Math.min(at + DIGITS, bytes.length); i++) {
            if ((bytes[i] >= '0' && bytes[i] <= '9') || (bytes[i] >= 'a' && bytes[i] <= 'f')) {
                bytes[i] = '0';
            }
        }
    }

    private static byte[] read(FileChannel file, int limit) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(limit, file.size()));
        while (bytes.hasRemaining()) {
            // In steps: a read into the heap goes through memory as large as itself, which the thread keeps.
            ByteBuffer step = bytes.slice(bytes.position(), Math.min(bytes.remaining(), 1 << 16));
            int count = file.read(step, bytes.position());
            if (count < 0) {
                break;
            }
            bytes.position(bytes.position() + count);
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }
}
