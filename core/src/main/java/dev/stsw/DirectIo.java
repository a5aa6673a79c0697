package dev.stsw;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/// Channels that go past the page cache (O_DIRECT): positions, sizes and memory must be multiples of a block.
final class DirectIo {
    /// Larger than any page or sector; a file system that says more means something else.
    private static final int MAX_BLOCK = 1 << 16;

    private DirectIo() {}

    /// Bytes in a block of the file system that holds a file; 0 where it cannot be used.
    static int blockSize(Path file) throws IOException {
        long size = Files.getFileStore(file).getBlockSize();
        return Long.bitCount(size) == 1 && size <= MAX_BLOCK ? (int) size : 0;
    }

    /// The option that opens such a channel. Taken by its name, because the compiler lets nobody use the type without a
    /// warning that cannot be turned off.
    ///
    /// @throws UnsupportedOperationException if the virtual machine has none
    static OpenOption option() {
        try {
            for (Object option :
                    Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants()) {
                if (option.toString().equals("DIRECT")) {
                    return (OpenOption) option;
                }
            }
        } catch (ClassNotFoundException e) {
            throw new UnsupportedOperationException("no direct I/O in this virtual machine", e);
        }
        throw new UnsupportedOperationException("no direct I/O in this virtual machine");
    }
}
