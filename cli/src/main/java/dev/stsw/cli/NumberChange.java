package dev.stsw.cli;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
            names = "--ignore-scales",
            description = "Cast quantized weights, too: their codes alone, without the scales beside them.")
    private boolean ignoreScales;

    private Optional<Casting> casting = Optional.empty();

    boolean isGiven() {
        return dtype.isPresent();
    }

    /// @throws WrongUsage if options are missing that others are for
    void requireUsable() {
        if (ignoreScales && dtype.isEmpty()) {
            throw new WrongUsage("--ignore-scales is for --dtype: leave it out");
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

    TensorSource apply(TensorSource source, List<Note> notes) {
        if (dtype.isEmpty()) {
            return source;
        }
        casting = Optional.of(new Casting(dtype.get()));
        return casting.get().apply(source, notes);
    }

    /// What is known only when all has been written.
    List<Note> afterwards() {
        return casting.map(Casting::losses).orElse(List.of());
    }
}
