package dev.stsw.stream;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.TensorMeta;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.zip.Checksum;

/** A tensor's bytes, checked on their way: the read that brings the last of them throws if no checksum matches. */
public final class CheckedChannel extends ForwardingSource.Channel {
    private final String file;
    private final TensorMeta tensor;
    private final long expected;
    private final List<? extends Checksum> checksums;
    private long left;

    /**
     * @param file for messages
     * @param tensor with a checksum
     * @param checksums any of which may be the one that the writer used; the first is named in messages
     */
    public CheckedChannel(
            ReadableByteChannel bytes, String file, TensorMeta tensor, List<? extends Checksum> checksums) {
        super(bytes);
        this.file = file;
        this.tensor = tensor;
        this.expected = tensor.crc32().orElseThrow();
        this.checksums = checksums;
        this.left = tensor.byteSize();
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int start = target.position();
        int count = super.read(target);
        if (count > 0) {
            for (Checksum checksum : checksums) {
                checksum.update(target.duplicate().flip().position(start));
            }
            left -= count;
            if (left == 0 && checksums.stream().noneMatch(checksum -> checksum.getValue() == expected)) {
                throw ChecksumException.ofTensor(
                        file, tensor, expected, checksums.get(0).getValue());
            }
        }
        return count;
    }
}
