package dev.stsw;

/// More or fewer bytes were written to a tensor than its dtype and shape ask for.
public final class LengthMismatchException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    LengthMismatchException(String message) {
        super(message);
    }
}
