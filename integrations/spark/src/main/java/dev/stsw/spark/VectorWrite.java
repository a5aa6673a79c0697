package dev.stsw.spark;

import dev.stsw.format.ShardIndex;
import dev.stsw.spark.WrittenShards.Shard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.DataWriterFactory;
import org.apache.spark.sql.connector.write.PhysicalWriteInfo;
import org.apache.spark.sql.connector.write.WriterCommitMessage;

/**
 * Writes a table of vectors: tasks write shards under names that no other write uses, and the driver brings them in, then the
 * index, and only then removes what was there before. Until the index is replaced, the old data is whole.
 */
final class VectorWrite implements BatchWrite {
    static final String INDEX = "model" + Listing.SUFFIX + ShardIndex.SUFFIX;

    private final SourceOptions options;
    private final VectorLayout layout;
    private final String queryId;
    private final boolean truncate;
    private final HadoopConf conf;
    private final Path folder;
    private final Path scratch;

    VectorWrite(SourceOptions options, VectorLayout layout, String queryId, boolean truncate) {
        this.options = options;
        this.layout = layout;
        this.queryId = queryId;
        this.truncate = truncate;
        this.conf = options.hadoopConf();
        this.folder = new Path(options.folder());
        this.scratch = new Path(folder, "_temporary-" + queryId);
    }

    @Override
    public DataWriterFactory createBatchWriterFactory(PhysicalWriteInfo info) {
        try {
            FileSystem fs = folder.getFileSystem(conf.get());
            fs.mkdirs(folder);
            // What an object store renames it copies: there, shards are written where they stay, and wait for the
            // index.
            Path to = HadoopOutput.publishesOnClose(fs) ? folder : scratch;
            return new VectorWriterFactory(
                    conf,
                    layout,
                    to.toString(),
                    "part-" + queryId.substring(0, 8),
                    options.maxShardBytes(),
                    options.dtype());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean useCommitCoordinator() {
        return true;
    }

    @Override
    public void commit(WriterCommitMessage[] messages) {
        List<Shard> shards = shards(messages);
        try {
            requireOneWidth(shards);
            FileSystem fs = folder.getFileSystem(conf.get());
            List<Path> old = truncate ? others(fs, shards) : List.of();
            Map<String, String> tensors = new LinkedHashMap<>();
            long total = truncate ? 0 : readIndex(fs, tensors);
            for (Shard shard : shards) {
                Path place = new Path(folder, shard.name());
                if (!shard.written().equals(place.toString())) {
                    HadoopOutput.replace(conf.get(), new Path(shard.written()), place);
                }
                shard.tensors().forEach(name -> tensors.put(name, shard.name()));
                total += shard.bytes();
            }
            if (tensors.isEmpty()) {
                fs.delete(new Path(folder, INDEX), false);
            } else {
                writeIndex(new ShardIndex(OptionalLong.of(total), tensors).toBytes());
            }
            for (Path file : old) {
                fs.delete(file, false);
            }
            fs.delete(scratch, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Shard> shards(WriterCommitMessage[] messages) {
        List<Shard> shards = new ArrayList<>();
        for (WriterCommitMessage message : messages) {
            if (message instanceof WrittenShards written) {
                shards.addAll(written.shards());
            }
        }
        return shards;
    }

    /** Vectors of one table are of one space. */
    private static void requireOneWidth(List<Shard> shards) {
        for (Shard shard : shards) {
            if (shard.width() != shards.get(0).width()) {
                throw new IllegalArgumentException(
                        "vectors differ in length: " + shards.get(0).width() + " and " + shard.width() + " elements");
            }
        }
    }

    /** What was there before: on an object store, new shards are in their place already. */
    private List<Path> others(FileSystem fs, List<Shard> shards) throws IOException {
        Set<String> names = shards.stream().map(Shard::name).collect(Collectors.toSet());
        List<Path> files = new ArrayList<>();
        for (FileStatus file : fs.listStatus(folder)) {
            String name = file.getPath().getName();
            if (file.isFile() && Listing.isModel(name) && !names.contains(name)) {
                files.add(file.getPath());
            }
        }
        return files;
    }

    /** What was appended to; returns its bytes. */
    private long readIndex(FileSystem fs, Map<String, String> tensors) throws IOException {
        Path index = new Path(folder, INDEX);
        if (!fs.exists(index)) {
            return 0;
        }
        try (FSDataInputStream in = fs.open(index)) {
            ShardIndex old = ShardIndex.parse(in.readAllBytes());
            tensors.putAll(old.files());
            return old.totalSize().orElse(0);
        }
    }

    private void writeIndex(byte[] json) throws IOException {
        String place = new Path(folder, INDEX).toString();
        try (HadoopOutput index = HadoopOutput.create(conf.get(), place, scratch.toString(), "index")) {
            index.stream().write(json);
            index.publish();
        }
    }

    @Override
    public void abort(WriterCommitMessage[] messages) {
        try {
            FileSystem fs = folder.getFileSystem(conf.get());
            for (Shard shard : shards(messages)) {
                fs.delete(new Path(shard.written()), false);
                fs.delete(new Path(folder, shard.name()), false);
            }
            fs.delete(scratch, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
