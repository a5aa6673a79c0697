package dev.stsw;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;

/// The bytes of a file from one position to another; closing it leaves the file open.
final class RangeChannel implements ReadableByteChannel {
    private final OpenFile file;
    private final long end;
    private long position;
    private boolean open = true;

    RangeChannel(OpenFile file, long begin, long end) {
        this.file = file;
        this.position = begin;
        this.end = end;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        if (position == end) {
            return -1;
        }
        int limit = target.limit();
        target.limit((int) Math.min(limit, target.position() + (end - position)));
        try {
            int count = file.read(target, position);
            position += count;
            return count;
        } finally {
            target.limit(limit);
        }
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
