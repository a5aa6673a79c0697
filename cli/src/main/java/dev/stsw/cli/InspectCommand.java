package dev.stsw.cli;

import dev.stsw.Stsw;
import dev.stsw.format.Checksums;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.torch.CheckpointOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;

/// Shows what files hold. Reads no tensor's data.
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.Version.class,
        description = {
            "Show tensors, shapes, dtypes, sizes, parameter count and metadata.",
            "Of a PyTorch checkpoint or NumPy file, those that convert would write."
        })
final class InspectCommand extends EachFile {
    private boolean first = true;

    InspectCommand(RootCommand root) {
        super(root);
    }

    @Override
    int examine(Path file) throws IOException {
        if (FileKind.of(file) == FileKind.SAFETENSORS) {
            examineSafetensors(file);
        } else {
            examineOther(file);
        }
        return ExitCode.GOOD;
    }

    /// Of a safetensors file, no more than the header is read.
    @Override
    int examine(Path file, Pipe pipe) throws IOException {
        if (pipe.kind() == FileKind.SAFETENSORS) {
            show(file, pipe.header());
        } else {
            try (Input input = Input.open(pipe, CheckpointOptions.defaults(), false, Scratch.usualFolder())) {
                show(file, pipe.position(), input);
            }
        }
        return ExitCode.GOOD;
    }

    private void examineSafetensors(Path file) throws IOException {
        show(file, Stsw.header(file));
    }

    private void show(Path file, Header header) {
        if (json) {
            Json.line(terminal.out(), object -> write(object, file, header));
        } else {
            print(file.toString(), header.tensors(), header.metadata());
        }
        header.checksums().flatMap(Checksums::problem).ifPresent(problem -> terminal.diagnose(file + ": " + problem));
    }

    private void examineOther(Path file) throws IOException {
        long size = Files.size(file);
        try (Input input = Input.open(file, CheckpointOptions.defaults(), false)) {
            show(file, size, input);
        }
    }

    private void show(Path file, long size, Input input) {
        if (json) {
            Json.line(terminal.out(), object -> write(object, file, size, input));
        } else {
            TensorSource source = input.source();
            String title = file + ": " + input.kind();
            print(title, source.tensors().stream().map(Listing::unplaced).toList(), source.metadata());
            Note.print(input.notes(), verbose(), terminal.out());
        }
    }

    private void print(String title, List<TensorMeta> tensors, Optional<Map<String, String>> metadata) {
        if (!first) {
            terminal.out().append('\n');
        }
        first = false;
        new Listing(terminal).print(title, tensors, metadata.orElse(Map.of()));
    }

    private static void write(Json object, Path file, Header header) {
        object.name("file").string(file.toString());
        object.name("size").number(header.dataStart() + header.dataSize());
        object.name("header_bytes").number(header.dataStart() - Header.PREFIX_BYTES);
        object.name("data_start").number(header.dataStart());
        object.name("tensors").array(array -> header.tensors().forEach(tensor -> array.object(o -> write(o, tensor))));
        object.name("metadata").strings(header.metadata().orElse(Map.of()));
    }

    private static void write(Json object, TensorMeta tensor) {
        object.name("name").string(tensor.name());
        object.name("dtype").string(tensor.dtype().name());
        object.name("shape").numbers(tensor.shape().toArray());
        object.name("data_offsets").numbers(tensor.offsetBegin(), tensor.offsetEnd());
        object.name("nbytes").number(tensor.byteSize());
        tensor.crc32().ifPresent(crc -> object.name("crc32").string(Units.crc(crc)));
    }

    /// Other files have no header: their tensors lie anywhere in the file, or in pieces.
    private static void write(Json object, Path file, long size, Input input) {
        object.name("file").string(file.toString());
        object.name("size").number(size);
        object.name("kind").string(input.kind());
        object.name("tensors")
                .array(array -> input.source()
                        .tensors()
                        .forEach(tensor -> array.object(member -> {
                            member.name("name").string(tensor.name());
                            member.name("dtype").string(tensor.dtype().name());
                            member.name("shape").numbers(tensor.shape().toArray());
                            member.name("nbytes").number(tensor.byteSize());
                        })));
        object.name("metadata").strings(input.source().metadata().orElse(Map.of()));
        object.name("notes").array(array -> input.notes().forEach(note -> array.object(note::writeTo)));
    }

    @Override
    void write(Json object, Problem problem) {
        object.name("file").string(problem.file()).name("error").string(problem.sentence());
    }
}
