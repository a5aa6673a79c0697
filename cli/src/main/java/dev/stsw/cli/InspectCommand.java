package dev.stsw.cli;

import dev.stsw.Stsw;
import dev.stsw.cli.Terminal.Style;
import dev.stsw.format.Checksums;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.torch.CheckpointOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Shows what files hold. Reads no tensor's data.
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Show tensors, shapes, dtypes, sizes, parameter count and metadata.",
            "Of a PyTorch checkpoint or NumPy file, those that convert would write.",
            "Of a folder, the model in it is shown, and what else is there is named."
        },
        footer = {
            "",
            "Examples:",
            "  stsw inspect model.safetensors",
            "  stsw inspect --tree=3 model-folder/",
            "  stsw inspect --filter '*.bias' --sort size model.safetensors",
            "  stsw inspect --metadata=format model.safetensors"
        })
final class InspectCommand extends EachFile {
    @Mixin
    private final InspectOptions options = new InspectOptions();

    InspectCommand(RootCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        options.check();
        return super.call();
    }

    @Override
    Finding look(Path file) throws IOException {
        FileKind kind = FileKind.of(file);
        if (kind == FileKind.SAFETENSORS || kind == FileKind.INDEX) { // Those of shards are not looked at one by one.
            return new Safetensors(file, Stsw.header(file));
        }
        long size = Files.size(file);
        try (Input input = Input.openFile(file, CheckpointOptions.defaults(), false)) {
            return new Other(file, size, input);
        }
    }

    /// Of a safetensors file, no more than the header is read.
    @Override
    Finding look(Path file, Pipe pipe) throws IOException {
        if (pipe.kind() == FileKind.SAFETENSORS) {
            return new Safetensors(file, pipe.reader().header());
        }
        try (Input input = Input.open(pipe, CheckpointOptions.defaults(), false, Scratch.usualFolder())) {
            return new Other(file, pipe.position(), input);
        }
    }

    @Override
    Finding look(Path file, ArchiveMember member) throws IOException {
        ArchiveMember.Found found = member.open(CheckpointOptions.defaults(), false, Scratch.usualFolder());
        try (Input input = found.input()) {
            return new Other(file, found.size(), input);
        }
    }

    /// A safetensors file.
    private final class Safetensors implements Finding {
        private final Path file;
        private final Header header;

        Safetensors(Path file, Header header) {
            this.file = file;
            this.header = header;
        }

        @Override
        public void print() {
            InspectCommand.this.print(file.toString(), Optional.of(header), header.tensors(), header.metadata());
        }

        @Override
        public void writeTo(Json object) {
            write(object, file, header);
        }

        @Override
        public int exitCode() {
            return missesKey(header.metadata()) ? ExitCode.UNCHECKED : ExitCode.GOOD;
        }

        @Override
        public List<String> diagnoses() {
            List<String> problems = new ArrayList<>(
                    header.checksums().flatMap(Checksums::problem).stream().toList());
            problems.addAll(remarks(header.tensors(), header.metadata()));
            return problems.stream().map(problem -> file + ": " + problem).toList();
        }

        @Override
        public List<TensorMeta> tensors() {
            return header.tensors();
        }
    }

    /// A PyTorch checkpoint or a NumPy file. It has no header: its tensors lie anywhere in the file, or in pieces.
    private final class Other implements Finding {
        private final Path file;
        private final long size;
        private final String kind;
        private final List<TensorMeta> tensors;
        private final Optional<Map<String, String>> metadata;
        private final List<Note> notes;

        Other(Path file, long size, Input input) {
            this.file = file;
            this.size = size;
            this.kind = input.kind();
            this.tensors = Listing.unplaced(input.source().tensors());
            this.metadata = input.source().metadata();
            this.notes = input.notes();
        }

        @Override
        public void print() {
            InspectCommand.this.print(file + ": " + kind, Optional.empty(), tensors, metadata);
            if (options.metadata().isEmpty()) {
                Note.print(notes, verbose(), terminal.out());
            }
        }

        @Override
        public int exitCode() {
            return missesKey(metadata) ? ExitCode.UNCHECKED : ExitCode.GOOD;
        }

        @Override
        public List<String> diagnoses() {
            return remarks(tensors, metadata).stream()
                    .map(problem -> file + ": " + problem)
                    .toList();
        }

        @Override
        public void writeTo(Json object) {
            object.name("file").string(file.toString());
            object.name("size").number(size);
            object.name("kind").string(kind);
            writeTensors(
                    object,
                    Optional.empty(),
                    tensors,
                    array -> options.chosen(tensors)
                            .forEach(tensor -> array.object(member -> {
                                member.name("name").string(tensor.name());
                                member.name("dtype").string(tensor.dtype().name());
                                member.name("shape").numbers(tensor.shape().toArray());
                                member.name("nbytes").number(tensor.byteSize());
                            })));
            object.name("metadata").strings(metadata.orElse(Map.of()));
            object.name("notes").array(array -> notes.forEach(note -> array.object(note::writeTo)));
        }

        @Override
        public List<TensorMeta> tensors() {
            return tensors;
        }

        @Override
        public List<Note> notes() {
            return notes;
        }
    }

    private void print(
            String title, Optional<Header> header, List<TensorMeta> tensors, Optional<Map<String, String>> metadata) {
        Map<String, String> entries = metadata.orElse(Map.of());
        if (missesKey(metadata)) {
            return;
        }
        if (options.metadata().orElse("").isEmpty()) {
            separate();
        }
        if (options.plain()) {
            new Listing(terminal).print(title, tensors, entries);
        } else {
            new InspectReport(options, terminal).print(title, header, tensors, entries);
        }
    }

    private boolean missesKey(Optional<Map<String, String>> metadata) {
        String key = options.metadata().orElse("");
        return !key.isEmpty() && !metadata.orElse(Map.of()).containsKey(key);
    }

    /// What the options ask for, and the file has not.
    private List<String> remarks(List<TensorMeta> tensors, Optional<Map<String, String>> metadata) {
        return missesKey(metadata)
                ? List.of("no metadata key '" + options.metadata().orElse("") + "'")
                : options.unmatched(tensors);
    }

    /// Writes the tensors one by one, or what was asked for in their place.
    private void writeTensors(Json object, Optional<Header> header, List<TensorMeta> tensors, Json.Members all) {
        if (options.metadata().isPresent()) {
            return;
        }
        PackedWeights packed = PackedWeights.of(tensors);
        if (options.listsTensors()) {
            object.name("tensors").array(all);
        } else {
            // Not made for a plain list, which starts sooner without it.
            new InspectReport(options, terminal).writeTo(object, header, tensors, packed);
        }
        if (!packed.schemes().isEmpty()) {
            object.name("packed").array(array -> packed.schemes().forEach(scheme -> array.object(scheme::writeTo)));
        }
    }

    @Override
    void print(ModelReport report) {
        if (options.metadata().isPresent()) {
            return;
        }
        if (report.files() > 1 && !options.layout()) {
            separate();
            String title = report.named() + ": " + Units.count(report.files(), "file");
            terminal.out()
                    .line(terminal.styled(Style.BOLD, Escapes.printable(title)))
                    .append('\n');
            new Listing(terminal).print(report.totals());
        }
        super.print(report);
    }

    private void write(Json object, Path file, Header header) {
        object.name("file").string(file.toString());
        object.name("size").number(header.dataStart() + header.dataSize());
        object.name("header_bytes").number(header.dataStart() - Header.PREFIX_BYTES);
        object.name("data_start").number(header.dataStart());
        writeTensors(
                object,
                Optional.of(header),
                header.tensors(),
                array -> options.chosen(header.tensors()).forEach(tensor -> array.object(o -> write(o, tensor))));
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
}
