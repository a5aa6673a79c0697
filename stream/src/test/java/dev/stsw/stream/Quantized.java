package dev.stsw.stream;

import dev.stsw.format.Header;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/** Tensors in memory as a source, one channel open at a time unless it is concurrent. */
final class Quantized implements TensorSource {
    private final Map<TensorSpec, byte[]> tensors;
    private final boolean concurrent;
    private int open;

    Quantized(Map<TensorSpec, byte[]> tensors, boolean concurrent) {
        this.tensors = tensors;
        this.concurrent = concurrent;
    }

    static Path golden(String name) {
        return Path.of(System.getProperty("stsw.root"), "interop", "golden", "quantized", name);
    }

    static Quantized of(Path file, boolean concurrent) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int length = (int)
                ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong();
        Header header = Header.wrap(Arrays.copyOf(bytes, 8 + length), bytes.length);
        Map<TensorSpec, byte[]> tensors = new LinkedHashMap<>();
        for (TensorMeta tensor : header.tensors()) {
            int start = 8 + length;
            tensors.put(
                    tensor.toSpec(),
                    Arrays.copyOfRange(bytes, start + (int) tensor.offsetBegin(), start + (int) tensor.offsetEnd()));
        }
        return new Quantized(tensors, concurrent);
    }

    /** The bytes of a tensor, asked for in odd portions. */
    static byte[] read(TensorSource source, String name) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(1013);
        try (ReadableByteChannel channel = source.open(name)) {
            while (channel.read(buffer.clear()) >= 0) {
                all.write(buffer.array(), 0, buffer.position());
            }
        }
        return all.toByteArray();
    }

    static float[] floats(TensorSource source, String name) throws IOException {
        TensorSpec tensor = source.tensors().stream()
                .filter(spec -> spec.name().equals(name))
                .findFirst()
                .orElseThrow();
        float[] values = new float[(int) tensor.shape().elementCount()];
        Elements.of(ByteBuffer.wrap(read(source, name))).toFloats(tensor.dtype(), 0, values, 0, values.length);
        return values;
    }

    static Shape shape(String cell) {
        return Shape.of(
                Arrays.stream(cell.split(",", -1)).mapToLong(Long::parseLong).toArray());
    }

    @Override
    public List<TensorSpec> tensors() {
        return List.copyOf(tensors.keySet());
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return Optional.empty();
    }

    @Override
    public boolean concurrent() {
        return concurrent;
    }

    @Override
    public ReadableByteChannel open(String name) {
        byte[] bytes = tensors.entrySet().stream()
                .filter(entry -> entry.getKey().name().equals(name))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException(name));
        if (!concurrent && open > 0) {
            throw new IllegalStateException("a second channel is open");
        }
        open++;
        InputStream in = new ByteArrayInputStream(bytes);
        return new ForwardingSource.Channel(Channels.newChannel(in)) {
            @Override
            public void close() {
                open--;
            }
        };
    }

    /** Channels that nobody closed. */
    int open() {
        return open;
    }

    @Override
    public void close() {}
}
