package dev.stsw.cli;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.TensorSources;
import dev.stsw.torch.CheckpointOptions;
import dev.stsw.torch.CheckpointOptions.Shared;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/// The options of `convert` that say which tensors are written, and under which names and types.
final class Selection {
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

    @Option(
            names = "--strip-prefix",
            paramLabel = "TEXT",
            description = "Remove this from the front of the names that begin with it.")
    private String stripPrefix = "";

    @Option(
            names = "--include",
            paramLabel = "GLOB",
            converter = Glob.Converter.class,
            description = "Only tensors whose name matches; * and ? as usual. Repeatable.")
    private List<Glob> include = new ArrayList<>();

    @Option(
            names = "--exclude",
            paramLabel = "GLOB",
            converter = Glob.Converter.class,
            description = "No tensors whose name matches. Repeatable.")
    private List<Glob> exclude = new ArrayList<>();

    @Option(
            names = "--rename",
            paramLabel = "REGEX=TEXT",
            converter = Renaming.Converter.class,
            description = "Replace what matches in names; $1 is the first group. Repeatable, applied in this order.")
    private List<Renaming> renamings = new ArrayList<>();

    @Option(
            names = "--dtype",
            paramLabel = "DTYPE",
            converter = DTypeName.class,
            description = "Cast floating-point tensors, rounding to nearest even: bf16, fp16, float32, fp8 or another.")
    private Optional<DType> dtype = Optional.empty();

    @Option(
            names = "--ignore-scales",
            description = "Cast quantized weights, too: their codes alone, without the scales beside them.")
    private boolean ignoreScales;

    private Optional<Casting> casting = Optional.empty();

    /// The patterns that matched a name.
    private final Set<Glob> matched = new HashSet<>();

    /// Whether a tensor of that name (without the prefix) is wanted.
    private boolean wanted(String name) {
        boolean included = matches(include, name) || include.isEmpty();
        return !matches(exclude, name) && included;
    }

    /// Looks at all of them, so that it can be said which of them matched nothing.
    private boolean matches(List<Glob> globs, String name) {
        List<Glob> matching = globs.stream().filter(glob -> glob.test(name)).toList();
        matched.addAll(matching);
        return !matching.isEmpty();
    }

    /// @throws WrongUsage if an option was given that means nothing for such an input
    void requireApplicable(Input input, boolean noVerify) {
        if (ignoreScales && dtype.isEmpty()) {
            throw new WrongUsage("--ignore-scales is for --dtype: leave it out");
        }
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
        CheckpointOptions options = CheckpointOptions.defaults()
                .withStrict(strict)
                .withWiden(widen)
                .withStripPrefix(stripPrefix)
                .withFilter(this::wanted);
        options = withShared(options);
        if (key.isPresent()) {
            options = options.withKey(key.get());
        }
        return maxOutput.isPresent() ? options.withMaxOutputBytes(maxOutput.get()) : options;
    }

    /// The input's tensors as they are to be written, in the reference's order; what was done is added to the notes.
    TensorSource apply(Path file, Input input, List<Note> notes) throws IOException {
        TensorSource source = input.source();
        tellUnusedNames(source, notes);
        if (!input.isCheckpoint()) {
            if (!stripPrefix.isEmpty()) {
                source = renamed(source, this::stripped, "--strip-prefix '" + stripPrefix + "'", notes);
            }
            source = selected(source, notes);
        }
        if (dtype.isPresent()) {
            lookForScales(file, input, source, notes);
        }
        for (Renaming renaming : renamings) {
            source = renamed(source, renaming, "--rename '" + renaming + "'", notes);
        }
        if (source.tensors().isEmpty() && filters()) {
            throw new WrongUsage("no tensor passes --include and --exclude");
        }
        tellUnmatched("--include", include, notes);
        tellUnmatched("--exclude", exclude, notes);
        if (dtype.isPresent()) {
            casting = Optional.of(new Casting(dtype.get()));
            source = casting.get().apply(source, notes);
        }
        return TensorSources.inReferenceOrder(source);
    }

    /// Under the input's names, for those are what quantizers gave; also those that are not wanted, and those in other
    /// shards.
    private void lookForScales(Path file, Input input, TensorSource wanted, List<Note> notes) throws IOException {
        QuantizedWeights quantized = new QuantizedWeights();
        input.source().tensors().forEach(tensor -> quantized.knows(stripped(tensor.name())));
        notes.stream()
                .filter(note -> note.kind().equals(Note.DROPPED))
                .forEach(note -> quantized.knows(stripped(note.subject())));
        Siblings.tensors(file).forEach(name -> quantized.knows(stripped(name)));
        wanted.tensors().forEach(quantized::look);
        if (!ignoreScales) {
            quantized.refuse();
        }
        quantized.tell(notes);
    }

    /// What is known only when all has been written.
    List<Note> afterwards() {
        return casting.map(Casting::losses).orElse(List.of());
    }

    private boolean filters() {
        return !include.isEmpty() || !exclude.isEmpty();
    }

    private void tellUnmatched(String option, List<Glob> globs, List<Note> notes) {
        for (Glob glob : globs) {
            if (!matched.contains(glob)) {
                notes.add(new Note(Note.WARNING, "", option + " '" + glob.text() + "' matched no tensor's name"));
            }
        }
    }

    private TensorSource selected(TensorSource source, List<Note> notes) {
        if (!filters()) {
            return source;
        }
        for (TensorSpec tensor : source.tensors()) {
            if (!wanted(tensor.name())) {
                notes.add(new Note(Note.DROPPED, tensor.name(), "filtered out"));
            }
        }
        return TiedNames.selected(source, TensorSources.select(source, this::wanted), this::wanted, notes);
    }

    private String stripped(String name) {
        return name.startsWith(stripPrefix) ? name.substring(stripPrefix.length()) : name;
    }

    /// @param option with its value, for the case that it changes nothing
    private static TensorSource renamed(
            TensorSource source, UnaryOperator<String> renaming, String option, List<Note> notes) {
        boolean changed = false;
        for (TensorSpec tensor : source.tensors()) {
            String name = renaming.apply(tensor.name());
            if (!name.equals(tensor.name())) {
                notes.add(new Note(Note.RENAMED, tensor.name(), name));
                changed = true;
            }
        }
        if (!changed) {
            notes.add(new Note(Note.WARNING, "", option + " changed no tensor's name"));
        }
        return TiedNames.renamed(source, TensorSources.rename(source, renaming), renaming, notes);
    }

    private List<String> namesToKeep() {
        return shared.stream().filter(word -> !HOW.containsKey(word)).toList();
    }

    /// A name of a tensor that is not tied may come from a script for many models; any other is a mistake.
    private void tellUnusedNames(TensorSource source, List<Note> notes) {
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
