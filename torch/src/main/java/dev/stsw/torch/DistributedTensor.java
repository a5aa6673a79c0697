package dev.stsw.torch;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSpec;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.DistributedMetadata.Place;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.Obj;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A tensor of a distributed checkpoint, as {@code .metadata} describes it.
 *
 * @param name what it is given out as
 * @param type of its elements; has a dtype in safetensors
 * @param shape as torch has it
 * @param pieces where what part of it lies: each element once, none for a tensor without elements
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and handed to nobody outside of this package
record DistributedTensor(String name, ElementType type, long[] shape, Map<Box, Place> pieces) {

    /** What there is of a tensor before its pieces are looked for. */
    @SuppressWarnings("ArrayRecordComponent") // as above
    record Declared(String name, ElementType type, long[] shape, Collection<Box> chunks) {

        static Declared of(String name, Obj metadata) throws CheckpointException {
            Value properties = DistributedMetadata.attribute(metadata, "properties");
            Value state = properties instanceof Obj object ? object.state : null;
            Value dtype = state instanceof Items items && !items.values.isEmpty()
                    ? items.values.get(0)
                    : DistributedMetadata.attribute(properties, "dtype");
            ElementType type = Rebuild.type(dtype);
            long[] shape = Rebuild.numbers("size", DistributedMetadata.attribute(metadata, "size"));
            count(shape, type);
            Rebuild.dtypeOf(type, shape);
            return new Declared(name, type, shape, chunks(shape, DistributedMetadata.attribute(metadata, "chunks")));
        }

        /** Those with elements in them: of rows that do not go around, some processes have none. Repeated ones once. */
        private static Set<Box> chunks(long[] shape, @Nullable Value list) throws CheckpointException {
            if (!(list instanceof Items items)) {
                throw corrupt("has no list of pieces");
            }
            Set<Box> chunks = new LinkedHashSet<>();
            for (Value value : items.values) {
                long[] offset = Rebuild.numbers("pieces' offset", DistributedMetadata.attribute(value, "offsets"));
                long[] size = Rebuild.numbers("pieces' size", DistributedMetadata.attribute(value, "sizes"));
                if (offset.length != shape.length || size.length != shape.length) {
                    throw corrupt("has " + shape.length + " dimensions, but a piece with others");
                }
                Box box = new Box(offset, size);
                if (!box.isInside(shape)) {
                    throw corrupt("has a piece of size " + Shape.of(size) + " at " + Shape.of(offset)
                            + ", outside of its shape " + Shape.of(shape));
                }
                if (box.elements() > 0) {
                    chunks.add(box);
                }
            }
            return chunks;
        }

        /** Elements and bytes must be numbers of 63 bits. */
        private static void count(long[] shape, ElementType type) throws CheckpointException {
            try {
                long bytes = 2L * type.bytes();
                for (long size : shape) {
                    bytes = Math.multiplyExact(bytes, size);
                }
                Shape.of(shape);
            } catch (ArithmeticException | IllegalArgumentException e) {
                throw corrupt("has a size beyond 64 bits");
            }
        }

        /** The tensor with all of its pieces. */
        DistributedTensor found(Map<List<Long>, Place> places, Cover cover) throws CheckpointException {
            Map<Box, Place> pieces = new LinkedHashMap<>();
            for (Box box : chunks) {
                Place place = places.get(box.offset());
                // Of a tensor in one piece, old versions do not say the offset.
                place = place == null && chunks.size() == 1 ? places.get(List.of()) : place;
                if (place == null) {
                    throw corrupt("lacks its piece " + box + ": .metadata does not say where it lies");
                }
                if (box.elements() * type.bytes() > place.length()) {
                    throw corrupt("has a piece " + box + " of " + box.elements() * type.bytes() + " bytes in "
                            + place.length() + " bytes of " + place.file());
                }
                pieces.put(box, place);
            }
            if (Box.all(shape).elements() > 0) {
                cover.check(shape, List.copyOf(pieces.keySet()));
            }
            return new DistributedTensor(name, type, shape, pieces);
        }
    }

    TensorSpec spec() throws CheckpointException {
        try {
            return new TensorSpec(name, dtype(), Shape.of(View.inSafetensors(dtype(), shape)));
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(Kind.UNSUPPORTED, String.valueOf(e.getMessage()));
        }
    }

    private DType dtype() {
        return Objects.requireNonNull(type.dtype());
    }

    long byteSize() {
        return Box.all(shape).elements() * type.bytes();
    }

    /** Pieces that know how to open themselves. */
    List<Piece> pieces(DistributedFiles files) {
        List<Piece> opened = new ArrayList<>();
        pieces.forEach(
                (box, place) -> opened.add(new Piece(box, where(box, place), () -> files.view(this, box, place))));
        return opened;
    }

    /** A piece, for messages. */
    String where(Box box, Place place) {
        return "tensor " + Quote.text(name) + ", its piece " + (box.rank() == 0 ? "" : box + " ") + "in " + place.file()
                + " (byte " + place.start() + ")";
    }

    private static CheckpointException corrupt(String problem) {
        return new CheckpointException(Kind.CORRUPT, problem);
    }
}
