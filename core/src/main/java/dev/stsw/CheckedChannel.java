package dev.stsw;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.Checksum;

/// A tensor's bytes, checked on their way: the read that brings the last of them throws if no checksum matches.
final class CheckedChannel implements ReadableByteChannel {
    private final ReadableByteChannel bytes;
    private final Path file;
    private final TensorMeta tensor;
    private final long expected;
    private final List<? extends Checksum> checksums;
    private long left;

    /// @param tensor with a checksum
    /// @param checksums any of which may be the one that the writer used; the first is named in messages
    CheckedChannel(ReadableByteChannel bytes, Path file, TensorMeta tensor, List<? extends Checksum> checksums) {
        this.bytes = bytes;
        this.file = file;
        this.tensor = tensor;
        this.expected = tensor.crc32().orElseThrow();
        this.checksums = checksums;
        this.left = tensor.byteSize();
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int start = target.position();
        int count = bytes.read(target);
        if (count > 0) {
            for (Checksum checksum : checksums) {
                checksum.update(target.duplicate().flip().position(start));
            }
            left -= count;
            if (left == 0 && checksums.stream().noneMatch(checksum -> checksum.getValue() == expected)) {
                throw ChecksumException.ofTensor(
                        file.toString(), tensor, expected, checksums.getFirst().getValue());
            }
        }
        return count;
    }

    @Override
    public boolean isOpen() {
        return bytes.isOpen();
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
