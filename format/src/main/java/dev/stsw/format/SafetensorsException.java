package dev.stsw.format;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The file's fault: what it holds is not what it must or claims to hold. The disk's own faults stay {@link
 * IOException}s of the JDK, the caller's are unchecked.
 */
public abstract sealed class SafetensorsException extends IOException
        permits HeaderException, ChecksumException, FileChangedException {
    private static final long serialVersionUID = 1L;

    private final String problem;

    SafetensorsException(@Nullable String file, String problem) {
        super(file == null ? problem : file + ": " + problem);
        this.problem = problem;
    }

    /** The message without the name of the file. */
    public String problem() {
        return problem;
    }
}
