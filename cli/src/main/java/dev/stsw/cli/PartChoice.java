package dev.stsw.cli;

import dev.stsw.format.TensorSource;
import dev.stsw.torch.CheckpointOptions;
import dev.stsw.torch.CheckpointOptions.Shared;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The options that say which part of a PyTorch checkpoint, or of a NumPy file, is meant, and how it is read.
final class PartChoice {
    private static final Map<String, Shared> HOW =
            Map.of("keep-first", Shared.KEEP_FIRST, "duplicate", Shared.DUPLICATE, "error", Shared.ERROR);

    @Option(
            names = "--key",
            paramLabel = "PATH",
            description = "PyTorch: dotted path to the model, '' for all of the file (default: as found, and told).")
    private Optional<String> key = Optional.empty();

    @Option(
            names = "--shared",
            paramLabel = "HOW|NAME",
            split = ",",
            description = {
                "PyTorch: tensors saved under several names: keep-first (default), duplicate or error;",
                "or names to keep before others. Repeatable, or with commas."
            })
    private List<String> shared = new ArrayList<>();

    @Option(names = "--strict", description = "PyTorch: refuse files that name unknown classes or functions.")
    private boolean strict;

    @Option(
            names = "--widen",
            description = "PyTorch: write complex128 as C64, and quantized tensors as codes, scale and zero point.")
    private boolean widen;

    @Option(
            names = "--max-output",
            paramLabel = "SIZE",
            converter = ByteCount.class,
            description = "PyTorch, NumPy: limit on the output (default: twice the input and 64 MiB).")
    private Optional<Long> maxOutput = Optional.empty();

    /// @throws WrongUsage if an option was given that means nothing for such an input
    void requireApplicable(Input input, boolean noVerify) {
        if (noVerify) {
            require(!input.ofPyTorch() && !input.ofNumpy(), "--no-verify", "the checksums of safetensors files", input);
        }
        // Each name has pieces of its own there.
        require(shared.isEmpty() || !input.isDistributed(), "--shared", "single PyTorch files", input);
        require(!widen || !input.isDistributed(), "--widen", "single PyTorch files", input);
        if (!input.ofPyTorch() && !input.isCheckpoint()) {
            require(!widen || input.ofNumpy(), "--widen", "PyTorch checkpoints and NumPy files", input);
            require(key.isEmpty(), "--key", "PyTorch checkpoints", input);
            require(shared.isEmpty(), "--shared", "PyTorch checkpoints", input);
            require(!strict, "--strict", "PyTorch checkpoints", input);
            require(
                    maxOutput.isEmpty() || input.ofNumpy(),
                    "--max-output",
                    "PyTorch checkpoints and NumPy files",
                    input);
        }
    }

    private static void require(boolean applicable, String option, String what, Input input) {
        if (!applicable) {
            throw new WrongUsage(option + " is for " + what + ", and the input is " + input.kind() + ": leave it out");
        }
    }

    CheckpointOptions checkpointOptions() {
        CheckpointOptions options =
                withShared(CheckpointOptions.defaults().withStrict(strict).withWiden(widen));
        if (key.isPresent()) {
            options = options.withKey(key.get());
        }
        return maxOutput.isPresent() ? options.withMaxOutputBytes(maxOutput.get()) : options;
    }

    private List<String> namesToKeep() {
        return shared.stream().filter(word -> !HOW.containsKey(word)).toList();
    }

    /// A name of a tensor that is not tied may come from a script for many models; any other is a mistake.
    void tellUnusedNames(TensorSource source, List<Note> notes) {
        for (String name : namesToKeep()) {
            boolean tied = notes.stream()
                    .anyMatch(note -> note.kind().equals(Note.SHARED)
                            && (note.subject().equals(name) || note.detail().equals(name)));
            if (tied) {
                continue;
            }
            if (source.tensors().stream().noneMatch(tensor -> tensor.name().equals(name))) {
                throw new WrongUsage(
                        "--shared '" + name + "' is neither keep-first, duplicate or error, nor the name of a tensor");
            }
            notes.add(new Note(Note.WARNING, name, "--shared names it, but it has no other name"));
        }
    }

    private CheckpointOptions withShared(CheckpointOptions options) {
        List<String> names = namesToKeep();
        List<String> words = shared.stream().filter(HOW::containsKey).toList();
        if (words.size() > 1 || (!names.isEmpty() && words.contains("duplicate"))) {
            throw new WrongUsage("--shared takes one of keep-first, duplicate and error, or names to keep");
        }
        CheckpointOptions kept = names.isEmpty() ? options : options.withKept(names);
        return words.isEmpty() ? kept : kept.withShared(Objects.requireNonNull(HOW.get(words.get(0))));
    }
}
