package dev.stsw.cli;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.model.DiskFolder;
import dev.stsw.stream.CastCounts;
import dev.stsw.stream.Lora;
import dev.stsw.stream.LoraModule;
import dev.stsw.torch.CheckpointOptions;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// An adapter that is open: its tensors, and what its configuration says.
///
/// @param file its tensors'
/// @param input its tensors
/// @param config members of `adapter_config.json`; none if there is no such file
/// @param lora what both say
record LoraAdapter(Path file, Input input, Map<String, Object> config, Lora lora) implements Closeable {
    private static final String CONFIG = "adapter_config.json";

    /// @param named a file, or a folder with one adapter
    static LoraAdapter open(Path named, CheckpointOptions options, boolean verify, Path scratch) throws IOException {
        Path file = Files.isDirectory(named) ? inFolder(named) : named;
        Map<String, Object> config =
                JsonFile.read(DiskFolder.around(file).resolve(CONFIG)).orElse(Map.of());
        Input input = Input.open(file, options, verify, scratch);
        return new LoraAdapter(file, input, config, Lora.of(input.source().tensors(), config));
    }

    private static Path inFolder(Path folder) throws IOException {
        for (String name :
                List.of("adapter_model.safetensors", "adapter_model.bin", "pytorch_lora_weights.safetensors")) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found = files.filter(
                            file -> file.toString().endsWith(".safetensors") && Files.isRegularFile(file))
                    .toList();
            if (found.size() == 1) {
                return found.get(0);
            }
        }
        throw new FileSystemException(
                folder.toString(), null, "no adapter_model.safetensors in this folder, nor one other adapter alone");
    }

    /// The model with this in it. Closing the result leaves this open.
    TensorSource merged(TensorSource base, double strength, Consumer<CastCounts> listener, List<Note> notes)
            throws IOException {
        TensorSource tensors = input.source();
        TensorSource merged;
        try {
            requireAlpha();
            merged = lora.merge(base, new BlamedSource(file.toString(), tensors), strength, listener);
        } catch (IllegalArgumentException e) {
            throw new WrongUsage("adapter '" + file + "': " + e.getMessage());
        }
        boolean guessed = false;
        for (LoraModule module : lora.modules()) {
            guessed |= lora.alpha(module, tensors).isEmpty();
            double scale = lora.scale(module, tensors) * strength;
            notes.add(new Note(Note.MERGED, module.name(), "rank " + module.rank() + ", scale " + Units.number(scale)));
        }
        lora.whole().stream()
                .sorted()
                .forEach(name -> notes.add(new Note(Note.MERGED, name, "the adapter's own tensor in its place")));
        if (guessed) {
            notes.add(new Note(Note.WARNING, "", "the adapter says no alpha: taken for the rank, as its makers do"));
        }
        return merged;
    }

    /// PEFT has it in the configuration alone.
    private void requireAlpha() {
        boolean missing =
                lora.modules().stream().anyMatch(module -> module.alpha().isEmpty());
        if (lora.isPeft() && missing && !(config.get("lora_alpha") instanceof Double)) {
            throw new WrongUsage("adapter '" + file + "': its names are PEFT's, whose scale stands in " + CONFIG
                    + ", and beside it is none that says lora_alpha");
        }
    }

    long bytes() {
        return input.source().tensors().stream().mapToLong(TensorSpec::byteSize).sum();
    }

    @Override
    public void close() throws IOException {
        input.close();
    }
}
