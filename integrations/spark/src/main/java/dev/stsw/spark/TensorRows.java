package dev.stsw.spark;

import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.Statistics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.zip.CRC32;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/** Makes rows of the columns that are wanted; bytes are read only for those that need them. */
final class TensorRows implements RowMaker {
    /** The longest array that every JVM makes. */
    private static final long MAX_CELL_BYTES = Integer.MAX_VALUE - 16;

    private final List<TensorColumns> columns;
    private final List<TensorFilter> filters;
    private final long chunkBytes;
    /** Spark prunes the fields of a struct as it prunes columns. */
    private final StructType statistics;

    TensorRows(StructType columns, List<TensorFilter> filters, long chunkBytes) {
        this.columns =
                List.of(columns.fieldNames()).stream().map(TensorColumns::of).toList();
        this.filters = filters;
        this.chunkBytes = chunkBytes;
        this.statistics = List.of(columns.fieldNames()).contains("stats")
                ? (StructType) columns.apply("stats").dataType()
                : new StructType();
    }

    @Override
    public Iterator<InternalRow> rows(TensorFile file) {
        Chunks chunks = new Chunks(file, tensor -> TensorFilter.all(filters, file, tensor), tensor -> chunkBytes);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return chunks.hasNext();
            }

            @Override
            public InternalRow next() {
                try {
                    return row(file, chunks.next());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }

    private InternalRow row(TensorFile file, Chunk chunk) throws IOException {
        byte[] data = columns.contains(TensorColumns.DATA) ? data(file, chunk) : null;
        boolean sum = columns.contains(TensorColumns.CRC32);
        CRC32 crc = new CRC32();
        Statistics found = columns.contains(TensorColumns.STATS) ? statistics(chunk.tensor()) : null;
        if (sum || found != null) {
            look(file, chunk, data, bytes -> {
                if (sum) {
                    crc.update(bytes.duplicate());
                }
                if (found != null) {
                    found.add(bytes);
                }
            });
        }
        Object[] values = new Object[columns.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (columns.get(i)) {
                case CRC32 -> hex(crc.getValue());
                case STATS -> found == null ? null : struct(found);
                default -> value(columns.get(i), file, chunk, data);
            };
        }
        return new GenericInternalRow(values);
    }

    /** Shows the bytes of a chunk once, to all who want to see them: they are fetched if they are not there yet. */
    private static void look(TensorFile file, Chunk chunk, byte @Nullable [] data, TensorFile.Sink sink)
            throws IOException {
        if (data == null) {
            file.read(chunk.position(), chunk.size(), sink);
        } else {
            sink.accept(ByteBuffer.wrap(data));
        }
    }

    private static @Nullable Object value(TensorColumns column, TensorFile file, Chunk chunk, byte @Nullable [] data) {
        TensorMeta tensor = chunk.tensor();
        return switch (column) {
            case FILE -> UTF8String.fromString(file.name());
            case NAME -> UTF8String.fromString(tensor.name());
            case DTYPE -> UTF8String.fromString(tensor.dtype().name());
            case SHAPE -> new GenericArrayData(tensor.shape().toArray());
            case OFFSET -> chunk.position();
            case NBYTES -> tensor.byteSize();
            case CHUNK -> chunk.number();
            case CHUNK_NBYTES -> chunk.size();
            case STORED_CRC32 ->
                tensor.crc32().isEmpty() ? null : hex(tensor.crc32().getAsLong());
            case DATA -> data;
            case CRC32, STATS -> throw new AssertionError(column);
        };
    }

    private static byte[] data(TensorFile file, Chunk chunk) throws IOException {
        if (chunk.size() > MAX_CELL_BYTES) {
            throw new IllegalArgumentException(
                    file.name() + ": tensor " + TensorSpec.quote(chunk.tensor().name()) + " has "
                            + chunk.size() + " bytes, more than a cell of Spark can hold: read it in pieces, with"
                            + " option(\"chunkBytes\", \"64MiB\")");
        }
        return file.read(chunk.position(), (int) chunk.size());
    }

    private static @Nullable Statistics statistics(TensorMeta tensor) {
        return Statistics.supports(tensor.dtype()) ? Statistics.of(tensor.dtype()) : null;
    }

    private InternalRow struct(Statistics of) {
        Object[] values = new Object[statistics.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = statistic(of, statistics.fieldNames()[i]);
        }
        return new GenericInternalRow(values);
    }

    private static @Nullable Object statistic(Statistics of, String field) {
        return switch (field) {
            case "zeros" -> of.zeros();
            case "nan" -> of.nan();
            case "inf" -> of.inf();
            case "min" -> Stats.orNull(of.min());
            case "max" -> Stats.orNull(of.max());
            case "mean" -> Stats.orNull(of.mean());
            default -> throw new IllegalArgumentException(field);
        };
    }

    private static UTF8String hex(long crc) {
        return UTF8String.fromString(Hex.of(crc));
    }
}
