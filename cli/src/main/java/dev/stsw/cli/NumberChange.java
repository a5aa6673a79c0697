package dev.stsw.cli;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/// The options that give tensors another dtype.
final class NumberChange {
    @Option(
            names = "--dtype",
            paramLabel = "DTYPE",
            converter = DTypeName.class,
            description = "Cast floating-point tensors, rounding to nearest even: bf16, fp16, float32, fp8 or another.")
    private Optional<DType> dtype = Optional.empty();

    @Option(
            names = "--dequantize",
            description = "Write quantized weights (FP8, MXFP4, NVFP4) as their values, codes times scales:"
                    + " as --dtype says, bf16, fp16 or fp32 (default: bf16).")
    private boolean dequantize;

    @Option(
            names = "--swap-blocks",
            description =
                    "With --dequantize: swap the last two dimensions of gpt-oss' blocks, as transformers' classes do.")
    private boolean swapBlocks;

    @Option(
            names = "--ignore-scales",
            description = "Cast quantized weights, too: their codes alone, without the scales beside them.")
    private boolean ignoreScales;

    private static final Set<DType> DEQUANTIZED = EnumSet.of(DType.BF16, DType.F16, DType.F32);

    private Optional<Casting> casting = Optional.empty();

    boolean isGiven() {
        return dtype.isPresent() || dequantize;
    }

    boolean dequantizes() {
        return dequantize;
    }

    /// @throws WrongUsage if options are missing that others are for
    void requireUsable() {
        if (ignoreScales && dtype.isEmpty()) {
            throw new WrongUsage("--ignore-scales is for --dtype: leave it out");
        }
        if (swapBlocks && !dequantize) {
            throw new WrongUsage("--swap-blocks is for --dequantize: leave it out");
        }
        if (dequantize && ignoreScales) {
            throw new WrongUsage("--dequantize and --ignore-scales contradict each other: leave one out");
        }
        if (dequantize && !DEQUANTIZED.contains(target())) {
            throw new WrongUsage("--dequantize writes bf16, fp16 or fp32, and --dtype is " + target());
        }
    }

    /// Looks for the scales of quantized weights, without which their codes mean nothing: under the input's names, for
    /// those are what quantizers gave; also among those that are not wanted, and those in other shards.
    ///
    /// @param files the input's
    /// @param stripped what becomes of the input's names before tensors are chosen
    /// @param wanted the tensors that were chosen
    void lookForScales(
            List<Path> files, TensorSource input, TensorSource wanted, UnaryOperator<String> stripped, List<Note> notes)
            throws IOException {
        if (dtype.isEmpty()) {
            return;
        }
        QuantizedWeights quantized = new QuantizedWeights();
        input.tensors().forEach(tensor -> quantized.knows(stripped.apply(tensor.name())));
        notes.stream()
                .filter(note -> note.kind().equals(Note.DROPPED))
                .forEach(note -> quantized.knows(stripped.apply(note.subject())));
        for (Path file : files) {
            Siblings.tensors(file).forEach(name -> quantized.knows(stripped.apply(name)));
        }
        wanted.tensors().forEach(quantized::look);
        if (!ignoreScales) {
            quantized.refuse();
        }
        quantized.tell(notes);
    }

    private DType target() {
        return dtype.orElse(DType.BF16);
    }

    /// One for all that is done to numbers, so that what is lost is told at once.
    private Casting casting() {
        if (casting.isEmpty()) {
            casting = Optional.of(new Casting(target()));
        }
        return casting.get();
    }

    /// The input with its quantized weights as their values, before tensors are chosen, for scales may not be wanted.
    ///
    /// @param files the input's
    /// @param meant which weights are meant, by the names that they have in the end
    /// @param written which tensors are wanted
    TensorSource dequantized(
            List<Path> files, TensorSource input, Predicate<String> meant, Predicate<String> written, List<Note> notes)
            throws IOException {
        return dequantize
                ? new Dequantizing(casting(), target(), swapBlocks).apply(files, input, meant, written, notes)
                : input;
    }

    TensorSource apply(TensorSource source, List<Note> notes) {
        return dtype.isEmpty() ? source : casting().apply(source, notes);
    }

    /// What is known only when all has been written.
    List<Note> afterwards() {
        return casting.map(Casting::losses).orElse(List.of());
    }
}
