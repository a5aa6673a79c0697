package dev.stsw.spark;

import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The columns of a row that is a tensor, or a chunk of one. */
enum TensorColumns {
    /** Path with scheme. */
    FILE,
    NAME,
    /** As in the header: {@code BF16}. */
    DTYPE,
    /** Outermost dimension first. */
    SHAPE,
    /** Bytes from the start of the file to the row's first. */
    OFFSET,
    /** Bytes of the whole tensor. */
    NBYTES,
    /** Number of the chunk within its tensor, from 0. */
    CHUNK,
    /** Bytes of the row. */
    CHUNK_NBYTES,
    /** CRC-32 of the row's bytes as 8 hex digits: they are read for it. */
    CRC32,
    /** CRC-32 of the whole tensor that the file itself carries; null if it carries none. */
    STORED_CRC32,
    /** The row's bytes, little-endian. */
    DATA,
    /** What the row's values are like: they are read for it. Null for types whose values are not known. */
    STATS;

    private static final StructType STATISTICS = new StructType()
            .add("zeros", DataTypes.LongType, false)
            .add("nan", DataTypes.LongType, false)
            .add("inf", DataTypes.LongType, false)
            .add("min", DataTypes.DoubleType, true)
            .add("max", DataTypes.DoubleType, true)
            .add("mean", DataTypes.DoubleType, true);

    static final StructType SCHEMA = new StructType()
            .add("file", DataTypes.StringType, false)
            .add("name", DataTypes.StringType, false)
            .add("dtype", DataTypes.StringType, false)
            .add("shape", DataTypes.createArrayType(DataTypes.LongType, false), false)
            .add("offset", DataTypes.LongType, false)
            .add("nbytes", DataTypes.LongType, false)
            .add("chunk", DataTypes.LongType, false)
            .add("chunk_nbytes", DataTypes.LongType, false)
            .add("crc32", DataTypes.StringType, false)
            .add("stored_crc32", DataTypes.StringType, true)
            .add("data", DataTypes.BinaryType, false)
            .add("stats", STATISTICS, true);

    static TensorColumns of(String field) {
        return values()[SCHEMA.fieldIndex(field)];
    }

    /** Whether the tensor's bytes have to be read for it. */
    boolean needsBytes() {
        return this == CRC32 || this == DATA || this == STATS;
    }
}
