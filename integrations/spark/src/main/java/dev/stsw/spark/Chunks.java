package dev.stsw.spark;

import dev.stsw.format.TensorMeta;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The chunks of a file's tensors that begin in a range of its bytes. A tensor without bytes is one chunk without bytes. */
final class Chunks implements Iterator<Chunk> {
    private final Iterator<TensorMeta> tensors;
    private final long dataStart;
    private final FileRange range;
    private final ToLongFunction<TensorMeta> chunkSize;
    private long chunkBytes;
    private @Nullable TensorMeta tensor;
    private long number;
    private long end;

    /**
     * Those of some of a file's tensors.
     *
     * @param chunkBytes the longest chunk of a tensor; 0: it is not divided
     */
    Chunks(TensorFile file, Predicate<TensorMeta> wanted, ToLongFunction<TensorMeta> chunkBytes) {
        this.tensors = file.header().tensors().stream().filter(wanted).iterator();
        this.dataStart = file.header().dataStart();
        this.range = file.range();
        this.chunkSize = chunkBytes;
        advance();
    }

    /** To the next tensor of which a chunk begins in the range. */
    private void advance() {
        while (number == end) {
            if (!tensors.hasNext()) {
                tensor = null;
                return;
            }
            TensorMeta next = tensors.next();
            long size = chunkSize.applyAsLong(next);
            chunkBytes = size == 0 ? Long.MAX_VALUE : size;
            long start = dataStart + next.offsetBegin();
            long count = Math.max(1, ceilDiv(next.byteSize(), chunkBytes));
            number = Math.min(count, ceilDiv(Math.max(0, range.from() - start), chunkBytes));
            end = Math.max(number, Math.min(count, ceilDiv(Math.max(0, range.to() - start), chunkBytes)));
            tensor = next;
        }
    }

    private static long ceilDiv(long a, long b) {
        return a / b + (a % b == 0 ? 0 : 1);
    }

    @Override
    public boolean hasNext() {
        return tensor != null;
    }

    @Override
    public Chunk next() {
        return take(1);
    }

    /** All chunks of the next tensor that begin in the range, as one. */
    Chunk nextRun() {
        return take(end - number);
    }

    private Chunk take(long count) {
        TensorMeta of = tensor;
        if (of == null) {
            throw new NoSuchElementException();
        }
        long from = number == 0 ? 0 : Math.multiplyExact(number, chunkBytes);
        long left = of.byteSize() - from;
        long size = count > left / chunkBytes ? left : count * chunkBytes;
        Chunk chunk = new Chunk(of, number, dataStart + of.offsetBegin() + from, size);
        number += count;
        advance();
        return chunk;
    }
}
