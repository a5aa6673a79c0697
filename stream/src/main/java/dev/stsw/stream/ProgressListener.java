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

    /**
     * Called when work on a tensor begins, on the same thread: once for each, in the order of their bytes; twice where an
     * operation reads them twice. Where several are dealt with at once, it is the one that the count of bytes has come to.
     * Does nothing unless overridden.
     *
     * @param name the tensor's
     */
    default void tensor(String name) {}
}
