package dev.stsw.publish;

/// When a mapped file is cut, the virtual machine turns the fault into an [InternalError]: late, if the access was
/// compiled, at the next safepoint poll. Inlining can put that poll behind the `catch` that waits for the error, so
/// that the caller would get a zero first and the error afterwards (measured on JDK 25, `getFloat` in a loop).
public final class MappedFaults {
    private static final Object NOBODY_LOCKS_THIS = new Object();

    private MappedFaults() {}

    /// Makes a pending fault come now. Call at the end of a `try` block that looks at mapped memory.
    public static void deliver() {
        // A native method that the compiler has no intrinsic for: on its way back, the virtual machine looks for
        // pending errors. It takes about 15 ns.
        if (Thread.holdsLock(NOBODY_LOCKS_THIS)) {
            throw new AssertionError();
        }
    }
}
