package dev.stsw.spark;

import java.io.Closeable;
import java.io.IOException;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;

/**
 * A file that appears whole or not at all: written beside its place and renamed; on an object store in its place, where it
 * appears when the upload is finished, and a rename would copy it.
 */
final class HadoopOutput implements Closeable {
    /** Schemes of stores whose objects appear as a whole when they are closed, and whose rename is a copy. */
    private static final Set<String> OBJECT_STORES =
            Set.of("s3a", "s3", "s3n", "gs", "oss", "cosn", "obs", "swift", "wasb", "wasbs");

    private final Configuration conf;
    private final Path target;
    private final Path written;
    private final FSDataOutputStream stream;
    private boolean published;

    private HadoopOutput(Configuration conf, Path target, Path written, FSDataOutputStream stream) {
        this.conf = conf;
        this.target = target;
        this.written = written;
        this.stream = stream;
    }

    /**
     * Begins a file.
     *
     * @param scratch folder for what is not finished, on the same file system; the one that started the job removes it
     * @param attempt tells this attempt from others at the same file
     */
    static HadoopOutput create(Configuration conf, String target, String scratch, String attempt) throws IOException {
        Path path = new Path(target);
        FileSystem fs = path.getFileSystem(conf);
        Path written = publishesOnClose(fs) ? path : new Path(scratch, attempt + "-" + path.getName());
        return new HadoopOutput(conf, path, written, fs.create(written, true));
    }

    /** To be asked before a job writes anything: its own later attempts may find what an earlier one published. */
    static void requireFree(Configuration conf, String target) throws IOException {
        Path path = new Path(target);
        if (path.getFileSystem(conf).exists(path)) {
            throw new FileAlreadyExistsException(target + ": is there already; new files go elsewhere");
        }
    }

    static boolean publishesOnClose(FileSystem fs) {
        return OBJECT_STORES.contains(fs.getScheme());
    }

    FSDataOutputStream stream() {
        return stream;
    }

    /** Puts the file in its place. What another attempt at the same file put there has the same bytes, and is replaced. */
    void publish() throws IOException {
        stream.close();
        if (!written.equals(target)) {
            target.getFileSystem(conf).mkdirs(target.getParent());
            replace(conf, written, target);
        }
        published = true;
    }

    /** Renames a file to what it replaces, if that is there. */
    static void replace(Configuration conf, Path from, Path to) throws IOException {
        FileContext.getFileContext(to.toUri(), conf).rename(from, to, Options.Rename.OVERWRITE);
    }

    /** Leaves nothing behind unless it was published: an upload that was only closed would appear, cut short. */
    @Override
    public void close() throws IOException {
        if (published) {
            return;
        }
        if (stream.hasCapability("fs.capability.outputstream.abortable")) {
            stream.abort();
            return;
        }
        stream.close();
        target.getFileSystem(conf).delete(written, false);
    }
}
