package dev.stsw.format;

import org.jspecify.annotations.Nullable;

/** The file is not a safetensors file, or its header, or the index of its shards, breaks a rule of the format. */
public final class HeaderException extends SafetensorsException {
    private static final long serialVersionUID = 1L;

    /** What is wrong, for programs; the message says it to people. */
    public enum Fault {
        /** A Git-LFS pointer was downloaded instead of the file. */
        GIT_LFS_POINTER,
        /** A web page was downloaded instead of the file. */
        HTML_PAGE,
        /** A known other kind of file: zip, pickle, GGUF, NumPy. */
        OTHER_FORMAT,
        /** The file ends inside its header or its data. */
        TRUNCATED,
        /** The header is longer than 100,000,000 bytes. */
        TOO_LARGE,
        /** The header is not well-formed UTF-8. */
        NOT_UTF8,
        /** The header is not the JSON that the reference accepts. */
        NOT_JSON,
        /** JSON, but not of the form that a header has. */
        MALFORMED,
        /** A key occurs twice. */
        DUPLICATE,
        /** A dtype that safetensors 0.8.0 does not know. */
        UNKNOWN_DTYPE,
        /** A shape whose size exceeds 64 bits, or whose elements do not end on a byte. */
        BAD_SHAPE,
        /** A tensor's offsets run backwards. */
        BAD_OFFSETS,
        /** A tensor's byte range is not as long as its dtype and shape say. */
        WRONG_SIZE,
        /** Bytes between two tensors belong to none. */
        HOLE,
        /** Two tensors share bytes. */
        OVERLAP,
        /** Bytes after the last tensor belong to none. */
        NOT_COVERED
    }

    private final Fault fault;

    /** A fault in {@code file}; without a name, where the bytes came from nowhere in particular. */
    public HeaderException(@Nullable String file, Fault fault, String problem) {
        super(file, problem);
        this.fault = fault;
    }

    /** The same fault with the name of the file in front of its message. */
    public HeaderException in(String file) {
        HeaderException named = new HeaderException(file, fault, problem());
        named.initCause(this);
        return named;
    }

    /** What is wrong. */
    public Fault fault() {
        return fault;
    }
}
