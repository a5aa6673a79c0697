package dev.stsw.spark;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local disk, but for files that are called unreadable. */
public final class BrokenFileSystem extends RawLocalFileSystem {
    @Override
    public URI getUri() {
        return URI.create("broken:///");
    }

    @Override
    public String getScheme() {
        return "broken";
    }

    @Override
    public FSDataInputStream open(Path file, int bufferSize) throws IOException {
        if (file.getName().startsWith("unreadable")) {
            throw new IOException("Input/output error");
        }
        return super.open(file, bufferSize);
    }
}
