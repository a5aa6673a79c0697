package dev.stsw.format;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A file is not what it must or claims to be, whatever its kind: {@link SafetensorsException} of safetensors files and
 * their indexes, {@code CheckpointException} of PyTorch's and NumPy's. The disk's own faults stay {@link IOException}s of
 * the JDK, the caller's are unchecked.
 */
public abstract class BadFileException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String problem;

    /**
     * A fault.
     *
     * @param file its name, with which the message begins; null where it is not known
     * @param problem what is wrong, in one sentence
     */
    protected BadFileException(@Nullable String file, String problem) {
        super(file == null ? problem : file + ": " + problem);
        this.problem = problem;
    }

    /** The message without the name of the file. */
    public final String problem() {
        return problem;
    }
}
