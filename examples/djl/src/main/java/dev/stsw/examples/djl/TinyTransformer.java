package dev.stsw.examples.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.WriteOptions;
import dev.stsw.djl.DjlTensors;
import dev.stsw.stream.TensorSources;
import dev.stsw.torch.Checkpoint;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Converts `tiny-transformer.pt`, loads its weights into DJL, and compares the logits with those that torch computed.
public final class TinyTransformer {
    private static final int WIDTH = 32;
    private static final int LAYERS = 2;

    private final NDManager manager;
    private final NDList weights;
    private final Block[] feedForward = new Block[LAYERS];

    private TinyTransformer(Path model, NDManager manager) throws IOException {
        this.manager = manager;
        // Floats become FLOAT32: DJL's PyTorch engine has no BF16. Masks and positions stay what they are.
        this.weights = DjlTensors.load(model, manager, DataType.FLOAT32);
        for (int layer = 0; layer < LAYERS; layer++) {
            feedForward[layer] = feedForward(model, "h." + layer, manager);
        }
    }

    /// A block of DJL's own with the weights of a layer.
    private static Block feedForward(Path model, String layer, NDManager manager) throws IOException {
        Block block = new SequentialBlock()
                .add(Linear.builder().setUnits(4 * WIDTH).build())
                .add(Activation.geluBlock())
                .add(Linear.builder().setUnits(WIDTH).build());
        Map<String, String> names = Map.of(
                "01Linear_weight",
                layer + ".up.weight",
                "01Linear_bias",
                layer + ".up.bias",
                "03Linear_weight",
                layer + ".down.weight",
                "03Linear_bias",
                layer + ".down.bias");
        try (StreamReader reader = StreamReader.open(model)) {
            DjlTensors.loadParameters(
                    block, TensorSources.select(reader.asSource(), names::containsValue), names::get, manager);
        }
        block.initialize(manager, DataType.FLOAT32, new Shape(1, WIDTH)); // leaves the weights as they are
        return block;
    }

    private NDArray logits(NDArray tokens) {
        NDArray x = weights.get("wte.weight").get(tokens).add(weights.get("wpe.weight"));
        for (int layer = 0; layer < LAYERS; layer++) {
            x = layer(x, layer);
        }
        return norm(x, "ln_f").matMul(weights.get("wte.weight").transpose());
    }

    private NDArray layer(NDArray x, int layer) {
        String h = "h." + layer;
        NDArray projected =
                norm(x, h + ".ln_1").matMul(weights.get(h + ".qkv.weight")).add(weights.get(h + ".qkv.bias"));
        NDList parts = projected.split(3, 1);
        NDArray scores = parts.get(0).matMul(parts.get(1).transpose()).div(Math.sqrt(WIDTH));
        NDArray hidden = manager.full(scores.getShape(), Float.NEGATIVE_INFINITY);
        NDArray attention =
                NDArrays.where(weights.get(h + ".mask"), scores, hidden).softmax(1);
        NDArray out = attention
                .matMul(parts.get(2))
                .matMul(weights.get(h + ".out.weight").transpose());
        NDArray y = x.add(out.add(weights.get(h + ".out.bias")));
        NDList input = new NDList(norm(y, h + ".ln_2"));
        return y.add(feedForward[layer]
                .forward(new ParameterStore(manager, false), input, false)
                .singletonOrThrow());
    }

    private NDArray norm(NDArray x, String name) {
        NDArray centred = x.sub(x.mean(new int[] {1}, true));
        NDArray variance = centred.square().mean(new int[] {1}, true);
        return centred.div(variance.add(1e-5f).sqrt())
                .mul(weights.get(name + ".weight"))
                .add(weights.get(name + ".bias"));
    }

    /// Argument: the folder of the examples.
    public static void main(String[] args) throws IOException {
        Path examples = Path.of(args[0]);
        Path model = Files.createTempDirectory("stsw").resolve("tiny-transformer.safetensors");
        try (Checkpoint checkpoint = Checkpoint.open(FileChannel.open(examples.resolve("tiny-transformer.pt")))) {
            Stsw.write(checkpoint, model, WriteOptions.defaults());
        }
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            NDList expected = DjlTensors.load(examples.resolve("tiny-transformer-logits.safetensors"), manager);
            NDArray logits = new TinyTransformer(model, manager)
                    .logits(expected.get("tokens").squeeze(0));

            float difference =
                    logits.sub(expected.get("logits").squeeze(0)).abs().max().getFloat();
            System.out.println("logits " + logits.getShape() + ", largest difference to torch's " + difference);
            if (!(difference < 1e-4)) {
                throw new IllegalStateException("the logits differ");
            }
        }
    }
}
