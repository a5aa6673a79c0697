package dev.stsw.onnxruntime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import dev.stsw.Tensor;
import dev.stsw.Tensors;
import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Tensors that own their memory: a buffer that lives as long as the tensor.
final class Copies {
    /// Above, ONNX Runtime refuses buffers.
    static final long MAX_BYTES = Integer.MAX_VALUE - 8;

    private static final int NAMED = 20;

    private Copies() {}

    static OnnxTensor of(Tensor tensor, OrtEnvironment environment, OnnxJavaType type) throws OrtException {
        DType wanted = OnnxTypes.widened(tensor.dtype(), tensor.shape(), type);
        try (TensorSource source = Tensors.source(Map.of("tensor", tensor))) {
            return read(source, source.tensors().get(0), wanted, environment);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Map<String, OnnxTensor> load(TensorSource source, OrtEnvironment environment, @Nullable DType floats)
            throws IOException, OrtException {
        refuseTogether(source.tensors(), floats);
        Map<String, OnnxTensor> tensors =
                LinkedHashMap.newLinkedHashMap(source.tensors().size());
        try {
            for (TensorSpec tensor : source.tensors()) {
                DType wanted = OnnxTypes.wanted(tensor.dtype(), floats);
                tensors.put(tensor.name(), read(source, tensor, wanted, environment));
            }
            return tensors;
        } catch (IOException | OrtException | RuntimeException | Error e) {
            tensors.values().forEach(OnnxTensor::close);
            throw e;
        }
    }

    static OnnxTensor read(TensorSource source, TensorSpec tensor, DType wanted, OrtEnvironment environment)
            throws IOException, OrtException {
        requireFits(
                "tensor " + TensorSpec.quote(tensor.name()),
                wanted.byteSize(tensor.shape().elementCount()));
        ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(tensor.byteSize()));
        try (ReadableByteChannel channel = source.open(tensor.name())) {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes) < 0) {
                    throw new EOFException(tensor.name() + ": " + bytes.remaining() + " bytes less than expected");
                }
            }
        }
        bytes.flip();
        if (wanted != tensor.dtype()) {
            Tensor values = Tensor.of(tensor.dtype(), tensor.shape(), MemorySegment.ofBuffer(bytes));
            bytes = values.widen(wanted).data().asByteBuffer();
        }
        return tensor(bytes, tensor.shape(), OnnxTypes.exact(wanted, tensor.shape()), environment);
    }

    static OnnxTensor tensor(ByteBuffer bytes, Shape shape, OnnxJavaType type, OrtEnvironment environment)
            throws OrtException {
        return OnnxTensor.createTensor(environment, bytes.order(ByteOrder.nativeOrder()), shape.toArray(), type);
    }

    static void requireFits(String what, long byteSize) {
        if (byteSize > MAX_BYTES) {
            throw new IllegalArgumentException(
                    what + " takes " + byteSize + " bytes: ONNX Runtime's Java takes less than 2 GiB");
        }
    }

    private static void refuseTogether(List<TensorSpec> tensors, @Nullable DType floats) {
        List<TensorSpec> refused = tensors.stream()
                .filter(tensor -> OnnxTypes.exact(OnnxTypes.wanted(tensor.dtype(), floats))
                        .isEmpty())
                .toList();
        if (!refused.isEmpty()) {
            String all = refused.stream()
                    .limit(NAMED)
                    .map(tensor -> "tensor " + TensorSpec.quote(tensor.name()) + ", " + tensor.dtype() + " "
                            + tensor.shape() + ": " + OnnxTypes.noSuchTensors(tensor.dtype()))
                    .collect(Collectors.joining("\n"));
            throw new UnsupportedOperationException(
                    refused.size() <= NAMED ? all : all + "\n… and " + (refused.size() - NAMED) + " more");
        }
    }

    static Tensor back(OnnxTensor tensor) {
        TensorInfo info = tensor.getInfo();
        DType dtype = dtype(info);
        return Tensor.of(dtype, Shape.of(info.getShape()), MemorySegment.ofBuffer(tensor.getByteBuffer()));
    }

    static DType dtype(TensorInfo info) {
        return OnnxTypes.dtype(info.type)
                .orElseThrow(() ->
                        new UnsupportedOperationException("tensor of " + info.onnxType + OnnxTypes.NOT_HANDED_OUT));
    }
}
