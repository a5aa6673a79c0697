package dev.stsw.torch;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.Elements;
import dev.stsw.stream.TensorSources;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;

/**
 * Writes tensors as NumPy's files: one as an {@code .npy}, all of a source as an {@code .npz}, byte for byte what {@code
 * numpy.save} and {@code numpy.savez} of NumPy 2.4 write of the same arrays in C order, little-endian.
 *
 * <p>Everything is checked before the first byte is written. Then bytes flow through one block of memory, whatever their
 * number. Neither the source nor the channel is closed. After an exception the channel holds a part of a file, which the caller
 * deletes. Stateless; every method may be called from any thread.
 *
 * <p>{@link NumpyArrays} reads these files.
 */
public final class NumpyWriter {
    /** What becomes of a tensor of a dtype that NumPy lacks: BF16, and those of F8, F6 and F4. */
    public enum Lacking {
        /** Nothing is written. */
        REFUSE,
        /**
         * Its bits, as unsigned integers: BF16 as {@code <u2}, those of 8 bits as {@code |u1}, and those below as the packed
         * bytes, so that the last dimension counts bytes. In Python, {@code array.view(ml_dtypes.bfloat16)} has the values.
         * Not as {@code numpy.save} writes the arrays of {@code ml_dtypes}, which comes out as void, or not at all.
         */
        RAW,
        /**
         * Its values as {@code <f4}, which holds each of them exactly: BF16, those of F8, and F4. Refused are those of F6,
         * whose packing nobody defines.
         */
        WIDEN
    }

    private static final int BLOCK = 1 << 20;
    private static final int MOST_SHOWN = 20;
    /** Of NumPy 2; before it was 32. */
    private static final int MOST_DIMENSIONS = 64;

    private NumpyWriter() {}

    /** Where bytes of a file go. */
    @FunctionalInterface
    private interface Sink {
        void write(ByteBuffer bytes) throws IOException;
    }

    /**
     * The tensor as it is read again: the same, unless NumPy lacks its dtype.
     *
     * @throws IllegalArgumentException if that is refused, or NumPy cannot hold its shape
     */
    public static TensorSpec arrayOf(TensorSpec tensor, Lacking lacking) {
        TensorSpec array = NumpyType.descr(tensor.dtype()) == null ? inOtherForm(List.of(tensor), lacking) : tensor;
        requireHolds(array);
        return array;
    }

    private static TensorSpec inOtherForm(List<TensorSpec> lacked, Lacking lacking) {
        if (lacking == Lacking.REFUSE) {
            boolean one = lacked.size() == 1;
            throw new IllegalArgumentException((one ? "tensor " : lacked.size() + " tensors, ")
                    + lacked.stream()
                            .limit(MOST_SHOWN)
                            .map(tensor -> TensorSpec.quote(tensor.name()) + " (" + tensor.dtype() + ")")
                            .collect(Collectors.joining(", "))
                    + (lacked.size() > MOST_SHOWN ? " and others" : "")
                    + (one ? ", has" : ", have")
                    + " a dtype that NumPy lacks; write " + (one ? "it" : "them")
                    + " widened to F32 or as raw unsigned integers, or leave "
                    + (one ? "it" : "them") + " out");
        }
        TensorSpec tensor = lacked.get(0);
        return lacking == Lacking.WIDEN ? widened(tensor) : raw(tensor);
    }

    private static TensorSpec widened(TensorSpec tensor) {
        if (!Elements.isFloatingPoint(tensor.dtype())) {
            throw new IllegalArgumentException(
                    describe(tensor) + ": nobody defines how its values are packed; only its raw bytes can be written");
        }
        return new TensorSpec(tensor.name(), DType.F32, tensor.shape());
    }

    private static TensorSpec raw(TensorSpec tensor) {
        int bits = tensor.dtype().bits();
        if (bits >= Byte.SIZE) {
            return new TensorSpec(tensor.name(), bits == Byte.SIZE ? DType.U8 : DType.U16, tensor.shape());
        }
        long[] dimensions = tensor.shape().toArray();
        int last = dimensions.length - 1;
        try {
            dimensions[last] = tensor.dtype().byteSize(dimensions[last]);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    describe(tensor) + ": its rows do not end on a byte, so that its bytes make no array", e);
        }
        return new TensorSpec(tensor.name(), DType.U8, Shape.of(dimensions));
    }

    /** NumPy counts elements by the dimensions that are not 0, in signed arithmetic. */
    private static void requireHolds(TensorSpec tensor) {
        if (tensor.shape().rank() > MOST_DIMENSIONS) {
            throw new IllegalArgumentException("tensor " + TensorSpec.quote(tensor.name()) + ": "
                    + tensor.shape().rank() + " dimensions, more than the " + MOST_DIMENSIONS + " of NumPy");
        }
        long size = tensor.dtype().bits() / Byte.SIZE;
        try {
            for (long dimension : tensor.shape().toArray()) {
                size = Math.multiplyExact(size, Math.max(1, dimension));
            }
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(describe(tensor) + ": larger than an array of NumPy can be", e);
        }
    }

    private static String describe(TensorSpec tensor) {
        return "tensor " + TensorSpec.quote(tensor.name()) + ", " + tensor.dtype() + " " + tensor.shape();
    }

    /**
     * Writes one tensor of a source as an {@code .npy}. Its name is not part of such a file.
     *
     * @param out where the file begins, at its position
     * @throws NoSuchElementException if the source has no tensor of that name
     * @throws IllegalArgumentException if NumPy cannot hold the tensor; nothing is written
     * @throws IOException if reading or writing fails, or the source has not exactly the bytes that it declares
     */
    public static void writeNpy(TensorSource source, String name, WritableByteChannel out, Lacking lacking)
            throws IOException {
        TensorSpec tensor = source.tensors().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("no tensor " + TensorSpec.quote(name)));
        TensorSpec array = arrayOf(tensor, lacking);
        TensorSource values = lacking == Lacking.WIDEN ? TensorSources.cast(source, DType.F32) : source;
        write(
                NumpyType.descr(tensor.dtype()) == null ? values : source,
                array,
                bytes -> ZipOutput.writeAll(out, bytes),
                ByteBuffer.allocateDirect(BLOCK));
    }

    /**
     * Writes all tensors of a source as an {@code .npz}, in its order: a zip archive of stored members {@code NAME.npy}. Its
     * metadata has no place there.
     *
     * <p>Where the channel can be positioned, as that of a file, sizes and CRC-32 are put in front of each member once they are
     * known; elsewhere, as in a pipe, behind it. NumPy does the same, and reads both.
     *
     * @param out where the file begins, at its position; no file that was opened for appending
     * @throws IllegalArgumentException if NumPy cannot hold a tensor, or zip a name; nothing is written
     * @throws IOException if reading or writing fails, or the source has not exactly the bytes that it declares
     */
    public static void writeNpz(TensorSource source, WritableByteChannel out, Lacking lacking) throws IOException {
        List<TensorSpec> tensors = source.tensors();
        List<TensorSpec> arrays = arraysOf(tensors, lacking);
        TensorSource values = lacking == Lacking.WIDEN ? TensorSources.cast(source, DType.F32) : source;
        ZipOutput zip = new ZipOutput(out);
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        for (int i = 0; i < arrays.size(); i++) {
            zip.begin(arrays.get(i).name() + NumpyArrays.SUFFIX);
            boolean lacked = NumpyType.descr(tensors.get(i).dtype()) == null;
            write(lacked ? values : source, arrays.get(i), zip::write, block);
            zip.end();
        }
        zip.finish();
    }

    private static List<TensorSpec> arraysOf(List<TensorSpec> tensors, Lacking lacking) {
        List<TensorSpec> lacked = lacking == Lacking.REFUSE
                ? tensors.stream()
                        .filter(tensor -> NumpyType.descr(tensor.dtype()) == null)
                        .toList()
                : List.of();
        if (!lacked.isEmpty()) {
            inOtherForm(lacked, lacking);
        }
        List<TensorSpec> arrays = new ArrayList<>(tensors.size());
        for (TensorSpec tensor : tensors) {
            ZipOutput.requireName(tensor.name() + NumpyArrays.SUFFIX);
            arrays.add(arrayOf(tensor, lacking));
        }
        return arrays;
    }

    private static void write(TensorSource source, TensorSpec array, Sink sink, ByteBuffer block) throws IOException {
        String descr = NumpyType.descr(array.dtype());
        if (descr == null) {
            throw new AssertionError(array);
        }
        sink.write(ByteBuffer.wrap(NumpyHeader.write(descr, array.shape())));
        try (ReadableByteChannel bytes = source.open(array.name())) {
            long left = array.byteSize();
            while (bytes.read(block.clear()) >= 0) {
                left -= block.flip().remaining();
                if (left < 0) {
                    throw new IOException(
                            describe(array) + ": the source goes on after its " + array.byteSize() + " bytes");
                }
                sink.write(block);
            }
            if (left > 0) {
                throw new EOFException(describe(array) + ": the source ended after " + (array.byteSize() - left)
                        + " of " + array.byteSize() + " bytes");
            }
        }
    }
}
