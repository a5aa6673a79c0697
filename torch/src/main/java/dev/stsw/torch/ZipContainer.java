package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.StorageRef;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What torch.save writes since 1.6, and torch.jit.save: a zip archive of a pickle and one entry for each storage. */
final class ZipContainer {
    private ZipContainer() {}

    /** @param spool for byte strings in its pickle; null where those are of no use */
    static Container open(
            SeekableByteChannel channel,
            @Nullable Spool spool,
            Budget budget,
            Globals globals,
            CheckpointOptions options)
            throws IOException {
        ZipEntries entries = ZipEntries.read(channel, budget, options.crc32());
        Blob pickle = entries.find("data.pkl");
        if (pickle == null) {
            throw new CheckpointException(Kind.NOT_A_CHECKPOINT, "a zip archive, but " + otherKind(entries));
        }
        long maxBytes = options.maxOutputBytes(channel.size());
        if (pickle.deflated() && pickle.size() > maxBytes) {
            throw new CheckpointException(
                    Kind.LIMIT,
                    "data.pkl inflates to " + pickle.size() + " bytes, more than the output limit of " + maxBytes
                            + "; --max-output raises it");
        }
        boolean bigEndian = bigEndian(entries);
        List<String> warnings = new ArrayList<>();
        Value root;
        try (ByteStream stream = pickle.stream()) {
            Input input = new Input(stream, "data.pkl");
            Origin origin = spool == null ? null : Origin.of(pickle, spool);
            root = new PickleReader(input, origin, budget, globals, PersistentId::load).read();
            if (input.remaining() > 0) {
                warnings.add(input.remaining() + " bytes after the end of data.pkl's pickle were ignored");
            }
            input.skip(input.remaining()); // To its CRC-32.
        }
        Blob constants = entries.find("constants.pkl");
        if (constants == null) {
            return new Container("zip", root, reference -> storage(entries, "data/", reference), bigEndian, warnings);
        }
        Container script = new Container(
                "torchscript",
                root,
                reference -> storage(entries, "data/", reference),
                bigEndian,
                warnings,
                ScriptCode.read(entries, budget));
        return new TensorSearch(new Rebuild(script, budget)).finds(root)
                ? script
                : frozen(entries, constants, script, budget, globals);
    }

    /** A module after {@code torch.jit.freeze}, whose tensors are constants of its code; itself if there are none. */
    private static Container frozen(
            ZipEntries entries, Blob constants, Container script, Budget budget, Globals globals) throws IOException {
        Value values;
        try (ByteStream stream = constants.stream()) {
            values = new PickleReader(new Input(stream, "constants.pkl"), null, budget, globals, PersistentId::load)
                    .read();
        }
        List<Mappings.Entry> all = values instanceof Items ? Mappings.entries(values) : null;
        if (all == null || all.isEmpty()) {
            return script;
        }
        Value.Dict named = new Value.Dict();
        for (Mappings.Entry constant : all) {
            named.put(new Value.Text("CONSTANTS.c" + constant.name()), constant.value());
        }
        List<String> warnings = new ArrayList<>(script.warnings());
        warnings.add(
                "a frozen module, whose tensors are constants without the names they had; they are called as in its"
                        + " code, and no state_dict() has them");
        return new Container(
                "torchscript",
                named,
                reference -> storage(entries, "constants/", reference),
                script.bigEndian(),
                warnings,
                script.code());
    }

    private static Blob storage(ZipEntries entries, String folder, StorageRef reference) throws CheckpointException {
        Blob blob = entries.find(folder + reference.key());
        if (blob == null) {
            throw new CheckpointException(Kind.CORRUPT, "the archive has no entry for storage " + reference.key());
        }
        return blob;
    }

    private static boolean bigEndian(ZipEntries entries) throws IOException {
        Blob mark = entries.find("byteorder");
        if (mark == null) {
            return false; // Before torch 2.1.
        }
        if (mark.size() <= 6) {
            String order = new String(Streams.all(mark), StandardCharsets.ISO_8859_1);
            if (order.equals("little") || order.equals("big")) {
                return order.equals("big");
            }
        }
        throw new CheckpointException(Kind.CORRUPT, "the entry byteorder says neither 'little' nor 'big'");
    }

    private static String otherKind(ZipEntries entries) {
        for (String path : entries.paths()) {
            if (path.endsWith(".npy")) {
                return "a NumPy .npz file, not a checkpoint";
            }
            if (path.equals("archive_format")
                    || path.startsWith("models/")
                    || path.endsWith("serialized_exported_program.json")) {
                return "a program of torch.export (.pt2), which is no checkpoint; save the model's state_dict instead";
            }
        }
        return "not one of torch: it has no data.pkl";
    }
}
