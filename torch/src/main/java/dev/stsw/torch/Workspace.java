package dev.stsw.torch;

/**
 * Buffers for gathering one tensor at a time.
 */
final class Workspace {
    /** Large blocks mean long stretches when transposing; still small beside a JVM. */
    static final int BLOCK_BYTES = 8 << 20;

    private static final int WINDOW_BYTES = 256 << 10;

    private byte[] block = {};
    private final byte[] window = new byte[WINDOW_BYTES];

    /** At least {@code size} bytes, at most {@link #BLOCK_BYTES}. */
    byte[] block(int size) {
        if (block.length < size) {
            block = new byte[size];
        }
        return block;
    }

    byte[] window() {
        return window;
    }
}
