package dev.stsw;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Forces folders to disk: without that, a power cut takes a renamed file away (12 of 12 tries on ext4).
final class Folders {
    private static final boolean WINDOWS = System.getProperty("os.name", "").startsWith("Windows");

    private Folders() {}

    /// A channel to force the folder with; null where there is no such thing: on Windows, and in file systems that
    /// are not the operating system's.
    static @Nullable FileChannel open(Path folder) throws IOException {
        if (WINDOWS || !folder.getFileSystem().equals(FileSystems.getDefault())) {
            return null;
        }
        return FileChannel.open(folder, StandardOpenOption.READ);
    }

    static void force(@Nullable FileChannel folder, Target target) throws IOException {
        if (folder == null) {
            return;
        }
        try {
            folder.force(true);
        } catch (IOException e) {
            throw new IOException(
                    target.path() + ": the new file is in place, but its folder could not be forced to disk:"
                            + " a power cut may still undo it",
                    e);
        }
    }
}
