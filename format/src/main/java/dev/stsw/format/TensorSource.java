package dev.stsw.format;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Anything that can feed a writer: first what there is, then the bytes of each tensor, one tensor after the other.
 *
 * <p>A safetensors file, a PyTorch checkpoint, a map of arrays are all this to a writer. For one thread at a time, but for
 * what {@link #concurrent()} allows.
 */
public interface TensorSource extends Closeable {
    /**
     * The tensors, in the source's own order, names distinct. Unmodifiable, and the same list with each call: it is asked
     * for many times, and must not be made anew for each.
     */
    List<TensorSpec> tensors();

    /** What to put under {@code __metadata__}; empty for no such entry, which an empty map is not. */
    Optional<Map<String, String>> metadata();

    /**
     * The bytes of one tensor: C order, little-endian, exactly {@link TensorSpec#byteSize()} of them, then the end.
     * One channel is open at a time, unless {@link #concurrent()}; opening in the order of {@link #tensors()} is fastest,
     * any order works.
     *
     * @throws java.util.NoSuchElementException if there is no tensor of that name
     * @throws IOException if the bytes cannot be had
     */
    ReadableByteChannel open(String name) throws IOException;

    /**
     * Whether several threads may open channels and read them at the same time, each channel for one thread. A writer
     * with several workers then takes several tensors at once. No, unless a source says so.
     */
    default boolean concurrent() {
        return false;
    }
}
