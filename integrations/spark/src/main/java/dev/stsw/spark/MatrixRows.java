package dev.stsw.spark;

import dev.stsw.format.DType;
import dev.stsw.format.SafetensorsException;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.Elements;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/** Makes a row of each row of a file's matrices, some megabytes of them at a time. */
final class MatrixRows implements RowMaker {
    private static final int BLOCK_BYTES = 4 << 20;

    private final List<RowColumns> columns;
    private final List<TensorFilter> filters;

    MatrixRows(StructType columns, List<TensorFilter> filters) {
        this.columns =
                List.of(columns.fieldNames()).stream().map(RowColumns::of).toList();
        this.filters = filters;
    }

    /** Matrices of types that have numbers, whose rows begin at bytes. */
    private static boolean isMatrix(TensorMeta tensor) {
        return tensor.shape().rank() == 2
                && tensor.byteSize() > 0
                && tensor.dtype() != DType.F6_E2M3
                && tensor.dtype() != DType.F6_E3M2
                && tensor.dtype() != DType.C64
                && (tensor.dtype() != DType.F4 || tensor.shape().dimension(1) % 2 == 0);
    }

    @Override
    public Iterator<InternalRow> rows(TensorFile file) throws SafetensorsException {
        Chunks runs = new Chunks(
                file, tensor -> isMatrix(tensor) && TensorFilter.all(filters, file, tensor), MatrixRows::rowBytes);
        return new Rows(file, runs);
    }

    private static long rowBytes(TensorMeta matrix) {
        return matrix.byteSize() / matrix.shape().dimension(0);
    }

    /** The ids of a matrix's rows. */
    private static @Nullable TensorMeta idsOf(TensorFile file, TensorMeta matrix) {
        List<TensorMeta> lists = file.header().tensors().stream()
                .filter(tensor -> tensor.shape().rank() == 1
                        && tensor.shape().dimension(0) == matrix.shape().dimension(0)
                        && (tensor.dtype() == DType.I64 || tensor.dtype() == DType.I32))
                .toList();
        return lists.size() == 1 ? lists.get(0) : null;
    }

    private final class Rows implements Iterator<InternalRow> {
        private final TensorFile file;
        private final Chunks runs;
        private @Nullable Chunk run;
        private @Nullable TensorMeta ids;
        /** Rows of the run that were given out, and those of them before the block. */
        private long done;

        private long blockStart;
        private int blockRows;
        private @Nullable ByteBuffer values;
        private @Nullable ByteBuffer idBytes;

        Rows(TensorFile file, Chunks runs) {
            this.file = file;
            this.runs = runs;
        }

        private long rows(Chunk of) {
            return of.size() / rowBytes(of.tensor());
        }

        @Override
        public boolean hasNext() {
            return (run != null && done < rows(run)) || runs.hasNext();
        }

        @Override
        public InternalRow next() {
            Chunk of = run;
            if (of == null || done == rows(of)) {
                of = runs.nextRun();
                run = of;
                ids = columns.contains(RowColumns.ID) ? idsOf(file, of.tensor()) : null;
                done = 0;
                blockStart = 0;
                blockRows = 0;
            }
            try {
                if (done == blockStart + blockRows) {
                    readBlock(of);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            InternalRow row = row(of, (int) (done - blockStart));
            done++;
            return row;
        }

        private void readBlock(Chunk of) throws IOException {
            long width = rowBytes(of.tensor());
            if (width > Integer.MAX_VALUE / Float.BYTES) {
                throw new IllegalArgumentException(
                        file.name() + ": tensor " + TensorSpec.quote(of.tensor().name()) + " has rows of " + width
                                + " bytes, more than a cell of Spark can hold");
            }
            blockStart = done;
            blockRows = (int) Math.min(rows(of) - done, Math.max(1, BLOCK_BYTES / width));
            if (columns.contains(RowColumns.VALUES)) {
                values = ByteBuffer.wrap(file.read(of.position() + done * width, (int) (blockRows * width)));
            }
            TensorMeta list = ids;
            if (list != null) {
                int bytes = list.dtype().bits() / 8;
                long position = file.header().dataStart() + list.offsetBegin() + (of.number() + done) * bytes;
                idBytes =
                        ByteBuffer.wrap(file.read(position, blockRows * bytes)).order(ByteOrder.LITTLE_ENDIAN);
            }
        }

        private InternalRow row(Chunk of, int inBlock) {
            Object[] cells = new Object[columns.size()];
            for (int i = 0; i < cells.length; i++) {
                cells[i] = switch (columns.get(i)) {
                    case FILE -> UTF8String.fromString(file.name());
                    case NAME -> UTF8String.fromString(of.tensor().name());
                    case ROW -> of.number() + done;
                    case ID -> id(inBlock);
                    case VALUES -> floats(of, inBlock);
                };
            }
            return new GenericInternalRow(cells);
        }

        private @Nullable Long id(int inBlock) {
            ByteBuffer bytes = idBytes;
            if (ids == null || bytes == null) {
                return null;
            }
            return ids.dtype() == DType.I64
                    ? bytes.getLong(inBlock * Long.BYTES)
                    : bytes.getInt(inBlock * Integer.BYTES);
        }

        private UnsafeArrayData floats(Chunk of, int inBlock) {
            int width = Math.toIntExact(of.tensor().shape().dimension(1));
            float[] floats = new float[width];
            ByteBuffer block = values;
            if (block == null) {
                throw new AssertionError("no block was read");
            }
            Elements.of(block).toFloats(of.tensor().dtype(), (long) inBlock * width, floats, 0, width);
            return UnsafeArrayData.fromPrimitiveArray(floats);
        }
    }
}
