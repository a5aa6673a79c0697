package dev.stsw.torch;

import dev.stsw.format.BadFileException;

/** The checkpoint's fault: it is not what it claims to be, or holds what cannot or must not be read. */
public final class CheckpointException extends BadFileException {
    private static final long serialVersionUID = 1L;

    /** What kind of fault, for programs; the message says it to people. */
    public enum Kind {
        /** Not a PyTorch checkpoint at all, or one without any tensor. */
        NOT_A_CHECKPOINT,
        /** The file breaks the rules of its own format: truncated, inconsistent, damaged. */
        CORRUPT,
        /** The file tries to run code, or to mean different things to different readers. */
        HOSTILE,
        /** Reading on would exceed a limit on memory, depth or output. */
        LIMIT,
        /** A sound file with something that safetensors cannot hold, or that this reader does not know. */
        UNSUPPORTED,
        /** A sound file without the key that was asked for, or without tensors under it. */
        NOT_FOUND
    }

    private final Kind kind;

    /** A fault in {@code file}, which the message names first. */
    public CheckpointException(String file, Kind kind, String problem) {
        super(file, problem);
        this.kind = kind;
    }

    /** A fault before the name of the file is known; {@link #in} adds it. */
    CheckpointException(Kind kind, String problem) {
        super(null, problem);
        this.kind = kind;
    }

    /** The same fault with the name of the file in front of its message. */
    CheckpointException in(String file) {
        CheckpointException named = new CheckpointException(file, kind, problem());
        named.initCause(this);
        return named;
    }

    /** What kind of fault. */
    public Kind kind() {
        return kind;
    }
}
