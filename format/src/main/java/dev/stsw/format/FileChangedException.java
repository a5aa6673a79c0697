package dev.stsw.format;

/** The file is no longer the one that was opened: it was cut or rewritten while it was being read. */
public final class FileChangedException extends SafetensorsException {
    private static final long serialVersionUID = 1L;

    /** A problem in {@code file}, which the message names first. */
    public FileChangedException(String file, String problem) {
        super(file, problem);
    }
}
