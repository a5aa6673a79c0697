package dev.stsw.cli;

import dev.stsw.format.FileFormat;
import dev.stsw.format.HeaderException;
import dev.stsw.format.HeaderException.Fault;
import dev.stsw.torch.NumpyArrays;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What a file is, told by its first bytes.
enum FileKind {
    /// Written by `torch.save`, in any of its formats, or a pickle.
    CHECKPOINT,
    /// Written by NumPy: one array, or an archive of them.
    NUMPY,
    /// What describes the files of a checkpoint of torch.distributed.
    DISTRIBUTED,
    /// A folder of DeepSpeed.
    DEEPSPEED,
    /// The index of a model of several files.
    INDEX,
    /// Everything else: the safetensors reader says best what is wrong with it.
    SAFETENSORS;

    /// How many of a file's first bytes tell.
    static final int LOOK_AT = FileFormat.LOOK_AT;

    /// In the first name that the pickle of such a description has.
    private static final byte[] DISTRIBUTED_MODULE =
            "torch.distributed.checkpoint.metadata".getBytes(StandardCharsets.US_ASCII);

    /// @throws HeaderException if it is packed
    static FileKind of(Path file) throws IOException {
        if (Files.isDirectory(file) && DeepSpeedInput.isIn(file)) {
            return DEEPSPEED;
        }
        ByteBuffer start = ByteBuffer.allocate(LOOK_AT).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file)) {
            while (start.hasRemaining() && channel.read(start) >= 0) {}
            FileFormat format = FileFormat.of(start.flip());
            requireUnpacked(format, start, file.toString());
            return of(format, start, channel);
        }
    }

    /// @param channel the same file, of which an archive's table of contents is looked at, too
    static FileKind of(ByteBuffer start, SeekableByteChannel channel) throws IOException {
        return of(FileFormat.of(start), start, channel);
    }

    private static FileKind of(FileFormat format, ByteBuffer start, SeekableByteChannel channel) throws IOException {
        return format == FileFormat.ZIP && NumpyArrays.isNumpy(channel) ? NUMPY : of(format, start);
    }

    static FileKind of(ByteBuffer start) {
        return of(FileFormat.of(start), start);
    }

    private static FileKind of(FileFormat format, ByteBuffer start) {
        return switch (format) {
            case ZIP, EMPTY_ZIP, TAR -> CHECKPOINT;
            case PICKLE -> holds(start, DISTRIBUTED_MODULE) ? DISTRIBUTED : CHECKPOINT;
            case NUMPY -> NUMPY;
            case JSON -> INDEX;
            default -> SAFETENSORS;
        };
    }

    private static boolean holds(ByteBuffer start, byte[] text) {
        for (int i = start.position(); i <= start.limit() - text.length; i++) {
            if (start.slice(i, text.length).equals(ByteBuffer.wrap(text))) {
                return true;
            }
        }
        return false;
    }

    /// Says how a packed file can be had all the same: through a pipe.
    ///
    /// @param name the file as the user named it
    static void requireUnpacked(ByteBuffer start, String name) throws HeaderException {
        requireUnpacked(FileFormat.of(start), start, name);
    }

    private static void requireUnpacked(FileFormat format, ByteBuffer start, String name) throws HeaderException {
        Optional<String> unpacker = format.unpacker();
        if (unpacker.isPresent()) {
            String file = name.equals("-") ? "" : " " + ShellWord.of(name);
            throw new HeaderException(
                    name,
                    Fault.OTHER_FORMAT,
                    format.describe(start) + "; unpack it on the way: " + unpacker.get() + file
                            + " | stsw convert - out.safetensors");
        }
    }
}
