package dev.stsw.cli;

/// What the process tells its caller.
final class ExitCode {
    /// Everything is good.
    static final int GOOD = 0;

    /// The file is bad.
    static final int BAD = 1;

    /// Wrong usage, or it could not be checked.
    static final int UNCHECKED = 2;

    private ExitCode() {}

    /// Of several files: one bad file outweighs any that could not be checked.
    static int worse(int a, int b) {
        return a == BAD || b == BAD ? BAD : Math.max(a, b);
    }
}
