package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;

/** A and B of a module, as floats, lying as the rows of the weight need them. */
final class LoraProduct {
    /** For each row of the weight, its factors. */
    private final float[][] left;
    /** For each of the rank, a row. */
    private final float[][] right;

    private final int columns;

    private LoraProduct(float[][] left, float[][] right, int columns) {
        this.left = left;
        this.right = right;
        this.columns = columns;
    }

    /** Of the weight. */
    int rows() {
        return left.length;
    }

    /** Of the weight; of a convolution, all that belongs to one of its outputs. */
    int columns() {
        return columns;
    }

    LowRankProduct multiplier() {
        return new LowRankProduct(left, right);
    }

    /**
     * How A and B belong to a weight.
     *
     * @return whether the weight lies as {@code [in, out]}
     * @throws IllegalArgumentException if they do not belong to it
     */
    static boolean isTransposed(LoraModule module, TensorSpec weight, boolean fanInFanOut) {
        Shape a = module.a().shape();
        Shape b = module.b().shape();
        Shape shape = weight.shape();
        boolean inner = a.rank() >= 2
                && b.rank() >= 2
                && a.dimension(0) == b.dimension(1)
                && a.dimension(0) > 0
                && Arrays.stream(b.toArray()).skip(2).allMatch(length -> length == 1);
        boolean plain = inner
                && shape.rank() >= 2
                && shape.dimension(0) == b.dimension(0)
                && Arrays.equals(withoutOnes(shape), withoutOnes(a));
        boolean transposed = inner
                && a.rank() == 2
                && shape.rank() == 2
                && shape.dimension(0) == a.dimension(1)
                && shape.dimension(1) == b.dimension(0);
        if (!plain && !transposed) {
            throw new IllegalArgumentException("A " + a + " and B " + b + " of module "
                    + TensorSpec.quote(module.name()) + " do not make a tensor of the shape of "
                    + TensorSpec.quote(weight.name()) + ", " + shape);
        }
        return transposed && (!plain || fanInFanOut || module.embedding());
    }

    /** All dimensions but the first, and those of 1. */
    private static long[] withoutOnes(Shape shape) {
        return Arrays.stream(shape.toArray())
                .skip(1)
                .filter(length -> length != 1)
                .toArray();
    }

    static LoraProduct read(LoraModule module, TensorSource adapter, boolean transposed) throws IOException {
        int rank = Math.toIntExact(module.rank());
        int out = Math.toIntExact(module.b().shape().dimension(0));
        int in = Math.toIntExact(module.a().shape().elementCount() / rank);
        if (!transposed) {
            float[][] left = rows(module.b(), adapter, out, rank);
            return new LoraProduct(left, rows(module.a(), adapter, rank, in), in);
        }
        float[][] left = columns(module.a(), adapter, rank, in);
        return new LoraProduct(left, columns(module.b(), adapter, out, rank), out);
    }

    private static float[][] rows(TensorSpec tensor, TensorSource adapter, int rows, int columns) throws IOException {
        float[][] values = new float[rows][columns];
        readRows(tensor, adapter, columns, (row, from) -> System.arraycopy(from, 0, values[row], 0, columns));
        return values;
    }

    /** The same the other way round. */
    private static float[][] columns(TensorSpec tensor, TensorSource adapter, int rows, int columns)
            throws IOException {
        float[][] values = new float[columns][rows];
        readRows(tensor, adapter, columns, (row, from) -> {
            for (int i = 0; i < columns; i++) {
                values[i][row] = from[i];
            }
        });
        return values;
    }

    private interface Row {
        void take(int row, float[] values);
    }

    private static void readRows(TensorSpec tensor, TensorSource adapter, int columns, Row taker) throws IOException {
        DType dtype = tensor.dtype();
        ByteBuffer buffer = ByteBuffer.allocateDirect(Math.toIntExact(dtype.byteSize(columns)));
        Elements elements = Elements.of(buffer);
        float[] row = new float[columns];
        long rows = columns == 0 ? 0 : tensor.shape().elementCount() / columns;
        try (ReadableByteChannel bytes = adapter.open(tensor.name())) {
            for (int i = 0; i < rows; i++) {
                buffer.clear();
                while (buffer.hasRemaining()) {
                    if (bytes.read(buffer) < 0) {
                        throw new EOFException("the source ends inside tensor " + TensorSpec.quote(tensor.name()));
                    }
                }
                elements.toFloats(dtype, 0, row, 0, columns);
                taker.take(i, row);
            }
        }
    }
}
