package dev.stsw.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Files in memory, read through channels that are no files; counts those that are open. */
final class MemoryFolder implements CheckpointFolder {
    final Map<String, byte[]> files = new HashMap<>();
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger mostOpen = new AtomicInteger();

    static MemoryFolder of(Path folder) throws IOException {
        MemoryFolder copy = new MemoryFolder();
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(file -> {
                try {
                    copy.files.put(file.getFileName().toString(), Files.readAllBytes(file));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        return copy;
    }

    @Override
    public SeekableByteChannel open(String name) throws IOException {
        byte[] bytes = files.get(name);
        if (bytes == null) {
            throw new NoSuchFileException(name);
        }
        mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        return new Channel(bytes);
    }

    private final class Channel implements SeekableByteChannel {
        private final byte[] bytes;
        private long position;
        private boolean isOpen = true;

        Channel(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public int read(ByteBuffer target) {
            if (!isOpen) {
                throw new IllegalStateException("closed");
            }
            if (position >= bytes.length) {
                return -1;
            }
            int count = Math.min(target.remaining(), bytes.length - (int) position);
            target.put(bytes, (int) position, count);
            position += count;
            return count;
        }

        @Override
        public int write(ByteBuffer source) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public SeekableByteChannel position(long newPosition) {
            position = newPosition;
            return this;
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public SeekableByteChannel truncate(long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOpen() {
            return isOpen;
        }

        @Override
        public void close() {
            if (isOpen) {
                isOpen = false;
                open.decrementAndGet();
            }
        }
    }
}
