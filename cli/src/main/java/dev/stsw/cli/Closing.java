package dev.stsw.cli;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/// Closes what was opened together.
final class Closing {
    private Closing() {}

    /// All of them, whatever becomes of one.
    static void all(List<? extends Closeable> resources) throws IOException {
        IOException first = null;
        for (Closeable resource : resources) {
            try {
                resource.close();
            } catch (IOException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /// When something went wrong, which is what is told: what closing adds to it is attached.
    static void after(Throwable fault, Closeable resource) {
        try {
            resource.close();
        } catch (IOException e) {
            fault.addSuppressed(e);
        }
    }
}
