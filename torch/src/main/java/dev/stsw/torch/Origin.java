package dev.stsw.torch;

/**
 * Where a pickle's bytes lie, so that byte strings in it can be read when they are needed, and need not be kept.
 *
 * @param bytes all that the pickle's positions count in
 * @param spool for what must be decoded
 * @param depth in how many other files the pickle's file lies
 */
record Origin(FileRange bytes, Spool spool, int depth) {

    static Origin of(Blob pickle, Spool spool) {
        FileRange range =
                pickle.isEncoded() ? new FileRange(Section.of(pickle, spool), 0, pickle.size()) : pickle.stored();
        return new Origin(range, spool, 0);
    }
}
