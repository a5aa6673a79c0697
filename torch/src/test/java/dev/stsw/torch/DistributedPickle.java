package dev.stsw.torch;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Puts a {@code .metadata} together that says what a test wants it to say; the pieces are of F32. */
final class DistributedPickle {
    private static final String MODULE = "torch.distributed.checkpoint.metadata";

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Piece(String tensor, long[] offset, long[] size, String file, long start, long length) {}

    private final List<String> names = new ArrayList<>();
    private final List<long[]> shapes = new ArrayList<>();
    private final List<Piece> pieces = new ArrayList<>();
    private String dtype = "float32";
    private String transform = "";

    DistributedPickle dtype(String name) {
        dtype = name;
        return this;
    }

    DistributedPickle transform(String name) {
        transform = name;
        return this;
    }

    DistributedPickle tensor(String name, long... shape) {
        names.add(name);
        shapes.add(shape);
        return this;
    }

    /** A piece of the last tensor. A null file: no place is said. */
    DistributedPickle piece(long[] offset, long[] size, String file, long start, long length) {
        pieces.add(new Piece(names.get(names.size() - 1), offset, size, file, start, length));
        return this;
    }

    byte[] bytes() {
        PickleBytes out = PickleBytes.start();
        object(out, MODULE, "Metadata").op('}').text("state_dict_metadata").op('}');
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            out.text(name);
            object(out, MODULE, "TensorStorageMetadata").op('}').text("properties");
            object(out, MODULE, "TensorProperties")
                    .op('(')
                    .global("torch", dtype)
                    .op('N', 0x89, 'N', 0x89, 't', 'b', 's');
            size(out.text("size"), shapes.get(i)).op('s').text("chunks").op(']');
            for (Piece piece : pieces) {
                if (piece.tensor.equals(name)) {
                    object(out, MODULE, "ChunkStorageMetadata").op('}');
                    size(out.text("offsets"), piece.offset).op('s');
                    size(out.text("sizes"), piece.size).op('s', 'b', 'a');
                }
            }
            out.op('s', 'b', 's');
        }
        out.op('s').text("storage_data").op('}');
        pieces.stream().filter(piece -> piece.file != null).forEach(piece -> place(out, piece));
        return out.op('s', 'b').stop();
    }

    private void place(PickleBytes out, Piece piece) {
        object(out, MODULE, "MetadataIndex")
                .op('}')
                .text("fqn")
                .text(piece.tensor)
                .op('s');
        size(out.text("offset"), piece.offset).op('s', 'b');
        object(out, "torch.distributed.checkpoint.filesystem", "_StorageInfo").op('}');
        out.text("relative_path").text(piece.file).op('s');
        out.text("offset").number(piece.start).op('s');
        out.text("length").number(piece.length).op('s');
        if (!transform.isEmpty()) {
            out.text("transform_descriptors").op(']').text(transform).op('a', 's');
        }
        out.op('b', 's');
    }

    private static PickleBytes object(PickleBytes out, String module, String name) {
        return out.raw(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8))
                .op(')', 0x81);
    }

    private static PickleBytes size(PickleBytes out, long[] numbers) {
        return out.global("torch", "Size").numbers(numbers).op(0x85, 'R');
    }
}
