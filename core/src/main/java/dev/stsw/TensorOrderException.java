package dev.stsw;

/// A tensor was written out of turn, unfinished, or after it was finished: tensors are written one after the other, in
/// the order in which they were declared.
public final class TensorOrderException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    TensorOrderException(String message) {
        super(message);
    }
}
