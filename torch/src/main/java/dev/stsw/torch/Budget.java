package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;

/**
 * Bounds the heap and the time that a file can take: everything that is kept is charged, roughly, before it is kept, and
 * every step that a few bytes of the file can make happen often.
 *
 * <p>A tensor with all that describes it takes about 1.3 kB of this, and 1 kB of heap. Where the heap is small, 5/8 of it
 * are the limit, so that a hostile file ends in an exception of ours and not in an OutOfMemoryError.
 */
final class Budget {
    private static final long MOST = 512L << 20;

    /** For a small file: a second of steps. */
    private static final long LEAST_STEPS = 1 << 24;

    /** A pickle has a few bytes for each of its opcodes, and its tensors have many more. */
    private static final int BYTES_OF_A_STEP = 4;

    private final long limit;
    private long left;
    private long steps;

    /** For what is a part of a file, or is bounded elsewhere. */
    Budget() {
        this(1L << 30);
    }

    /** @param maxOutputBytes of the file: the steps grow with it */
    Budget(long maxOutputBytes) {
        this(Math.min(MOST, Runtime.getRuntime().maxMemory() / 8 * 5), maxOutputBytes);
    }

    Budget(long limit, long maxOutputBytes) {
        this.limit = limit;
        this.left = limit;
        this.steps = Math.max(LEAST_STEPS, maxOutputBytes / BYTES_OF_A_STEP);
    }

    /** For descriptions that are files of their own, which may well be large: more, up to the same part of the heap. */
    static Budget growingWith(long fileBytes, int perByte) {
        long most = Math.max(MOST, Math.min(fileBytes, Long.MAX_VALUE / perByte) * perByte);
        return new Budget(Math.min(most, Runtime.getRuntime().maxMemory() / 8 * 5), most);
    }

    void charge(long bytes) throws CheckpointException {
        if (bytes > left) {
            throw new CheckpointException(
                    Kind.LIMIT,
                    "describing its contents takes more than " + (limit >> 20)
                            + " MiB of heap: give Java a larger heap, if the file deserves it");
        }
        left -= bytes;
    }

    /** Some steps, each about as long as an opcode of a pickle takes: 50 ns. */
    void work(long count) throws CheckpointException {
        steps -= count;
        if (steps < 0) {
            throw new CheckpointException(
                    Kind.LIMIT,
                    "describing its contents takes far more work than a file of its size should; --max-output raises"
                            + " the limit, if the file deserves it");
        }
    }
}
