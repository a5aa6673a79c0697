package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;

/**
 * Bounds the heap that a file can take: everything that is kept is charged, roughly, before it is kept.
 *
 * <p>A tensor with all that describes it takes about 1.3 kB of this, and 1 kB of heap. Where the heap is small, 5/8 of it
 * are the limit, so that a hostile file ends in an exception of ours and not in an OutOfMemoryError.
 */
final class Budget {
    private static final long MOST = 512L << 20;

    private final long limit;
    private long left;

    Budget() {
        this(Math.min(MOST, Runtime.getRuntime().maxMemory() / 8 * 5));
    }

    Budget(long limit) {
        this.limit = limit;
        this.left = limit;
    }

    /** For descriptions that are files of their own, which may well be large: more, up to the same part of the heap. */
    static Budget growingWith(long fileBytes, int perByte) {
        long most = Math.max(MOST, Math.min(fileBytes, Long.MAX_VALUE / perByte) * perByte);
        return new Budget(Math.min(most, Runtime.getRuntime().maxMemory() / 8 * 5));
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
}
