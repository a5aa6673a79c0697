package dev.stsw.spark;

import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The columns with {@code option("rows", "true")}: a row of a matrix each. */
enum RowColumns {
    /** Path with scheme. */
    FILE,
    /** Of the matrix. */
    NAME,
    /** Number within the matrix, from 0. */
    ROW,
    /** From the one list of integers in the file that is as long as the matrix; null if there is not just one. */
    ID,
    /** As F32, rounded to nearest where the dtype has more digits. */
    VALUES;

    static final StructType SCHEMA = new StructType()
            .add("file", DataTypes.StringType, false)
            .add("name", DataTypes.StringType, false)
            .add("row", DataTypes.LongType, false)
            .add("id", DataTypes.LongType, true)
            .add("values", DataTypes.createArrayType(DataTypes.FloatType, false), false);

    static RowColumns of(String field) {
        return values()[SCHEMA.fieldIndex(field)];
    }

    /** Whether bytes of tensors have to be read for it. */
    boolean needsBytes() {
        return this == ID || this == VALUES;
    }
}
