package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Recognises how a file is built, or what it is instead of a checkpoint. */
final class Containers {
    /** A tar header; enough for everything else too. */
    private static final int LOOK_AT = 512;

    /** What people take for a checkpoint: how it begins, and what to say. */
    private record Other(String start, String problem) {}

    private static final List<Other> OTHERS = List.of(
            new Other(
                    "version https://git-lfs",
                    "this is a Git-LFS pointer and not the file itself; fetch it with 'git lfs pull'"),
            new Other("<!doctype", "this is an HTML page; a download went wrong"),
            new Other("<html", "this is an HTML page; a download went wrong"),
            new Other("<?xml", "this is an XML page; a download went wrong"),
            new Other("gguf", "this is a GGUF file"),
            new Other("\u0093numpy", "this is a NumPy file"),
            new Other("\u0089hdf", "this is an HDF5 file"),
            new Other("\u001f\u008b", "this is a gzip archive; unpack it first"),
            new Other("bzh", "this is a bzip2 archive; unpack it first"),
            new Other("\u00fd7zxz", "this is an xz archive; unpack it first"),
            new Other("pk\5\6", "this is an empty zip archive"),
            new Other("{", "this is text, probably JSON"));

    /** First opcodes of pickles without a PROTO: those of protocols 0 and 1. */
    private static final String OLD_PICKLE = "L(]}clI)KMJX";

    private Containers() {}

    static Container open(SeekableByteChannel channel, Budget budget, Globals globals, CheckpointOptions options)
            throws IOException {
        long size = channel.size();
        ByteBuffer start = ZipDirectory.read(channel, 0, (int) Math.min(LOOK_AT, size));
        byte[] bytes = new byte[start.limit()];
        start.get(0, bytes);
        String text = new String(bytes, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        if (options.fileName().endsWith(".distcp")) {
            throw not("this is one file of a distributed checkpoint, with pieces of tensors; take its folder, where"
                    + " .metadata says what they are");
        }
        if (text.startsWith("pk\3\4")) {
            return ZipContainer.open(channel, budget, globals, options);
        }
        if (TarArchive.isHeader(start)) {
            return TarContainer.open(channel, budget, globals);
        }
        if (isSafetensors(start, size)) {
            throw not("this is a safetensors file already, and no checkpoint of PyTorch");
        }
        for (Other other : OTHERS) {
            if (text.startsWith(other.start) || text.stripLeading().startsWith(other.start)) {
                throw not(other.problem);
            }
        }
        if (size > 1 && ((bytes[0] & 0xff) == 0x80 || OLD_PICKLE.indexOf(bytes[0] & 0xff) >= 0)) {
            return LegacyContainer.open(channel, budget, globals);
        }
        throw not(size == 0 ? "the file is empty" : "neither a zip archive nor a pickle");
    }

    /** A length that fits, then JSON. */
    private static boolean isSafetensors(ByteBuffer start, long size) {
        return size > 9 && start.get(8) == '{' && start.getLong(0) > 1 && start.getLong(0) <= size - 8;
    }

    private static CheckpointException not(String problem) {
        return new CheckpointException(Kind.NOT_A_CHECKPOINT, "not a PyTorch checkpoint: " + problem);
    }
}
