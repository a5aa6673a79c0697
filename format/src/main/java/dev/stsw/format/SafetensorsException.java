package dev.stsw.format;

import org.jspecify.annotations.Nullable;

/**
 * The file's fault: what it holds is not what it must or claims to hold. The disk's own faults stay {@link
 * java.io.IOException}s of the JDK, the caller's are unchecked.
 */
public abstract sealed class SafetensorsException extends BadFileException
        permits HeaderException, ChecksumException, FileChangedException {
    private static final long serialVersionUID = 1L;

    SafetensorsException(@Nullable String file, String problem) {
        super(file, problem);
    }
}
