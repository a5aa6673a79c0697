package dev.stsw.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.connector.write.WriterCommitMessage;

/** What a task wrote, told to the driver. Plain classes: Kryo cannot write records. */
final class WrittenShards implements WriterCommitMessage {
    private static final long serialVersionUID = 1L;

    private final ArrayList<Shard> shards;

    WrittenShards(List<Shard> shards) {
        this.shards = new ArrayList<>(shards);
    }

    List<Shard> shards() {
        return shards;
    }

    /** A file, complete, but not yet where readers look. */
    static final class Shard implements java.io.Serializable {
        private static final long serialVersionUID = 1L;

        private final String written;
        private final String name;
        private final ArrayList<String> tensors;
        private final long bytes;
        private final int width;

        /**
         * @param written where it is
         * @param name what it is to be called
         * @param tensors names of its tensors
         * @param bytes of its tensors
         * @param width elements of a vector
         */
        Shard(String written, String name, List<String> tensors, long bytes, int width) {
            this.written = written;
            this.name = name;
            this.tensors = new ArrayList<>(tensors);
            this.bytes = bytes;
            this.width = width;
        }

        String written() {
            return written;
        }

        String name() {
            return name;
        }

        List<String> tensors() {
            return tensors;
        }

        long bytes() {
            return bytes;
        }

        int width() {
            return width;
        }
    }
}
