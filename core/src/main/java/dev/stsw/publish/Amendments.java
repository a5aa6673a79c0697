package dev.stsw.publish;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// What is to be written over bytes that are in the file already, as the file grows: such as the digits of checksums.
public interface Amendments {
    /// What came up since the last call; null if nothing did.
    @Nullable
    Change take();

    /// Bytes, and where in the file they go.
    record Change(ByteBuffer bytes, long position) {}
}
