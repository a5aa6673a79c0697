package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A file of any size of which only small writes are kept. */
class Skeleton implements SeekableByteChannel {
    private static final int SMALL = 10_000;

    private final TreeMap<Long, byte[]> pieces = new TreeMap<>();
    private long position;

    @Override
    public int write(ByteBuffer source) {
        int count = source.remaining();
        if (count < SMALL) {
            byte[] piece = new byte[count];
            source.get(piece);
            pieces.put(position, piece);
        }
        source.position(source.limit());
        position += count;
        return count;
    }

    /** Position and hex of each run of what was kept. */
    List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        StringBuilder run = new StringBuilder();
        long start = 0;
        long end = -1;
        for (Map.Entry<Long, byte[]> piece : pieces.entrySet()) {
            if (piece.getKey() != end && !run.isEmpty()) {
                rows.add(List.of(Long.toString(start), run.toString()));
                run.setLength(0);
            }
            if (run.isEmpty()) {
                start = piece.getKey();
            }
            run.append(HexFormat.of().formatHex(piece.getValue()));
            end = piece.getKey() + piece.getValue().length;
        }
        rows.add(List.of(Long.toString(start), run.toString()));
        return rows;
    }

    @Override
    public int read(ByteBuffer target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long position() throws IOException {
        return position;
    }

    @Override
    public SeekableByteChannel position(long newPosition) {
        position = newPosition;
        return this;
    }

    @Override
    public long size() {
        throw new UnsupportedOperationException();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
