package dev.stsw.spark;

import dev.stsw.format.TensorMeta;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What a task found out about a stretch of a tensor, a whole one most often; or what is wrong with a file, or a range of it.
 *
 * @param <T> what was computed
 */
@SuppressWarnings("serial") // A T can be written: see Fold.
final class Piece<T> implements Serializable {
    private static final long serialVersionUID = 1L;

    final FileRange range;
    /** Null where the file is spoken of. */
    final @Nullable String tensor;

    final String dtype;
    final long[] shape;
    final long nbytes;
    /** Bytes from the tensor's first to the stretch's. */
    final long begin;

    final long length;
    /** CRC-32 that the file has for the tensor; -1 for none. */
    final long stored;

    final @Nullable T value;
    final @Nullable String problem;

    private Piece(
            FileRange range,
            @Nullable TensorMeta tensor,
            long begin,
            long length,
            @Nullable T value,
            @Nullable String problem) {
        this.range = range;
        this.tensor = tensor == null ? null : tensor.name();
        this.dtype = tensor == null ? "" : tensor.dtype().name();
        this.shape = tensor == null ? new long[0] : tensor.shape().toArray();
        this.nbytes = tensor == null ? 0 : tensor.byteSize();
        this.stored = tensor == null ? -1 : tensor.crc32().orElse(-1);
        this.begin = begin;
        this.length = length;
        this.value = value;
        this.problem = problem;
    }

    private Piece(Piece<T> first, long length, @Nullable T value, @Nullable String problem) {
        this.range = first.range;
        this.tensor = first.tensor;
        this.dtype = first.dtype;
        this.shape = first.shape;
        this.nbytes = first.nbytes;
        this.stored = first.stored;
        this.begin = first.begin;
        this.length = length;
        this.value = value;
        this.problem = problem;
    }

    static <T> Piece<T> of(FileRange range, long dataStart, Chunk stretch, @Nullable T value) {
        long begin = stretch.position() - dataStart - stretch.tensor().offsetBegin();
        return new Piece<>(range, stretch.tensor(), begin, stretch.size(), value, null);
    }

    /** A file, or a range of it, that cannot be read. */
    static <T> Piece<T> problem(FileRange range, String problem) {
        return new Piece<>(range, null, 0, 0, null, problem);
    }

    boolean isWhole() {
        return length == nbytes;
    }

    Piece<T> joined(Piece<T> next, Fold<T> fold) {
        T mine = value;
        T other = next.value;
        T joined = mine == null || other == null ? null : fold.join(mine, other, next.length);
        return new Piece<>(this, length + next.length, joined, problem);
    }

    Piece<T> incomplete(String why) {
        return new Piece<>(this, length, null, why);
    }
}
