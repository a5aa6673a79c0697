package dev.stsw.torch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;

/**
 * Where the files of a checkpoint lie that is made of several: a folder, a bucket, an archive. Used by several threads at
 * the same time.
 */
@FunctionalInterface
public interface CheckpointFolder {
    /**
     * Opens one file to be read, at its byte 0. Who asks closes it; the same file may be opened again later.
     *
     * @param name plain name of the file: no path, never {@code ..}
     * @throws java.nio.file.NoSuchFileException if there is no such file
     */
    SeekableByteChannel open(String name) throws IOException;

    /** A folder of the file system. */
    static CheckpointFolder of(Path folder) {
        return name -> FileChannel.open(folder.resolve(name));
    }
}
