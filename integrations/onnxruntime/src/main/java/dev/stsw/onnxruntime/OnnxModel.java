package dev.stsw.onnxruntime;

import dev.stsw.format.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The initializers of an ONNX model's graph. Of the file, which is a protocol buffer (`ModelProto` of onnx.proto),
/// only that is looked at; not the graphs inside of nodes, whose initializers are small.
final class OnnxModel {
    // Fields of onnx.proto.
    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int TENSOR_DIMS = 1;
    private static final int TENSOR_DATA_TYPE = 2;
    private static final int TENSOR_NAME = 8;
    private static final int TENSOR_DATA_LOCATION = 14;
    private static final long EXTERNAL = 1;

    private OnnxModel() {}

    /// @param dataType as ONNX numbers them
    /// @param external whether its values are in another file
    record Initializer(String name, int dataType, Shape shape, boolean external) {}

    /// @throws IOException if the file cannot be read, or is no protocol buffer with a graph
    static List<Initializer> initializers(Path model) throws IOException {
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(model)) {
            MemorySegment bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            List<Initializer> found = new ArrayList<>();
            boolean graph = false;
            Fields fields = new Fields(bytes);
            while (fields.next()) {
                if (fields.number == MODEL_GRAPH) {
                    graph = true;
                    ofGraph(fields.bytes(), found);
                }
            }
            if (!graph) {
                throw new IOException(model + ": no ONNX model: it has no graph");
            }
            return found;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IOException(model + ": no ONNX model: " + e.getMessage(), e);
        }
    }

    private static void ofGraph(MemorySegment graph, List<Initializer> found) {
        Fields fields = new Fields(graph);
        while (fields.next()) {
            if (fields.number == GRAPH_INITIALIZER) {
                found.add(ofTensor(fields.bytes()));
            }
        }
    }

    private static Initializer ofTensor(MemorySegment tensor) {
        String name = "";
        int dataType = 0;
        boolean external = false;
        List<Long> dims = new ArrayList<>();
        Fields fields = new Fields(tensor);
        while (fields.next()) {
            switch (fields.number) {
                case TENSOR_DIMS -> fields.numbers(dims);
                case TENSOR_DATA_TYPE -> dataType = Math.toIntExact(fields.value);
                case TENSOR_NAME ->
                    name = new String(fields.bytes().toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
                case TENSOR_DATA_LOCATION -> external = fields.value == EXTERNAL;
                default -> {}
            }
        }
        Shape shape = Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
        return new Initializer(name, dataType, shape, external);
    }

    /// The fields of one message, one after the other.
    private static final class Fields {
        private static final int VARINT = 0;
        private static final int FIXED64 = 1;
        private static final int LENGTH = 2;
        private static final int FIXED32 = 5;

        private final MemorySegment message;
        private long at;
        private int wire;
        private int number;
        /// Of a varint, its value; of bytes, where they begin.
        private long value;

        Fields(MemorySegment message) {
            this.message = message;
        }

        boolean next() {
            if (at == message.byteSize()) {
                return false;
            }
            long key = varint();
            number = Math.toIntExact(key >>> 3);
            wire = (int) (key & 7);
            switch (wire) {
                case VARINT -> value = varint();
                case FIXED64 -> skip(Long.BYTES);
                case FIXED32 -> skip(Integer.BYTES);
                case LENGTH -> skip(varint());
                default -> throw new IllegalArgumentException("wire type " + wire + " at byte " + at);
            }
            return true;
        }

        private void skip(long length) {
            if (length < 0 || length > message.byteSize() - at) {
                throw new IllegalArgumentException("a field of " + length + " bytes goes beyond the end");
            }
            value = at;
            at += length;
        }

        MemorySegment bytes() {
            if (wire != LENGTH) {
                throw new IllegalArgumentException("field " + number + " has no bytes");
            }
            return message.asSlice(value, at - value);
        }

        /// One number, or many that are packed.
        void numbers(List<Long> into) {
            if (wire == VARINT) {
                into.add(value);
                return;
            }
            Fields packed = new Fields(bytes());
            while (packed.at < packed.message.byteSize()) {
                into.add(packed.varint());
            }
        }

        private long varint() {
            long result = 0;
            for (int shift = 0; shift < Long.SIZE; shift += 7) {
                byte part = message.get(ValueLayout.JAVA_BYTE, at++);
                result |= (part & 0x7fL) << shift;
                if (part >= 0) {
                    return result;
                }
            }
            throw new IllegalArgumentException("a number of more than 64 bits at byte " + at);
        }
    }
}
