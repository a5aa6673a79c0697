package dev.stsw.cli;

import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.cli.TensorWalk.Feed;
import dev.stsw.cli.TensorWalk.Job;
import dev.stsw.cli.TensorWalk.Part;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.ProgressListener;
import dev.stsw.stream.SequentialSource;
import dev.stsw.torch.CheckpointOptions;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A file that a command looks into, tensor by tensor. Unlike [Input], it takes no safetensors file that the reference
/// would reject: who asks what is in a file wants to know that.
///
/// @param input the file
/// @param source its tensors
/// @param reader of a safetensors file, whose tensors can be read from anywhere
record TensorFile(Input input, TensorSource source, Optional<StreamReader> reader) implements Closeable {

    static TensorFile open(Path file) throws IOException {
        FileKind kind = FileKind.of(file);
        if (kind == FileKind.SAFETENSORS || kind == FileKind.INDEX) {
            StreamReader reader = StreamReader.open(file, ReadOptions.defaults().withMmap(false));
            TensorSource source = reader.asSource();
            return new TensorFile(
                    new Input("safetensors", source, List.of(), reader::close), source, Optional.of(reader));
        }
        return of(Input.openFile(file, CheckpointOptions.defaults(), false));
    }

    /// What comes through a pipe: its last tensor ends only where the pipe does.
    static TensorFile open(Pipe pipe) throws IOException {
        Input input = Input.open(pipe, CheckpointOptions.defaults(), false, Scratch.usualFolder());
        return new TensorFile(input, input.toTheEnd(input.source()), Optional.empty());
    }

    static TensorFile open(ArchiveMember member) throws IOException {
        return of(member.open(CheckpointOptions.defaults(), false, Scratch.usualFolder())
                .input());
    }

    private static TensorFile of(Input input) {
        return new TensorFile(input, input.source(), Optional.empty());
    }

    /// Whether all of it can be read only once.
    boolean comesOnce() {
        return input.source() instanceof SequentialSource;
    }

    List<TensorSpec> tensors() {
        return source.tensors();
    }

    /// Whether a part of a tensor can be read by itself.
    boolean divisible() {
        return reader.isPresent();
    }

    /// A part of a tensor: all of it where it is not divided.
    Feed feed(TensorSpec tensor, int part, int parts) {
        int bits = tensor.dtype().bits();
        if (parts == 1) {
            return new Feed(bits, () -> source.open(tensor.name()));
        }
        long bytes = TensorWalk.PART_ELEMENTS / 8 * bits;
        long from = part * bytes;
        long to = Math.min(tensor.byteSize(), from + bytes);
        return new Feed(bits, () -> reader.orElseThrow().channel(tensor.name(), from, to));
    }

    /// Makes what takes the bytes of a part of a tensor.
    interface Visitor {
        Part part(int tensor, int part);
    }

    /// Hands the bytes of all tensors to parts, several at once where that can be.
    ///
    /// @param divide whether large tensors may be handed over in parts
    void visit(boolean divide, Visitor visitor, ProgressListener progress) throws IOException {
        List<Job> jobs = new ArrayList<>();
        List<TensorSpec> tensors = tensors();
        for (int i = 0; i < tensors.size(); i++) {
            TensorSpec tensor = tensors.get(i);
            int parts = TensorWalk.parts(tensor, divide && divisible());
            for (int part = 0; part < parts; part++) {
                int index = i;
                int number = part;
                jobs.add(new Job(
                        tensor.byteSize() / parts,
                        List.of(feed(tensor, part, parts)),
                        () -> visitor.part(index, number)));
            }
        }
        TensorWalk.run(jobs, source.concurrent(), progress);
    }

    /// An open file is no value.
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    @Override
    public void close() throws IOException {
        input.close();
    }
}
