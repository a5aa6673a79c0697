package dev.stsw.onnxruntime;

import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import dev.stsw.onnxruntime.OnnxModel.Initializer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Sessions whose initializers come from elsewhere.
final class Sessions {
    private Sessions() {}

    /// An initializer, the tensor that it gets, and the dtype that it gets it as.
    private record Match(Initializer initializer, TensorSpec tensor, DType wanted) {}

    static OrtSession create(
            OrtEnvironment environment,
            Path model,
            Weights weights,
            Function<String, @Nullable String> mapping,
            OrtSession.SessionOptions options)
            throws IOException, OrtException {
        List<Match> matches = match(model, weights, mapping);
        Map<String, OnnxTensorLike> initializers = new LinkedHashMap<>();
        try {
            for (Match match : matches) {
                initializers.put(match.initializer.name(), weights.tensor(match.tensor, match.wanted, environment));
            }
            // They are copied into the session while it is created: until then the mapping must stay, and no longer.
            options.addExternalInitializers(initializers);
            return environment.createSession(model.toString(), options);
        } finally {
            initializers.values().forEach(OnnxTensorLike::close);
        }
    }

    private static List<Match> match(Path model, Weights weights, Function<String, @Nullable String> mapping)
            throws IOException {
        List<Match> matches = new ArrayList<>();
        List<String> mismatches = new ArrayList<>();
        for (Initializer initializer : OnnxModel.initializers(model)) {
            String name = initializer.external() ? mapping.apply(initializer.name()) : null;
            if (name == null) {
                continue;
            }
            Optional<TensorSpec> tensor = weights.find(name);
            Optional<DType> wanted = OnnxTypes.ofOnnx(initializer.dataType());
            String fault = tensor.map(found -> mismatch(initializer, wanted, found))
                    .orElse("the weights have no tensor " + TensorSpec.quote(name));
            if (fault.isEmpty()) {
                matches.add(new Match(initializer, tensor.orElseThrow(), wanted.orElseThrow()));
            } else {
                mismatches.add("initializer " + TensorSpec.quote(initializer.name()) + ": " + fault);
            }
        }
        if (!mismatches.isEmpty()) {
            throw new IllegalArgumentException(
                    model + " and its weights, " + weights + ", do not fit:\n" + String.join("\n", mismatches));
        }
        return matches;
    }

    /// What does not fit; nothing if all does.
    private static String mismatch(Initializer initializer, Optional<DType> wanted, TensorSpec tensor) {
        if (!initializer.shape().equals(tensor.shape())) {
            return "expected shape " + initializer.shape() + " but was " + tensor.shape();
        }
        if (wanted.flatMap(OnnxTypes::exact).isEmpty()) {
            return "ONNX Runtime's Java has no tensors of "
                    + wanted.map(DType::name).orElse("ONNX's type " + initializer.dataType());
        }
        if (!wanted.orElseThrow().holds(tensor.dtype())) {
            return wanted.orElseThrow() + " does not hold all values of " + tensor.dtype();
        }
        if (wanted.orElseThrow().byteSize(tensor.shape().elementCount()) > Copies.MAX_BYTES) {
            return "ONNX Runtime's Java takes less than 2 GiB";
        }
        return "";
    }
}
