package dev.stsw.spark;

import java.io.IOException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/** The local disk, but for files that are called unreadable. Hadoop makes it by its name. */
public final class BrokenFileSystem extends LocalFileSystem {
    @Override
    public FSDataInputStream open(Path file, int bufferSize) throws IOException {
        if (file.getName().startsWith("unreadable")) {
            throw new IOException("Input/output error");
        }
        return super.open(file, bufferSize);
    }
}
