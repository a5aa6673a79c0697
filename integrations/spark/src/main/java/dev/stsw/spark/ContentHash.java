package dev.stsw.spark;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * Hashes whole files in tasks of a range each: SHA-256 over the SHA-256s of blocks, because one SHA-256 of a large file could
 * only be computed from its start to its end.
 */
final class ContentHash {
    static final int BLOCK_BYTES = 1 << 20;

    private static final StructType SCHEMA =
            new StructType().add("file", DataTypes.StringType, false).add("content", DataTypes.StringType, true);

    private ContentHash() {}

    /** Columns 'file' and 'content', of those files whose size others have, too; null for what cannot be read. */
    static Dataset<Row> of(SparkSession spark, List<Listing.Entry> files) {
        Map<Long, Integer> sizes = new HashMap<>();
        files.forEach(file -> sizes.merge(file.size(), 1, Integer::sum));
        List<Listing.Entry> candidates = files.stream()
                .filter(file -> sizes.getOrDefault(file.size(), 0) > 1)
                .toList();
        long splitBytes = Math.max(1, Session.splitBytes(spark) / BLOCK_BYTES) * BLOCK_BYTES;
        HadoopConf conf = Session.hadoopConf(spark);
        JavaRDD<Row> rows = Session.ranges(spark, candidates, splitBytes, false)
                .mapToPair(range -> new Tuple2<>(range.file(), new Tuple2<>(range.from(), blocks(conf, range))))
                .groupByKey()
                .map(file -> RowFactory.create(file._1(), joined(file._2())));
        return spark.createDataFrame(rows, SCHEMA);
    }

    /** The SHA-256 of each block of a range; none if they cannot be read. */
    private static byte[] blocks(HadoopConf conf, FileRange range) {
        ByteArrayOutputStream digests = new ByteArrayOutputStream();
        byte[] block = new byte[BLOCK_BYTES];
        MessageDigest sha256 = sha256();
        long end = Math.min(range.size(), range.to());
        try (HadoopChannel channel =
                HadoopChannel.sequential(conf.get(), range.file(), range.size(), range.from(), end)) {
            for (long at = range.from(); at < end; at += BLOCK_BYTES) {
                ByteBuffer bytes = ByteBuffer.wrap(block, 0, (int) Math.min(BLOCK_BYTES, end - at));
                TensorFile.fill(channel.position(at), bytes, range.file());
                sha256.update(bytes.flip());
                digests.writeBytes(sha256.digest());
            }
            return digests.toByteArray();
        } catch (IOException e) {
            return new byte[0]; // The inventory says why: it has read its header, or could not.
        }
    }

    private static @Nullable String joined(Iterable<Tuple2<Long, byte[]>> ranges) {
        List<Tuple2<Long, byte[]>> sorted = new ArrayList<>();
        ranges.forEach(sorted::add);
        sorted.sort((a, b) -> Long.compare(a._1(), b._1()));
        MessageDigest sha256 = sha256();
        for (Tuple2<Long, byte[]> range : sorted) {
            if (range._2().length == 0) {
                return null;
            }
            sha256.update(range._2());
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
