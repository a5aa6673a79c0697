package dev.stsw.torch;

import dev.stsw.format.FileFormat;
import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/** Recognises how a file is built, or what it is instead of a checkpoint. */
final class Containers {
    /** A tar header; enough for everything else too. */
    private static final int LOOK_AT = FileFormat.LOOK_AT;

    /** First opcodes of pickles without a PROTO: those of protocols 0 and 1. */
    private static final String OLD_PICKLE = "L(]}clI)KMJX";

    private Containers() {}

    static Container open(
            SeekableByteChannel channel, Spool spool, Budget budget, Globals globals, CheckpointOptions options)
            throws IOException {
        long size = channel.size();
        ByteBuffer start = ZipDirectory.read(channel, 0, (int) Math.min(LOOK_AT, size));
        if (options.fileName().endsWith(".distcp")) {
            throw not("this is one file of a distributed checkpoint, with pieces of tensors; take its folder, where"
                    + " .metadata says what they are");
        }
        FileFormat format = FileFormat.of(start);
        try {
            return open(format, start, channel, spool, budget, globals, options);
        } catch (CheckpointException e) {
            boolean archive = format == FileFormat.ZIP || TarArchive.isHeader(start);
            throw archive && e.kind() == Kind.NOT_A_CHECKPOINT ? withMembers(e, channel, options.fileName()) : e;
        }
    }

    /** An archive that is none of torch may have a checkpoint in it. */
    private static CheckpointException withMembers(CheckpointException e, SeekableByteChannel channel, String fileName)
            throws IOException {
        Archive archive = Archive.read(channel, fileName);
        return archive.models().isEmpty()
                ? e
                : new CheckpointException(e.kind(), e.problem() + "; " + archive.contents());
    }

    private static Container open(
            FileFormat format,
            ByteBuffer start,
            SeekableByteChannel channel,
            Spool spool,
            Budget budget,
            Globals globals,
            CheckpointOptions options)
            throws IOException {
        long size = channel.size();
        switch (format) {
            case NUMPY -> {
                return NumpyContainer.open(channel, spool, budget, globals, options);
            }
            case ZIP -> {
                if (NumpyArrays.isNumpy(channel)) {
                    return NumpyContainer.open(channel, spool, budget, globals, options);
                }
                return ZipContainer.open(channel, spool, budget, globals, options);
            }
            case SAFETENSORS -> throw not("this is a safetensors file already, and no checkpoint of PyTorch");
            default -> {
                if (TarArchive.isHeader(start)) {
                    return TarContainer.open(channel, spool, budget, globals);
                }
            }
        }
        if (size > 1 && mayBePickle(format, start.get(0) & 0xff)) {
            return LegacyContainer.open(new Origin(new FileRange(channel, 0, size), spool, 0), budget, globals);
        }
        throw not(format.describe(start));
    }

    /** One without a PROTO has no magic number: it may look like a text, or like nothing that is known. */
    private static boolean mayBePickle(FileFormat format, int first) {
        return switch (format) {
            case PICKLE -> true;
            case TEXT, UNKNOWN, JSON -> first == 0x80 || OLD_PICKLE.indexOf(first) >= 0;
            default -> false;
        };
    }

    private static CheckpointException not(String problem) {
        return new CheckpointException(Kind.NOT_A_CHECKPOINT, "not a PyTorch checkpoint: " + problem);
    }
}
