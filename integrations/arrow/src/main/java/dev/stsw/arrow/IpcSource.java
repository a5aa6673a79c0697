package dev.stsw.arrow;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.arrow.vector.types.pojo.Field;

/// Columns of an Arrow IPC file. Their bytes come straight from where they lie in the file.
final class IpcSource implements TensorSource {
    private final IpcLayout layout;
    private final List<TensorSpec> tensors;
    /// By name: which of the file's columns it is.
    private final Map<String, Integer> indices;

    private IpcSource(IpcLayout layout, List<TensorSpec> tensors, Map<String, Integer> indices) {
        this.layout = layout;
        this.tensors = tensors;
        this.indices = indices;
    }

    /// If that fails, the file stays open.
    static IpcSource open(SeekableByteChannel file, Predicate<String> columns) throws IOException {
        IpcLayout layout = IpcLayout.read(file);
        List<TensorSpec> tensors = new ArrayList<>();
        Map<String, Integer> indices = new LinkedHashMap<>();
        List<String> refused = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < layout.fields().size(); i++) {
            Field field = layout.fields().get(i);
            String name = field.getName();
            if (!columns.test(name)) {
                continue;
            }
            try {
                if (!names.add(name)) {
                    throw new UnsupportedOperationException("column " + TensorSpec.quote(name) + " is there twice");
                }
                if (field.getDictionary() != null) {
                    throw new UnsupportedOperationException(
                            "column " + TensorSpec.quote(name) + " holds indices of a dictionary");
                }
                DType dtype = VectorBytes.dtype(field);
                tensors.add(new TensorSpec(name, dtype, VectorBytes.shape(field, layout.rows())));
                indices.put(name, i);
            } catch (UnsupportedOperationException | IllegalArgumentException e) {
                refused.add(String.valueOf(e.getMessage()));
            }
        }
        if (!refused.isEmpty()) {
            throw new IOException(
                    "Arrow IPC file: " + String.join("; ", refused) + "; choose the columns that are tensors");
        }
        return new IpcSource(layout, List.copyOf(tensors), indices);
    }

    @Override
    public List<TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return Optional.empty();
    }

    @Override
    public ReadableByteChannel open(String name) {
        Integer index = indices.get(name);
        if (index == null) {
            throw new NoSuchElementException("no column " + TensorSpec.quote(name));
        }
        return new IpcColumn(layout, index);
    }

    @Override
    public void close() throws IOException {
        layout.file().close();
    }
}
