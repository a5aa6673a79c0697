package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;

/**
 * Bounds the heap that a file can take: everything that is kept is charged, roughly, before it is kept.
 *
 * <p>256 MiB hold about 300,000 tensors. Where the heap is small, half of it is the limit, so that a hostile file ends
 * in an exception of ours and not in an OutOfMemoryError.
 */
final class Budget {
    private static final long MOST = 256L << 20;

    private final long limit;
    private long left;

    Budget() {
        this(Math.min(MOST, Runtime.getRuntime().maxMemory() / 2));
    }

    Budget(long limit) {
        this.limit = limit;
        this.left = limit;
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
