package dev.stsw.arrow;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;

/// How a tensor lies in a column: its rows are the indices of the first dimension.
///
/// @param field of the column
/// @param rows values of the column
/// @param width numbers in each; 1 where they are no lists
record Columns(Field field, int rows, int width) {
    /// Of lists; the name that pyarrow gives them.
    private static final String ITEM = "item";

    /// Numbers, lists, or from three dimensions on fixed-shape tensors.
    static Columns plain(String name, DType dtype, Shape shape) {
        if (shape.rank() > 2) {
            return fixedShape(name, dtype, shape);
        }
        ArrowType type = ArrowTypes.of(dtype, shape);
        requireFits(name, dtype, shape);
        int rows = shape.rank() == 0 ? 1 : (int) shape.dimension(0);
        return shape.rank() < 2
                ? new Columns(new Field(name, FieldType.nullable(type), null), rows, 1)
                : new Columns(list(name, type, (int) shape.dimension(1), null), rows, (int) shape.dimension(1));
    }

    static Columns fixedShape(String name, DType dtype, Shape shape) {
        if (shape.rank() == 0) {
            throw new IllegalArgumentException(describe(name, dtype, shape) + ": a scalar has no rows; reshape it");
        }
        ArrowType type = ArrowTypes.of(dtype, shape);
        requireFits(name, dtype, shape);
        long[] dimensions = shape.toArray();
        List<Long> row = new ArrayList<>();
        int width = 1;
        for (int i = 1; i < dimensions.length; i++) {
            row.add(dimensions[i]);
            width *= (int) dimensions[i];
        }
        Map<String, String> metadata = FixedShape.metadata(row);
        return new Columns(list(name, type, width, metadata), (int) dimensions[0], width);
    }

    private static Field list(String name, ArrowType type, int width, @Nullable Map<String, String> metadata) {
        FieldType list = new FieldType(true, new ArrowType.FixedSizeList(width), null, metadata);
        return new Field(name, list, List.of(new Field(ITEM, FieldType.nullable(type), null)));
    }

    /// Also each dimension, of a tensor without elements too.
    private static void requireFits(String name, DType dtype, Shape shape) {
        long numbers = 1;
        for (long dimension : shape.toArray()) {
            long factor = Math.max(1, dimension);
            if (factor > Integer.MAX_VALUE / numbers) {
                throw new IllegalArgumentException(describe(name, dtype, shape)
                        + ": a vector of Arrow's Java library has less than 2^31 numbers; take slices, or toIpc");
            }
            numbers *= factor;
        }
    }

    static String describe(String name, DType dtype, Shape shape) {
        return "tensor " + TensorSpec.quote(name) + ", " + dtype + " " + shape;
    }

    /// A vector over a buffer of the values, without nulls. The vector keeps the buffer; the caller's share of it stays
    /// the caller's.
    FieldVector over(ArrowBuf values, BufferAllocator allocator) {
        FieldVector vector = field.createVector(allocator);
        try {
            FieldVector numbers = vector;
            if (vector instanceof FixedSizeListVector lists) {
                lists.loadFieldBuffers(new ArrowFieldNode(rows, 0), withValidity(allocator));
                numbers = lists.getDataVector();
            }
            numbers.loadFieldBuffers(new ArrowFieldNode((long) rows * width, 0), withValidity(allocator, values));
            return vector;
        } catch (RuntimeException | Error e) {
            vector.close();
            throw e;
        }
    }

    /// An empty buffer where nulls would be marked: there are none, and Arrow makes its own of it.
    private static List<ArrowBuf> withValidity(BufferAllocator allocator, ArrowBuf... values) {
        List<ArrowBuf> buffers = new ArrayList<>();
        buffers.add(allocator.getEmpty());
        buffers.addAll(List.of(values));
        return buffers;
    }
}
