package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.ArrayRef;
import dev.stsw.torch.Value.Dict;
import dev.stsw.torch.Value.OddArray;
import dev.stsw.torch.Value.Text;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.Map;

/**
 * A file of NumPy of which a pickle is a part: how {@code numpy.save} keeps an array of objects, most often one dict of
 * arrays. An {@code .npz} is a dict of its members.
 */
final class NumpyContainer {
    private final Spool spool;
    private final Budget budget;
    private final Globals globals;
    private final long maxBytes;

    private NumpyContainer(Spool spool, Budget budget, Globals globals, long maxBytes) {
        this.spool = spool;
        this.budget = budget;
        this.globals = globals;
        this.maxBytes = maxBytes;
    }

    static Container open(
            SeekableByteChannel channel, Spool spool, Budget budget, Globals globals, CheckpointOptions options)
            throws IOException {
        NumpyContainer numpy = new NumpyContainer(spool, budget, globals, options.maxOutputBytes(channel.size()));
        boolean archive = NumpyArrays.isArchive(channel);
        Value root = archive
                ? numpy.members(NumpyArrays.members(channel, budget), options.crc32())
                : numpy.array(Blob.of("the array", new FileRange(channel, 0, channel.size())));
        return new Container(archive ? "npz" : "npy", root, NumpyContainer::noStorage, false, List.of());
    }

    private static Blob noStorage(Value.StorageRef reference) throws CheckpointException {
        throw new CheckpointException(Kind.CORRUPT, "a file of NumPy has no storage " + reference.key());
    }

    private Dict members(Map<String, Blob> members, boolean crc32) throws IOException {
        Dict dict = new Dict();
        for (Map.Entry<String, Blob> member : members.entrySet()) {
            String name = NumpyArrays.withoutSuffix(member.getKey());
            budget.charge(600 + 4L * name.length());
            if (!name.equals(member.getKey())) {
                try {
                    dict.put(
                            new Text(name),
                            array(crc32 ? member.getValue() : member.getValue().withoutCrc32()));
                } catch (CheckpointException e) {
                    throw new CheckpointException(e.kind(), "array " + Quote.text(name) + " " + e.problem());
                }
            }
        }
        return dict;
    }

    private Value array(Blob blob) throws IOException {
        NumpyHeader header;
        try {
            header = NumpyHeader.read(blob);
        } catch (CheckpointException e) {
            if (e.kind() == Kind.UNSUPPORTED) {
                return new OddArray(e.problem());
            }
            throw e;
        }
        if (!header.isPickle()) {
            return new ArrayRef(header, blob);
        }
        if (blob.deflated() && blob.size() > maxBytes) {
            throw new CheckpointException(
                    Kind.LIMIT,
                    "is a pickle that inflates to " + blob.size() + " bytes, more than the output limit of "
                            + maxBytes);
        }
        try (ByteStream stream = blob.stream()) {
            stream.skip(header.bytes());
            Input input = new Input(stream, "pickle");
            Value root = new PickleReader(
                            input, Origin.of(blob, spool), budget, globals, NumpyContainer::noPersistentId)
                    .read();
            input.skip(input.remaining()); // To its CRC-32.
            return root;
        }
    }

    private static Value noPersistentId(Value id) throws CheckpointException {
        throw new CheckpointException(Kind.CORRUPT, "refers to something outside of its pickle, a " + id.describe());
    }
}
