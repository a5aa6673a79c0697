package dev.stsw.stream;

/** Hears how far a long operation has come. */
@FunctionalInterface
public interface ProgressListener {
    /**
     * Called at most once for each block, on the thread that does the work; an exception thrown here ends that work.
     *
     * @param done bytes of tensor data dealt with so far
     * @param total bytes of tensor data in all
     */
    void progress(long done, long total);
}
