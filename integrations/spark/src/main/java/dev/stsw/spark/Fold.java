package dev.stsw.spark;

import dev.stsw.format.Header;
import java.io.IOException;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What is computed of each tensor's bytes, and of several ranges of them can be joined.
 *
 * @param <T> the result, of a type that Java and Kryo can write
 */
interface Fold<T> extends Serializable {
    /** Why a file is not read beyond its header, which is told instead; null: it is read. */
    default @Nullable String refusal(Header header) {
        return null;
    }

    /** Of a stretch of a tensor, which begins at a multiple of {@link TensorWork#GRAIN} of its bytes. */
    T of(TensorFile file, Chunk stretch) throws IOException;

    /**
     * Of two stretches that follow each other.
     *
     * @param secondLength bytes in the second
     */
    T join(T first, T second, long secondLength);
}
