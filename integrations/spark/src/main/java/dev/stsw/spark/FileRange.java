package dev.stsw.spark;

import java.io.Serializable;

/**
 * A range of a file's bytes, for one task: what begins in it belongs to the task.
 *
 * <p>A plain class, because Kryo cannot write records.
 */
final class FileRange implements Serializable {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final String path;
    private final long size;
    private final long from;
    private final long to;

    /**
     * @param file where it is, with its scheme
     * @param path the same below the folder that was given
     * @param size bytes in the whole file
     * @param from first byte
     * @param to exclusive; {@link Long#MAX_VALUE} in the last range of a file, so that empty tensors at the end belong to it
     */
    FileRange(String file, String path, long size, long from, long to) {
        this.file = file;
        this.path = path;
        this.size = size;
        this.from = from;
        this.to = to;
    }

    static FileRange all(Listing.Entry file) {
        return new FileRange(file.file(), file.path(), file.size(), 0, Long.MAX_VALUE);
    }

    String file() {
        return file;
    }

    String path() {
        return path;
    }

    long size() {
        return size;
    }

    long from() {
        return from;
    }

    long to() {
        return to;
    }

    /** Whether it is the first of its file: what concerns the whole file is told by that task. */
    boolean isFirst() {
        return from == 0;
    }

    /** Bytes in it that the file has. */
    long length() {
        return Math.max(0, Math.min(size, to) - from);
    }

    @Override
    public String toString() {
        return file + " (bytes " + from + ".." + Math.min(size, to) + ")";
    }
}
