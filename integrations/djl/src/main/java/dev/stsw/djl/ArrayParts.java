package dev.stsw.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import dev.stsw.format.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The elements of an array in C order, as one buffer after the other, because a buffer has less than 2 GiB. They are
/// the array's own memory if it lies on the host without gaps, else that of a copy.
final class ArrayParts implements AutoCloseable {
    /// Bytes of a part: whole elements of every dtype.
    static final long MAX_BYTES = 1 << 30;

    private final long count;
    private final long step;
    private final @Nullable NDArray host;
    /// Of a view with gaps, a copy that belongs to nobody else: a buffer of the view itself would bring one that stays.
    private final @Nullable NDArray flat;

    private @Nullable NDArray part;
    private long at;

    ArrayParts(NDArray array, DType dtype, long maxBytes) {
        count = array.size();
        step = maxBytes / (dtype.bits() / 8);
        if (count == 0) {
            host = null;
            flat = null;
            return;
        }
        host = array.getDevice().isGpu() ? array.toDevice(Device.cpu(), true) : null;
        flat = (host == null ? array : host).reshape(count);
    }

    /// Whether the parts of an array are its own memory, so that writing to them changes the array. A copy begins at
    /// another address than the array's first element does.
    static boolean areItsOwnMemory(NDArray array) {
        if (array.getDevice().isGpu()) {
            return false;
        }
        if (array.size() == 0) {
            return true;
        }
        NDIndex first = new NDIndex();
        for (int dimension = 0; dimension < array.getShape().dimension(); dimension++) {
            first.addSliceDim(0, 1);
        }
        try (NDArray flat = array.reshape(array.size());
                NDArray flatBegin = flat.get(new NDIndex().addSliceDim(0, 1));
                NDArray begin = array.getShape().dimension() == 0 ? array.reshape(1) : array.get(first)) {
            return address(flatBegin) == address(begin);
        }
    }

    private static long address(NDArray one) {
        return MemorySegment.ofBuffer(one.toByteBuffer(true)).address();
    }

    /// The next part, in the host's byte order, valid until the one after it is asked for; null at the end.
    @Nullable
    ByteBuffer next() {
        closePart();
        NDArray all = flat;
        if (all == null || at == count) {
            return null;
        }
        long from = at;
        at = Math.min(count, from + step);
        if (at - from == count) {
            return all.toByteBuffer(true);
        }
        NDArray slice = all.get(new NDIndex().addSliceDim(from, at));
        part = slice;
        return slice.toByteBuffer(true);
    }

    private void closePart() {
        if (part != null) {
            part.close();
            part = null;
        }
    }

    @Override
    public void close() {
        closePart();
        if (flat != null) {
            flat.close();
        }
        if (host != null) {
            host.close();
        }
    }
}
