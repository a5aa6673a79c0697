package dev.stsw.publish;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;

/// Moves a file over another one, at once or not at all.
///
/// Windows replaces no file that somebody has open or mapped. Scanners of viruses, indexers and backups do that to new
/// files for a moment, so it is worth some tries; whoever else reads the file may do so for hours.
final class Replacement {
    /// In all a second, in steps that double.
    private static final long FIRST_PAUSE_MILLIS = 8;

    private static final int TRIES = 8;

    private Replacement() {}

    /// @throws FileSystemException if the target stays in use; both files are as they were then
    static void move(Path temporary, Path target) throws IOException, InterruptedException {
        long pause = FIRST_PAUSE_MILLIS;
        for (int tries = 1; ; tries++) {
            try {
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
                return;
            } catch (FileSystemException e) {
                if (canReplaceOpenFiles(target) || !Files.isRegularFile(target)) {
                    throw e;
                }
                if (tries == TRIES) {
                    throw inUse(target, e);
                }
            }
            TimeUnit.MILLISECONDS.sleep(pause);
            pause *= 2;
        }
    }

    private static boolean canReplaceOpenFiles(Path target) {
        return target.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /// Windows says "access is denied" of an open file and of a forbidden one, in the words of its language.
    private static FileSystemException inUse(Path target, FileSystemException cause) {
        FileSystemException inUse = new FileSystemException(
                target.toString(),
                null,
                "is in use: another program has it open, or nobody may replace it; what was there still is");
        inUse.initCause(cause);
        return inUse;
    }
}
