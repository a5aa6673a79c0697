package dev.stsw.cli;

import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.format.TensorSource;
import dev.stsw.torch.CheckpointOptions;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A file that a command looks into, tensor by tensor. Unlike [Input], it takes no safetensors file that the reference
/// would reject: who asks what is in a file wants to know that.
///
/// @param input the file
/// @param source its tensors
record TensorFile(Input input, TensorSource source) implements Closeable {

    static TensorFile open(Path file) throws IOException {
        FileKind kind = FileKind.of(file);
        if (kind == FileKind.SAFETENSORS || kind == FileKind.INDEX) {
            StreamReader reader = StreamReader.open(file, ReadOptions.defaults().withMmap(false));
            return of(new Input("safetensors", reader.asSource(), List.of(), reader::close));
        }
        return of(Input.openFile(file, CheckpointOptions.defaults(), false));
    }

    /// What comes through a pipe: its last tensor ends only where the pipe does.
    static TensorFile open(Pipe pipe) throws IOException {
        Input input = Input.open(pipe, CheckpointOptions.defaults(), false, Scratch.usualFolder());
        return new TensorFile(input, PipedSource.toTheEnd(input, input.source()));
    }

    static TensorFile open(ArchiveMember member) throws IOException {
        return of(member.open(CheckpointOptions.defaults(), false, Scratch.usualFolder())
                .input());
    }

    private static TensorFile of(Input input) {
        return new TensorFile(input, input.source());
    }

    @Override
    public void close() throws IOException {
        input.close();
    }
}
