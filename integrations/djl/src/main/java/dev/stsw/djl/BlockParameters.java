package dev.stsw.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Parameters of blocks, found by name.
final class BlockParameters {
    private BlockParameters() {}

    /// A parameter, the tensor that it gets, and the dtype that it gets it as.
    private record Match(Parameter parameter, TensorSpec tensor, DType wanted) {}

    static void load(Block block, TensorSource model, Function<String, @Nullable String> mapping, NDManager manager)
            throws IOException {
        Managers.check(manager);
        List<Match> matches = match(block, model, mapping);
        Map<Parameter, NDArray> fresh = new ConcurrentHashMap<>();
        try {
            Workers.run(model, matches.stream().map(Match::tensor).toList(), index -> {
                Match match = matches.get(index);
                if (match.parameter.isInitialized()) {
                    overwrite(match, model);
                } else {
                    fresh.put(match.parameter, Loading.array(model, match.tensor, match.wanted, manager));
                }
            });
        } catch (IOException | RuntimeException | Error e) {
            fresh.values().forEach(NDArray::close);
            throw e;
        }
        fresh.forEach(BlockParameters::give);
    }

    private static List<Match> match(Block block, TensorSource model, Function<String, @Nullable String> mapping) {
        Map<String, TensorSpec> tensors = model.tensors().stream()
                .collect(Collectors.toMap(TensorSpec::name, Function.identity(), (a, b) -> a, LinkedHashMap::new));
        List<Match> matches = new ArrayList<>();
        List<String> mismatches = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        for (Pair<String, Parameter> named : block.getParameters()) {
            String name = mapping.apply(named.getKey());
            if (name == null) {
                continue;
            }
            TensorSpec tensor = tensors.get(name);
            if (tensor == null) {
                mismatches.add("parameter '" + named.getKey() + "': the model has no tensor " + TensorSpec.quote(name));
                continue;
            }
            taken.add(name);
            Match match = new Match(named.getValue(), tensor, wanted(named.getValue(), tensor));
            mismatch(match)
                    .ifPresentOrElse(
                            fault -> mismatches.add("parameter '" + named.getKey() + "', tensor "
                                    + TensorSpec.quote(name) + ": " + fault),
                            () -> matches.add(match));
        }
        tensors.keySet().stream()
                .filter(name -> !taken.contains(name))
                .forEach(name ->
                        mismatches.add("tensor " + TensorSpec.quote(name) + ": the block has no parameter for it"));
        if (!mismatches.isEmpty()) {
            throw new IllegalArgumentException("block and model do not fit:\n" + String.join("\n", mismatches));
        }
        return matches;
    }

    private static DType wanted(Parameter parameter, TensorSpec tensor) {
        if (parameter.isInitialized()) {
            return ArrayTypes.dtype(parameter.getArray().getDataType()).orElse(tensor.dtype());
        }
        return Loading.wanted(tensor.dtype(), DataType.FLOAT32);
    }

    private static Optional<String> mismatch(Match match) {
        ai.djl.ndarray.types.Shape expected =
                match.parameter.isInitialized() ? match.parameter.getArray().getShape() : match.parameter.getShape();
        ai.djl.ndarray.types.Shape found = ArrayTypes.shape(match.tensor.shape());
        if (expected != null && !expected.equals(found)) {
            return Optional.of("expected shape " + expected + " but was " + found);
        }
        if (match.parameter.isInitialized()) {
            DataType type = match.parameter.getArray().getDataType();
            if (ArrayTypes.dtype(type).isEmpty() || !match.wanted.holds(match.tensor.dtype())) {
                return Optional.of(type.name() + " does not hold all values of " + match.tensor.dtype());
            }
        } else if (!ArrayTypes.isExact(match.wanted)) {
            return Optional.of(ArrayTypes.noSuchArrays(match.wanted));
        }
        return Optional.empty();
    }

    /// In place, because a PyTorch model knows its parameters by their memory. Not by an operation where the memory can
    /// be had: libtorch refuses to change the parameters of a model that was loaded for inference.
    private static void overwrite(Match match, TensorSource model) throws IOException {
        NDArray array = match.parameter.getArray();
        if (ArrayParts.areItsOwnMemory(array)) {
            try (ReadableByteChannel bytes = model.open(match.tensor.name())) {
                ArrayFilling.fill(array, match.tensor.dtype(), match.wanted, bytes, ArrayParts.MAX_BYTES);
            }
            return;
        }
        // Closes what libtorch makes on the way, which would stay in the parameter's manager.
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray values = Loading.array(model, match.tensor, match.wanted, array.getManager());
            array.set(new NDIndex().addEllipseDim(), values);
        }
    }

    private static void give(Parameter parameter, NDArray array) {
        array.setName(parameter.getName());
        parameter.setShape(null); // or it refuses an array
        parameter.setArray(array);
    }

    static TensorSource source(Block block, UnaryOperator<String> mapping) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        List<String> empty = new ArrayList<>();
        for (Pair<String, Parameter> named : block.getParameters()) {
            if (!named.getValue().isInitialized()) {
                empty.add(named.getKey());
                continue;
            }
            String name = mapping.apply(named.getKey());
            if (arrays.put(name, named.getValue().getArray()) != null) {
                throw new IllegalArgumentException("two parameters are called " + TensorSpec.quote(name));
            }
        }
        if (!empty.isEmpty()) {
            throw new IllegalStateException("parameters without values: " + String.join(", ", empty));
        }
        return ArraySource.of(arrays);
    }
}
