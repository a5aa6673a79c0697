package dev.stsw.format;

import java.util.AbstractList;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a parsed header, read again from its bytes whenever one is asked for.
 *
 * <p>A million tensors as objects take some 300 MB; their header takes 70 MB, and to read one entry takes well under a
 * microsecond.
 */
final class Entries extends AbstractList<TensorMeta> implements RandomAccess {
    private final byte[] header;
    private final NameTable names;
    private final boolean legacy;
    private final @Nullable Checksums checksums;
    /** Writers ask for the same one with each block. Any thread may set it: it is immutable. */
    private @Nullable Cached last;

    private record Cached(int index, TensorMeta tensor) {}

    /** The entries that {@code names} points at; {@code checksums}, if given, are those of the tensors. */
    Entries(byte[] header, NameTable names, boolean legacy, @Nullable Checksums checksums) {
        this.header = header;
        this.names = names;
        this.legacy = legacy;
        this.checksums = checksums;
    }

    @Override
    public TensorMeta get(int index) {
        Objects.checkIndex(index, names.size());
        Cached known = last;
        if (known != null && known.index == index) {
            return known.tensor;
        }
        OptionalLong crc32 =
                checksums == null ? OptionalLong.empty() : OptionalLong.of(checksums.stored(header, index + 1));
        TensorMeta tensor = EntryParser.again(header, names.position(index), legacy, crc32);
        last = new Cached(index, tensor);
        return tensor;
    }

    @Override
    public int size() {
        return names.size();
    }

    NameTable names() {
        return names;
    }

    @Nullable
    TensorMeta find(String name) {
        int index = names.find(name);
        return index < 0 ? null : get(index);
    }
}
