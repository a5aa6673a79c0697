package dev.stsw.arrow;

import dev.stsw.Tensor;
import dev.stsw.format.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.util.AutoCloseables;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// Writes tensors as the columns of an Arrow IPC file, batch by batch.
final class IpcFiles {
    static final long BATCH_BYTES = 64L << 20;

    private final Map<String, Tensor> columns;
    private final Map<String, DType> wide;
    private final BufferAllocator allocator;
    private final long rows;

    private IpcFiles(Map<String, Tensor> columns, Map<String, DType> wide, BufferAllocator allocator) {
        this.columns = columns;
        this.wide = wide;
        this.allocator = allocator;
        this.rows = rows(columns);
        requireTypes();
    }

    static void write(
            Map<String, Tensor> columns,
            Map<String, DType> wide,
            WritableByteChannel out,
            BufferAllocator allocator,
            long batchBytes)
            throws IOException {
        new IpcFiles(columns, wide, allocator).write(out, batchBytes);
    }

    private static long rows(Map<String, Tensor> columns) {
        Map<Long, List<String>> counts = columns.entrySet().stream()
                .filter(column -> column.getValue().shape().rank() > 0)
                .collect(Collectors.groupingBy(
                        column -> column.getValue().shape().dimension(0),
                        Collectors.mapping(IpcFiles::describe, Collectors.toList())));
        columns.entrySet().stream()
                .filter(column -> column.getValue().shape().rank() == 0)
                .findFirst()
                .ifPresent(scalar -> {
                    throw new IllegalArgumentException(describe(scalar) + ": a scalar has no rows; reshape it");
                });
        if (counts.size() != 1) {
            throw new IllegalArgumentException(
                    counts.isEmpty()
                            ? "no columns to write"
                            : "columns have as many rows as their first dimension says, and these differ: "
                                    + counts.values().stream()
                                            .map(same -> same.get(0))
                                            .collect(Collectors.joining("; ")));
        }
        return counts.keySet().iterator().next();
    }

    private static String describe(Map.Entry<String, Tensor> column) {
        return Columns.describe(
                column.getKey(), column.getValue().dtype(), column.getValue().shape());
    }

    private void requireTypes() {
        columns.forEach((name, tensor) -> {
            if (wanted(name) != tensor.dtype()) {
                ArrowTypes.requireWidening(tensor.dtype(), wanted(name));
            }
        });
        List<String> refused = columns.entrySet().stream()
                .filter(column -> ArrowTypes.find(wanted(column.getKey())) == null)
                .map(column -> describe(column) + ": "
                        + ArrowTypes.noSuchType(column.getValue().dtype()))
                .toList();
        if (!refused.isEmpty()) {
            throw new UnsupportedOperationException(String.join("\n", refused));
        }
    }

    private Tensor tensor(String name) {
        return Objects.requireNonNull(columns.get(name));
    }

    private DType wanted(String name) {
        return wide.getOrDefault(name, tensor(name).dtype());
    }

    private void write(WritableByteChannel out, long batchBytes) throws IOException {
        long batch = Math.clamp(batchBytes / Math.max(1, rowBytes()), 1, Integer.MAX_VALUE);
        List<Field> fields = new ArrayList<>();
        for (String name : columns.keySet()) {
            fields.add(column(name, part(name, 0, Math.min(batch, rows))).field());
        }
        try (VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(fields), allocator);
                ArrowFileWriter writer = new ArrowFileWriter(root, null, new Unclosed(out))) {
            writer.start();
            for (long from = 0; from < rows; from += batch) {
                load(root, from, Math.min(from + batch, rows));
                writer.writeBatch();
            }
            writer.end();
        }
    }

    /// Of all columns together.
    private long rowBytes() {
        return columns.entrySet().stream()
                .mapToLong(column -> {
                    long numbers = column.getValue().shape().elementCount() / Math.max(1, rows);
                    return numbers * wanted(column.getKey()).bits() / Byte.SIZE;
                })
                .sum();
    }

    private Tensor part(String name, long from, long to) {
        return tensor(name).slice(0, from, to);
    }

    private Columns column(String name, Tensor part) {
        return Columns.plain(name, wanted(name), part.shape());
    }

    private void load(VectorSchemaRoot root, long from, long to) throws IOException {
        List<FieldVector> vectors = new ArrayList<>();
        try {
            for (String name : columns.keySet()) {
                Tensor part = part(name, from, to);
                vectors.add(Copying.vector(part, wanted(name), column(name, part), allocator));
            }
            try (ArrowRecordBatch batch = new VectorUnloader(new VectorSchemaRoot(vectors)).getRecordBatch()) {
                new VectorLoader(root).load(batch);
            }
        } finally {
            AutoCloseables.closeNoChecked(AutoCloseables.all(vectors));
        }
    }

    /// Arrow closes what it has written to; the caller may go on.
    private record Unclosed(WritableByteChannel out) implements WritableByteChannel {
        @Override
        public int write(ByteBuffer bytes) throws IOException {
            return out.write(bytes);
        }

        @Override
        public boolean isOpen() {
            return out.isOpen();
        }

        @Override
        public void close() {}
    }
}
