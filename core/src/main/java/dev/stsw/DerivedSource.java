package dev.stsw;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Some of the tensors of another source, in any order, under any name; bytes and metadata pass through.
final class DerivedSource implements TensorSource {
    private final TensorSource source;
    private final List<TensorSpec> tensors;
    /// The source's name for each of ours; null where all of the source's names are ours, which saves 100 bytes a
    /// tensor.
    private final @Nullable Map<String, String> originals;

    /// @param tensors ours
    /// @param originals their names in the source, in the same order
    DerivedSource(TensorSource source, List<TensorSpec> tensors, List<String> originals) {
        this.source = source;
        this.tensors = List.copyOf(tensors);
        Map<String, String> names = HashMap.newHashMap(tensors.size());
        for (int i = 0; i < tensors.size(); i++) {
            String name = tensors.get(i).name();
            String other = names.putIfAbsent(name, originals.get(i));
            if (other != null) {
                throw new IllegalArgumentException("tensors " + TensorSpec.quote(other) + " and "
                        + TensorSpec.quote(originals.get(i)) + " would both be named " + TensorSpec.quote(name));
            }
        }
        this.originals = names;
    }

    private DerivedSource(List<TensorSpec> tensors, TensorSource source) {
        this.source = source;
        this.tensors = tensors;
        this.originals = null;
    }

    /// All tensors under their own names in another order.
    static DerivedSource reordered(TensorSource source, List<TensorSpec> tensors) {
        return new DerivedSource(List.copyOf(tensors), source);
    }

    /// Tensors under their own names.
    DerivedSource(TensorSource source, List<TensorSpec> tensors) {
        this(source, tensors, tensors.stream().map(TensorSpec::name).toList());
    }

    @Override
    public List<TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return source.metadata();
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        if (originals == null) {
            return source.open(name);
        }
        String original = originals.get(name);
        if (original == null) {
            throw new NoSuchElementException("no tensor " + TensorSpec.quote(name));
        }
        return source.open(original);
    }

    @Override
    public boolean concurrent() {
        return source.concurrent();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
