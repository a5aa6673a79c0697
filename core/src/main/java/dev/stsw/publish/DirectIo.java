package dev.stsw.publish;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Set;

/// Channels that go past the page cache (O_DIRECT): positions, sizes and memory must be multiples of a block.
public final class DirectIo {
    /// The largest page of any Linux. Within a page, direct writes must not meet those that go through the cache.
    public static final int GRANULE = 1 << 16;

    /// These take the option, and go through the page cache all the same: it is where their files are.
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

    private DirectIo() {}

    /// What positions and sizes should be multiples of, in bytes: whole blocks of the file system that holds a file,
    /// and whole pages; 0 where it cannot be used.
    public static int blockSize(Path file) throws IOException {
        // On Windows, the JDK opens a second handle for it, which it never uses nor closes.
        if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return 0;
        }
        FileStore store = Files.getFileStore(file);
        if (IN_MEMORY.contains(store.type())) {
            return 0;
        }
        long size = store.getBlockSize();
        // A file system that says more than a page means something else.
        return Long.bitCount(size) == 1 && size <= GRANULE ? GRANULE : 0;
    }

    /// The option that opens such a channel. Taken by its name, because the compiler lets nobody use the type without a
    /// warning that cannot be turned off.
    ///
    /// @throws UnsupportedOperationException if the virtual machine has none
    public static OpenOption option() {
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
