package dev.stsw.stream;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Some of the tensors of another source, in any order, under any name; bytes and metadata pass through. */
final class DerivedSource extends ForwardingSource {
    private final List<TensorSpec> tensors;
    /**
     * The source's name for each of ours; null where all of the source's names are ours, which saves 100 bytes a
     * tensor.
     */
    private final @Nullable Map<String, String> originals;

    /**
     * @param tensors ours
     * @param originals their names in the source, in the same order
     */
    DerivedSource(TensorSource source, List<TensorSpec> tensors, List<String> originals) {
        super(source);
        this.tensors = List.copyOf(tensors);
        Map<String, String> names = new HashMap<>(tensors.size() * 4 / 3 + 1);
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
        super(source);
        this.tensors = tensors;
        this.originals = null;
    }

    /** All tensors under their own names in another order. */
    static DerivedSource reordered(TensorSource source, List<TensorSpec> tensors) {
        return new DerivedSource(List.copyOf(tensors), source);
    }

    /** Tensors under their own names. */
    DerivedSource(TensorSource source, List<TensorSpec> tensors) {
        this(source, tensors, tensors.stream().map(TensorSpec::name).toList());
    }

    @Override
    public List<TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        if (originals == null) {
            return super.open(name);
        }
        String original = originals.get(name);
        if (original == null) {
            throw new NoSuchElementException("no tensor " + TensorSpec.quote(name));
        }
        return super.open(original);
    }
}
