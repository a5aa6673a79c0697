package dev.stsw.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.Tensors;
import dev.stsw.WriteOptions;
import dev.stsw.format.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockParametersTest {
    private static final ai.djl.ndarray.types.Shape INPUT = new ai.djl.ndarray.types.Shape(1, 2);
    private static final Map<String, String> NAMES = Map.of(
            "01Linear_weight",
            "fc1.weight",
            "01Linear_bias",
            "fc1.bias",
            "03Linear_weight",
            "fc2.weight",
            "03Linear_bias",
            "fc2.bias");

    private final NDManager manager = NDManager.newBaseManager("PyTorch");

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void aBlockComputesWithTheModelsWeightsWhetherItWasInitialisedBeforeOrNot() throws IOException {
        for (boolean before : new boolean[] {true, false}) {
            Block block = block();
            if (before) {
                block.initialize(manager, DataType.FLOAT32, INPUT);
            }
            int arrays = manager.getManagedArrays().size();
            DjlTensors.loadParameters(block, Tensors.source(model()), NAMES::get, manager);
            assertThat(manager.getManagedArrays()).hasSize(arrays + (before ? 0 : 4));
            block.initialize(manager, DataType.FLOAT32, INPUT); // must not undo it
            try (NDArray output = forward(block, 1, -2)) {
                // relu([1 2; 3 4; 5 6] x + [0.5 0.5 7]) = [0, 0, 0], and then [1 1 1] of it + 0.25: -2.5, -4.5, 0
                assertThat(output.toFloatArray()).containsExactly(0.25f);
            }
            assertThat(forward(block, 1, 0).toFloatArray()).containsExactly(1.5f + 3.5f + 12 + 0.25f);
        }
    }

    @Test
    void narrowFloatsAreWidenedToTheParametersTypeOrToFloat32() throws IOException {
        Map<String, Tensor> narrow = new LinkedHashMap<>(model());
        narrow.replaceAll((name, tensor) ->
                Tensor.of(DType.BF16, tensor.toFloatArray(), tensor.shape().toArray()));
        Block fresh = block();
        DjlTensors.loadParameters(fresh, Tensors.source(narrow), NAMES::get, manager);
        assertThat(fresh.getParameters().get("01Linear_weight").getArray().getDataType())
                .isEqualTo(DataType.FLOAT32);
        Block initialised = block();
        initialised.initialize(manager, DataType.FLOAT64, INPUT);
        DjlTensors.loadParameters(initialised, Tensors.source(narrow), NAMES::get, manager);
        NDArray weight = initialised.getParameters().get("01Linear_weight").getArray();
        assertThat(weight.getDataType()).isEqualTo(DataType.FLOAT64);
        assertThat(weight.toDoubleArray()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void allMismatchesAreListedAtOnceAndNothingIsChanged() {
        Block block = block();
        block.initialize(manager, DataType.FLOAT32, INPUT);
        float[] before = block.getParameters().get("03Linear_bias").getArray().toFloatArray();
        Map<String, Tensor> model = new LinkedHashMap<>(model());
        model.remove("fc1.bias");
        model.put("fc1.weight", Tensor.of(new float[6], 2, 3));
        model.put("fc2.weight", Tensor.of(new double[3], 1, 3));
        model.put("fc3.weight", Tensor.of(new float[1]));

        assertThatThrownBy(() -> DjlTensors.loadParameters(block, Tensors.source(model), NAMES::get, manager))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("""
                        block and model do not fit:
                        parameter '01Linear_weight', tensor 'fc1.weight': expected shape (3, 2) but was (2, 3)
                        parameter '01Linear_bias': the model has no tensor 'fc1.bias'
                        parameter '03Linear_weight', tensor 'fc2.weight': FLOAT32 does not hold all values of F64
                        tensor 'fc3.weight': the block has no parameter for it""");
        assertThat(block.getParameters().get("03Linear_bias").getArray().toFloatArray())
                .isEqualTo(before);
    }

    @Test
    void aParameterThatIsMappedToNothingStaysAsItIs() throws IOException {
        Block block = block();
        block.initialize(manager, DataType.FLOAT32, INPUT);
        Map<String, Tensor> model = new LinkedHashMap<>(model());
        model.keySet().removeIf(name -> name.startsWith("fc2"));
        float[] before = block.getParameters().get("03Linear_weight").getArray().toFloatArray();
        DjlTensors.loadParameters(
                block, Tensors.source(model), name -> name.startsWith("03") ? null : NAMES.get(name), manager);
        assertThat(block.getParameters().get("03Linear_weight").getArray().toFloatArray())
                .isEqualTo(before);
        assertThat(block.getParameters().get("01Linear_bias").getArray().toFloatArray())
                .containsExactly(0.5f, 0.5f, 7);
    }

    @Test
    void parametersAreSavedUnderTheNamesOfTheMapping() throws IOException {
        Block block = block();
        Path file = folder.resolve("block.safetensors");
        assertThatThrownBy(() -> DjlTensors.saveParameters(block, file, NAMES::get, WriteOptions.defaults()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "parameters without values: 01Linear_weight, 01Linear_bias, 03Linear_weight, 03Linear_bias");
        DjlTensors.loadParameters(block, Tensors.source(model()), NAMES::get, manager);
        assertThatThrownBy(() -> DjlTensors.saveParameters(block, file, name -> "x", WriteOptions.defaults()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(file).doesNotExist();

        DjlTensors.saveParameters(block, file, NAMES::get, WriteOptions.defaults());

        Path expected = folder.resolve("expected.safetensors");
        Stsw.dump(model(), expected);
        assertThat(file).hasSameBinaryContentAs(expected);
    }

    @Test
    void aParameterThatIsAViewWithGapsIsOverwrittenAsWell() throws IOException {
        NDArray view = manager.zeros(new ai.djl.ndarray.types.Shape(2, 3)).transpose();
        Block block = Linear.builder().setUnits(3).optBias(false).build();
        block.getParameters().get("weight").setShape(null);
        block.getParameters().get("weight").setArray(view);
        int arrays = manager.getManagedArrays().size();
        DjlTensors.loadParameters(block, Tensors.source(Map.of("w", model().get("fc1.weight"))), name -> "w", manager);
        assertThat(manager.getManagedArrays()).hasSize(arrays);
        assertThat(view.toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(ArrayParts.areItsOwnMemory(view)).isFalse();
        assertThat(ArrayParts.areItsOwnMemory(manager.zeros(new ai.djl.ndarray.types.Shape())))
                .isTrue();
    }

    /// Of `interop/make_torchscript.py`: the block computes with its own weights in native code, so they must change
    /// there.
    @Test
    void aPyTorchModelComputesWithOtherWeightsAsTorchDoes() throws Exception {
        Path golden = Path.of(System.getProperty("stsw.root"), "interop", "golden", "djl");
        Map<String, Tensor> result = Stsw.load(golden.resolve("result.safetensors"));
        try (Model model = Model.newInstance("net", "PyTorch");
                StreamReader weights = StreamReader.open(golden.resolve("weights.safetensors"))) {
            model.load(golden, "net");
            Block block = model.getBlock();
            NDArray x = DjlTensors.toNDArray(result.get("x"), manager);
            assertThat(forward(block, x).toFloatArray())
                    .isNotEqualTo(result.get("y").toFloatArray());

            DjlTensors.loadParameters(block, weights.asSource(), name -> name, manager);

            assertThat(forward(block, x).toFloatArray())
                    .containsExactly(result.get("y").toFloatArray(), within(1e-6f));
            Path saved = folder.resolve("saved.safetensors");
            DjlTensors.saveParameters(block, saved, name -> name, WriteOptions.defaults());
            assertThat(Stsw.load(saved).get("up.weight").toFloatArray())
                    .isEqualTo(weights.tensor("up.weight").toFloatArray());
        }
    }

    private NDArray forward(Block block, NDArray input) {
        return block.forward(new ParameterStore(manager, false), new NDList(input), false)
                .singletonOrThrow();
    }

    private NDArray forward(Block block, float... input) {
        NDArray array = manager.create(input, INPUT);
        return block.forward(new ParameterStore(manager, false), new NDList(array), false)
                .singletonOrThrow();
    }

    private static Block block() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(3).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(1).build());
    }

    private static Map<String, Tensor> model() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("fc1.weight", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2));
        tensors.put("fc1.bias", Tensor.of(new float[] {0.5f, 0.5f, 7}));
        tensors.put("fc2.weight", Tensor.of(new float[] {1, 1, 1}, 1, 3));
        tensors.put("fc2.bias", Tensor.of(new float[] {0.25f}));
        return tensors;
    }
}
