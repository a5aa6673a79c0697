package dev.stsw.spark;

import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.TensorSpec;
import dev.stsw.spark.WrittenShards.Shard;
import dev.stsw.stream.Narrowing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.jspecify.annotations.Nullable;

/** Writes one partition's vectors and ids into shards, each with checksums. */
final class VectorWriter implements DataWriter<InternalRow> {
    private final Configuration conf;
    private final VectorLayout layout;
    private final String folder;
    private final String prefix;
    private final long maxShardBytes;
    private final DType dtype;
    private final List<Shard> shards = new ArrayList<>();
    private @Nullable Spill vectors;
    private @Nullable Spill ids;
    private ByteBuffer row = ByteBuffer.allocate(0);
    private int width = -1;
    private long count;

    VectorWriter(
            Configuration conf, VectorLayout layout, String folder, String prefix, long maxShardBytes, DType dtype) {
        this.conf = conf;
        this.layout = layout;
        this.folder = folder;
        this.prefix = prefix;
        this.maxShardBytes = maxShardBytes;
        this.dtype = dtype;
    }

    @Override
    public void write(InternalRow from) throws IOException {
        float[] vector = layout.vector(from);
        if (width < 0) {
            width = vector.length;
            int bytes = Math.toIntExact(dtype.byteSize(width));
            row = ByteBuffer.allocate(Math.max(bytes, Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        } else if (vector.length != width) {
            throw new IllegalArgumentException(
                    "vectors differ in length: " + width + " and " + vector.length + " elements");
        }
        long size = row.capacity() + (layout.hasIds() ? Long.BYTES : 0L);
        if (vectors != null && (count + 1) * size > maxShardBytes) {
            finishShard();
        }
        if (vectors == null) {
            vectors = new Spill();
            ids = layout.hasIds() ? new Spill() : null;
        }
        row.clear();
        Narrowing.write(dtype, vector, 0, width, row);
        vectors.write(row.array(), Math.toIntExact(dtype.byteSize(width)));
        if (ids != null) {
            row.clear().putLong(layout.id(from));
            ids.write(row.array(), Long.BYTES);
        }
        count++;
    }

    private void finishShard() throws IOException {
        Spill data = vectors;
        if (data == null) {
            return;
        }
        String number = String.format(Locale.ROOT, "-%05d", shards.size() + 1);
        List<TensorSpec> tensors = new ArrayList<>();
        List<Spill> spills = new ArrayList<>();
        tensors.add(TensorSpec.of(layout.vectorName() + "." + prefix + number, dtype, count, width));
        spills.add(data);
        if (ids != null) {
            // 8 bytes an element first, as the reference would.
            tensors.add(0, TensorSpec.of(layout.idName() + "." + prefix + number, DType.I64, count));
            spills.add(0, ids);
        }
        String name = prefix + number + Listing.SUFFIX;
        Path path = new Path(folder, name);
        FileSystem fs = path.getFileSystem(conf);
        try (FSDataOutputStream out = fs.create(path, true)) {
            out.write(header(tensors, spills));
            for (Spill spill : spills) {
                spill.copyTo(out);
            }
        }
        shards.add(new Shard(
                path.toString(),
                name,
                tensors.stream().map(TensorSpec::name).toList(),
                tensors.stream().mapToLong(TensorSpec::byteSize).sum(),
                width));
        close();
        count = 0;
    }

    private static byte[] header(List<TensorSpec> tensors, List<Spill> spills) {
        Header header = Header.of(tensors, null, 8, true);
        byte[] bytes = header.toBytes();
        header.checksums()
                .orElseThrow()
                .seal(bytes, spills.stream().mapToLong(Spill::crc32).toArray());
        return bytes;
    }

    @Override
    public WriterCommitMessage commit() throws IOException {
        finishShard();
        return new WrittenShards(shards);
    }

    @Override
    public void abort() throws IOException {
        for (Shard shard : shards) {
            Path path = new Path(shard.written());
            path.getFileSystem(conf).delete(path, false);
        }
    }

    @Override
    public void close() throws IOException {
        Spill data = vectors;
        Spill list = ids;
        vectors = null;
        ids = null;
        if (data != null) {
            data.close();
        }
        if (list != null) {
            list.close();
        }
    }
}
