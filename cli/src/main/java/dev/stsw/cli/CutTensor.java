package dev.stsw.cli;

import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.Tensor;
import dev.stsw.Tensors;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.Map;

/// A part of a tensor, by NumPy's rules. Its bytes come from mapped memory, of which a part at a time is mapped: what
/// was read of a mapping counts as the program's memory until it is closed.
final class CutTensor {
    /// So much is read from a mapping, about.
    private static final long BATCH = 16L << 20;

    private final Place place;
    private final String slice;
    private final TensorSpec spec;

    /// Where all of the tensor is.
    interface Place {
        /// The tensor in a mapping of its own, which closing ends.
        Mapped map() throws IOException;
    }

    /// @param mapping is closed with this
    record Mapped(Tensor tensor, Closeable mapping) implements Closeable {
        @Override
        public void close() throws IOException {
            mapping.close();
        }
    }

    /// @param slice what stands between NumPy's brackets
    /// @throws WrongUsage if the tensor has no such part
    CutTensor(String name, String slice, Place place) throws IOException {
        this.place = place;
        this.slice = slice;
        try (Mapped whole = place.map()) {
            Tensor part = whole.tensor().slice(slice);
            this.spec = new TensorSpec(name, part.dtype(), part.shape());
            spec.byteSize(); // F4 and F6 must end on a byte.
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            throw new WrongUsage(TensorSpec.quote(name) + "[" + slice + "]: " + e.getMessage());
        }
    }

    /// In a safetensors file.
    static Place in(Path file, String name) {
        return () -> {
            StreamReader reader = StreamReader.open(file, ReadOptions.defaults());
            return new Mapped(reader.tensor(name), reader::close);
        };
    }

    /// In a temporary file that holds its bytes.
    static Place in(FileChannel file, long begin, TensorSpec spec) {
        return () -> {
            Arena arena = Arena.ofConfined();
            return new Mapped(
                    Tensor.of(
                            spec.dtype(),
                            spec.shape(),
                            file.map(FileChannel.MapMode.READ_ONLY, begin, spec.byteSize(), arena)),
                    arena::close);
        };
    }

    TensorSpec spec() {
        return spec;
    }

    ReadableByteChannel open() {
        return new Batches();
    }

    /// The rows of the part, some of them at a time; the first dimension of more than one counts.
    private final class Batches implements ReadableByteChannel {
        private final int dimension;
        private final long rows;
        private final long step;
        private long next;
        private ReadableByteChannel bytes = Channels.newChannel(InputStream.nullInputStream());
        private Closeable mapping = () -> {};
        private boolean open = true;

        Batches() {
            long[] shape = spec.shape().toArray();
            int first = 0;
            while (first < shape.length && shape[first] == 1) {
                first++;
            }
            boolean divisible = first < shape.length && spec.dtype().bits() >= Byte.SIZE;
            dimension = divisible ? first : -1;
            rows = divisible ? shape[first] : 1;
            long rowBytes = Math.max(1, spec.byteSize() / Math.max(1, rows));
            step = Math.max(1, BATCH / rowBytes);
        }

        @Override
        public int read(ByteBuffer to) throws IOException {
            if (!open) {
                throw new ClosedChannelException();
            }
            int count = bytes.read(to);
            while (count < 0 && next < rows) {
                mapping.close();
                begin();
                count = bytes.read(to);
            }
            return count;
        }

        private void begin() throws IOException {
            Mapped whole = place.map();
            mapping = whole;
            Tensor part = whole.tensor().slice(slice);
            long end = Math.min(rows, next + step);
            Tensor batch = dimension < 0 ? part : part.slice(dimension, next, end);
            next = end;
            TensorSource source = Tensors.source(Map.of(spec.name(), batch));
            bytes = source.open(spec.name());
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() throws IOException {
            open = false;
            mapping.close();
        }
    }
}
