package dev.stsw.spark;

import java.io.Serializable;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Which column of a table that is written has the vectors, and which their ids. */
final class VectorLayout implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final String EXPECTED =
            "; format 'safetensors' writes one column of array<float> or array<double>, and"
                    + " beside it at most one of bigint or int, the id";

    private final int vectors;
    private final String vectorName;
    private final boolean doubles;
    private final int ids;
    private final String idName;
    private final boolean longs;

    private VectorLayout(int vectors, String vectorName, boolean doubles, int ids, String idName, boolean longs) {
        this.vectors = vectors;
        this.vectorName = vectorName;
        this.doubles = doubles;
        this.ids = ids;
        this.idName = idName;
        this.longs = longs;
    }

    /**
     * Finds them by their types.
     *
     * @throws IllegalArgumentException if there are other columns than these two
     */
    static VectorLayout of(StructType schema) {
        int vectors = -1;
        int ids = -1;
        for (int i = 0; i < schema.size(); i++) {
            StructField field = schema.fields()[i];
            boolean isVector = field.dataType() instanceof ArrayType array && isFloating(array.elementType());
            boolean isId = field.dataType().equals(DataTypes.LongType)
                    || field.dataType().equals(DataTypes.IntegerType);
            if (isVector ? vectors >= 0 : !isId || ids >= 0) {
                throw new IllegalArgumentException("column '" + field.name() + "' of type "
                        + field.dataType().simpleString() + EXPECTED);
            }
            vectors = isVector ? i : vectors;
            ids = isId ? i : ids;
        }
        if (vectors < 0) {
            throw new IllegalArgumentException("no column of vectors in " + schema.simpleString() + EXPECTED);
        }
        DataType element = ((ArrayType) schema.fields()[vectors].dataType()).elementType();
        return new VectorLayout(
                vectors,
                schema.fields()[vectors].name(),
                element.equals(DataTypes.DoubleType),
                ids,
                ids < 0 ? "" : schema.fields()[ids].name(),
                ids >= 0 && schema.fields()[ids].dataType().equals(DataTypes.LongType));
    }

    private static boolean isFloating(DataType type) {
        return type.equals(DataTypes.FloatType) || type.equals(DataTypes.DoubleType);
    }

    boolean hasIds() {
        return ids >= 0;
    }

    String vectorName() {
        return vectorName;
    }

    String idName() {
        return idName;
    }

    /**
     * The vector of a row.
     *
     * @throws IllegalArgumentException if it is null, or an element is
     */
    float[] vector(InternalRow row) {
        if (row.isNullAt(vectors)) {
            throw new IllegalArgumentException("column '" + vectorName + "' is null in a row: a tensor has no nulls");
        }
        var array = row.getArray(vectors);
        for (int i = 0; i < array.numElements(); i++) {
            if (array.isNullAt(i)) {
                throw new IllegalArgumentException("column '" + vectorName + "' has a null in a vector");
            }
        }
        if (!doubles) {
            return array.toFloatArray();
        }
        double[] values = array.toDoubleArray();
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = (float) values[i];
        }
        return rounded;
    }

    /** The id of a row. */
    long id(InternalRow row) {
        if (row.isNullAt(ids)) {
            throw new IllegalArgumentException("column '" + idName + "' is null in a row: a tensor has no nulls");
        }
        return longs ? row.getLong(ids) : row.getInt(ids);
    }
}
