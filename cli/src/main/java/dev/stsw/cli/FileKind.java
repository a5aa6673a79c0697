package dev.stsw.cli;

import dev.stsw.torch.NumpyArrays;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// What a file is, told by its first bytes.
enum FileKind {
    /// Written by `torch.save`, in any of its formats.
    CHECKPOINT,
    /// Written by NumPy: one array, or an archive of them.
    NUMPY,
    /// What describes the files of a checkpoint of torch.distributed.
    DISTRIBUTED,
    /// The index of a model of several files.
    INDEX,
    /// Everything else: the safetensors reader says best what is wrong with it.
    SAFETENSORS;

    /// Magic number of tar, and where it stands.
    private static final byte[] USTAR = "ustar".getBytes(StandardCharsets.US_ASCII);
    private static final int USTAR_OFFSET = 257;

    /// How many of a file's first bytes tell.
    static final int LOOK_AT = USTAR_OFFSET + USTAR.length;

    private static final byte[] NUMPY_MAGIC = "\u0093NUMPY".getBytes(StandardCharsets.ISO_8859_1);

    /// In the first name that the pickle of such a description has.
    private static final byte[] DISTRIBUTED_MODULE =
            "torch.distributed.checkpoint.metadata".getBytes(StandardCharsets.US_ASCII);

    private static final int ZIP = 0x04034b50;
    private static final int ZIP_EMPTY = 0x06054b50;
    private static final int PICKLE = 0x80;

    static FileKind of(Path file) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(LOOK_AT).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file)) {
            while (start.hasRemaining() && channel.read(start) >= 0) {}
            return of(start.flip(), channel);
        }
    }

    /// @param channel the same file, of which an archive's table of contents is looked at, too
    static FileKind of(ByteBuffer start, FileChannel channel) throws IOException {
        FileKind kind = of(start);
        return kind == CHECKPOINT && isZip(start) && NumpyArrays.isNumpy(channel) ? NUMPY : kind;
    }

    static FileKind of(ByteBuffer start) {
        if (looksLikeSafetensors(start)) {
            return SAFETENSORS;
        }
        if (beginsWith(start, NUMPY_MAGIC)) {
            return NUMPY;
        }
        if (start.limit() > 0 && start.get(0) == '{') {
            return INDEX;
        }
        if (isPickle(start) && holds(start, DISTRIBUTED_MODULE)) {
            return DISTRIBUTED;
        }
        return isZip(start) || isPickle(start) || isTar(start) ? CHECKPOINT : SAFETENSORS;
    }

    /// A length whose upper half is zero, as that of each header is, and a brace. Its lower half may happen to be any
    /// magic number; but no zip has a brace for its compression method, and no pickle goes on with zeros.
    private static boolean looksLikeSafetensors(ByteBuffer start) {
        return start.limit() > 8 && start.getInt(4) == 0 && start.get(8) == '{';
    }

    private static boolean isZip(ByteBuffer start) {
        return start.limit() >= 4 && (start.getInt(0) == ZIP || start.getInt(0) == ZIP_EMPTY);
    }

    private static boolean beginsWith(ByteBuffer start, byte[] magic) {
        return start.limit() >= magic.length && start.slice(0, magic.length).equals(ByteBuffer.wrap(magic));
    }

    private static boolean holds(ByteBuffer start, byte[] text) {
        for (int i = 0; i <= start.limit() - text.length; i++) {
            if (start.slice(i, text.length).equals(ByteBuffer.wrap(text))) {
                return true;
            }
        }
        return false;
    }

    /// Opcode PROTO with the number of the protocol, 2 to 5.
    private static boolean isPickle(ByteBuffer start) {
        return start.limit() >= 2 && (start.get(0) & 0xff) == PICKLE && start.get(1) >= 2 && start.get(1) <= 5;
    }

    private static boolean isTar(ByteBuffer start) {
        return start.limit() == LOOK_AT
                && start.slice(USTAR_OFFSET, USTAR.length).equals(ByteBuffer.wrap(USTAR));
    }
}
