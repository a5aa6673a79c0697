package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Bytes in arrays, as U8 tensors; remembers what was opened. */
final class MemorySource implements TensorSource {
    final Map<String, byte[]> bytes = new LinkedHashMap<>();
    final List<String> opened = new ArrayList<>();
    private final List<TensorSpec> specs = new ArrayList<>();

    MemorySource with(String name, int... values) {
        byte[] array = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            array[i] = (byte) values[i];
        }
        bytes.put(name, array);
        specs.add(TensorSpec.of(name, DType.U8, values.length));
        return this;
    }

    @Override
    public List<TensorSpec> tensors() {
        return specs;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return Optional.of(Map.of("format", "pt"));
    }

    @Override
    public ReadableByteChannel open(String name) {
        opened.add(name);
        return Channels.newChannel(new ByteArrayInputStream(bytes.get(name)));
    }

    @Override
    public void close() {}
}
