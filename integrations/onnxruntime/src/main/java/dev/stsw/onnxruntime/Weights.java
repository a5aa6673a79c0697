package dev.stsw.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.stsw.Model;
import dev.stsw.StreamReader;
import dev.stsw.Tensor;
import dev.stsw.format.DType;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What the initializers of a session are taken from. Its text says what it is, in messages.
abstract class Weights {
    private final String text;

    private Weights(String text) {
        this.text = text;
    }

    abstract Optional<TensorSpec> find(String name) throws IOException;

    /// A tensor of these weights, of a dtype that holds its values; valid as long as what they come from.
    abstract OnnxTensor tensor(TensorSpec tensor, DType wanted, OrtEnvironment environment)
            throws IOException, OrtException;

    @Override
    public String toString() {
        return text;
    }

    static Weights of(StreamReader reader) {
        return new Weights(reader.toString()) {
            @Override
            Optional<TensorSpec> find(String name) {
                return reader.header().find(name).map(TensorMeta::toSpec);
            }

            @Override
            OnnxTensor tensor(TensorSpec tensor, DType wanted, OrtEnvironment environment)
                    throws IOException, OrtException {
                return mapped(reader.tensor(tensor.name()), wanted, environment);
            }
        };
    }

    static Weights of(Model model) {
        Set<String> names = Set.copyOf(model.keys());
        return new Weights(model.toString()) {
            @Override
            Optional<TensorSpec> find(String name) throws IOException {
                return names.contains(name) ? Optional.of(model.meta(name).toSpec()) : Optional.empty();
            }

            @Override
            OnnxTensor tensor(TensorSpec tensor, DType wanted, OrtEnvironment environment)
                    throws IOException, OrtException {
                return mapped(model.tensor(tensor.name()), wanted, environment);
            }
        };
    }

    static Weights of(TensorSource source) {
        Map<String, TensorSpec> specs =
                source.tensors().stream().collect(Collectors.toMap(TensorSpec::name, Function.identity()));
        return new Weights("source of " + specs.size() + " tensors") {
            @Override
            Optional<TensorSpec> find(String name) {
                return Optional.ofNullable(specs.get(name));
            }

            @Override
            OnnxTensor tensor(TensorSpec tensor, DType wanted, OrtEnvironment environment)
                    throws IOException, OrtException {
                return Copies.read(source, tensor, wanted, environment);
            }
        };
    }

    private static OnnxTensor mapped(Tensor tensor, DType wanted, OrtEnvironment environment) throws OrtException {
        Tensor wide = tensor.widen(wanted);
        return Copies.tensor(
                wide.data().asByteBuffer(), wide.shape(), OnnxTypes.exact(wanted, wide.shape()), environment);
    }
}
