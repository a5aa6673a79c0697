package dev.stsw;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.ForwardingSource;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// Another source, some of whose tensors are made into others. Each of these is in memory while it is written.
final class MappedSource extends ForwardingSource {
    /// A buffer holds less than 2 GiB.
    private static final long STEP = 1 << 30;

    private final List<TensorSpec> tensors;
    /// What is changed, by its new name.
    private final Map<String, Change> changes = new HashMap<>();
    private final Tensors.Mapping mapping;

    private record Change(TensorSpec from, TensorSpec to) {}

    MappedSource(
            TensorSource source, Predicate<String> names, UnaryOperator<TensorSpec> specs, Tensors.Mapping mapping) {
        super(source);
        this.mapping = mapping;
        List<TensorSpec> all = new ArrayList<>();
        Map<String, TensorSpec> seen = new HashMap<>();
        for (TensorSpec tensor : source.tensors()) {
            TensorSpec made = tensor;
            if (names.test(tensor.name())) {
                made = specs.apply(tensor);
                changes.put(made.name(), new Change(tensor, made));
            }
            if (seen.put(made.name(), made) != null) {
                throw new IllegalArgumentException("two tensors would be called " + TensorSpec.quote(made.name()));
            }
            all.add(made);
        }
        this.tensors = List.copyOf(all);
    }

    @Override
    public List<TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        Change change = changes.get(name);
        if (change == null) {
            return super.open(name);
        }
        Arena arena = Arena.ofShared();
        try {
            Tensor given = read(change.from(), arena);
            Tensor made = mapping.map(change.from(), given);
            TensorSpec to = change.to();
            if (made.dtype() != to.dtype() || !made.shape().equals(to.shape())) {
                throw new IllegalArgumentException("tensor " + TensorSpec.quote(name) + " was to become " + to.dtype()
                        + " " + to.shape() + ", but was made " + made);
            }
            return new Channel(new TensorChannel(made)) {
                @Override
                public void close() throws IOException {
                    if (arena.scope().isAlive()) {
                        arena.close();
                    }
                    super.close();
                }
            };
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private Tensor read(TensorSpec tensor, Arena arena) throws IOException {
        MemorySegment memory = arena.allocate(tensor.byteSize(), Long.BYTES);
        try (ReadableByteChannel bytes = super.open(tensor.name())) {
            for (long at = 0; at < memory.byteSize(); ) {
                ByteBuffer part = memory.asSlice(at, Math.min(STEP, memory.byteSize() - at))
                        .asByteBuffer();
                int count = bytes.read(part);
                if (count < 0) {
                    throw new EOFException("tensor " + TensorSpec.quote(tensor.name()) + ": the source ended after "
                            + at + " of " + memory.byteSize() + " bytes");
                }
                at += count;
            }
            // A source may check a tensor's checksum when it is asked for more.
            bytes.read(ByteBuffer.allocate(1));
        }
        return Tensor.of(tensor.dtype(), tensor.shape(), memory);
    }
}
