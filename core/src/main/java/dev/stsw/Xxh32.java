package dev.stsw;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.Checksum;

/// XXH32 with seed 0, which the Python original puts down as "crc32" where the package xxhash is installed.
///
/// Source: the specification of xxHash 0.1.1 (`doc/xxhash_spec.md` of Cyan4973/xxHash).
final class Xxh32 implements Checksum {
    private static final int P1 = 0x9e3779b1;
    private static final int P2 = 0x85ebca77;
    private static final int P3 = 0xc2b2ae3d;
    private static final int P4 = 0x27d4eb2f;
    private static final int P5 = 0x165667b1;
    private static final int STRIPE = 16;

    private final ByteBuffer pending = ByteBuffer.allocate(STRIPE).order(ByteOrder.LITTLE_ENDIAN);
    private int a;
    private int b;
    private int c;
    private int d;
    private long length;

    Xxh32() {
        reset();
    }

    @Override
    public void reset() {
        a = 0x24234428; // P1 + P2
        b = P2;
        c = 0;
        d = -P1;
        length = 0;
        pending.clear();
    }

    @Override
    public void update(int value) {
        update(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void update(byte[] bytes, int offset, int count) {
        update(ByteBuffer.wrap(bytes, offset, count));
    }

    @Override
    public void update(ByteBuffer bytes) {
        length += bytes.remaining();
        if (pending.position() > 0) {
            while (pending.hasRemaining() && bytes.hasRemaining()) {
                pending.put(bytes.get());
            }
            if (pending.hasRemaining()) {
                return;
            }
            stripes(pending.flip());
            pending.clear();
        }
        ByteOrder order = bytes.order();
        stripes(bytes.order(ByteOrder.LITTLE_ENDIAN));
        pending.put(bytes.order(order));
    }

    private void stripes(ByteBuffer bytes) {
        int a = this.a;
        int b = this.b;
        int c = this.c;
        int d = this.d;
        int at = bytes.position();
        for (; at + STRIPE <= bytes.limit(); at += STRIPE) {
            a = round(a, bytes.getInt(at));
            b = round(b, bytes.getInt(at + 4));
            c = round(c, bytes.getInt(at + 8));
            d = round(d, bytes.getInt(at + 12));
        }
        bytes.position(at);
        this.a = a;
        this.b = b;
        this.c = c;
        this.d = d;
    }

    private static int round(int lane, int input) {
        return Integer.rotateLeft(lane + input * P2, 13) * P1;
    }

    @Override
    public long getValue() {
        int hash = length < STRIPE
                ? P5
                : Integer.rotateLeft(a, 1)
                        + Integer.rotateLeft(b, 7)
                        + Integer.rotateLeft(c, 12)
                        + Integer.rotateLeft(d, 18);
        hash += (int) length;
        int at = 0;
        for (; at + 4 <= pending.position(); at += 4) {
            hash = Integer.rotateLeft(hash + pending.getInt(at) * P3, 17) * P4;
        }
        for (; at < pending.position(); at++) {
            hash = Integer.rotateLeft(hash + (pending.get(at) & 0xff) * P5, 11) * P1;
        }
        hash = (hash ^ hash >>> 15) * P2;
        hash = (hash ^ hash >>> 13) * P3;
        return Integer.toUnsignedLong(hash ^ hash >>> 16);
    }
}
