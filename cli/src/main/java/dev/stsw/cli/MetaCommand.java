package dev.stsw.cli;

import dev.stsw.Stsw;
import dev.stsw.cli.Terminal.Style;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.torch.CheckpointOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Shows metadata, or changes it: in the file itself, of which only the header is made anew, or on the way to another.
@Command(
        name = "meta",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Show the metadata of files, or change it: in place, or with -o in a copy.",
            "All files are looked at before the first is changed, and each is changed whole or not at all.",
            "Tensors and their checksums stay as they are."
        },
        footer = {
            "",
            "Examples:",
            "  stsw meta model.safetensors",
            "  stsw meta model.safetensors --set format=pt --remove author",
            "  stsw meta *.safetensors --clear --json"
        })
final class MetaCommand extends EachFile {
    private final RootCommand root;

    @Mixin
    private final MetadataChange change = new MetadataChange();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "Write a changed copy of the one FILE there (- for standard output), and leave FILE alone.")
    private Optional<Path> out = Optional.empty();

    MetaCommand(RootCommand root) {
        super(root);
        this.root = root;
    }

    @Override
    public Integer call() {
        change.requireUsable();
        if (!change.isGiven()) {
            if (out.isPresent()) {
                throw new WrongUsage("-o writes a changed copy: --set, --remove or --clear say what changes");
            }
            return super.call();
        }
        if (out.isPresent()) {
            return copy(out.get());
        }
        try {
            InPlace.files(named());
        } catch (FileFaults e) {
            int exitCode = report(e);
            terminal.diagnose("no file was changed");
            return exitCode;
        }
        return super.call();
    }

    private int copy(Path to) {
        if (named().size() > 1) {
            throw new WrongUsage("-o names one file, and the inputs are " + named().size());
        }
        return Flow.of(root, "meta", Path.of(named().get(0)), to, Selection.all(), new Writing(json))
                .withMetadata(change)
                .keepingOrder()
                .keepingChecksums()
                .run();
    }

    @Override
    boolean isReport() {
        return change.isGiven();
    }

    @Override
    Finding look(Path file) throws IOException {
        if (change.isGiven()) {
            return changed(file);
        }
        if (FileKind.of(file) == FileKind.SAFETENSORS) {
            return new Shown(file, Stsw.header(file));
        }
        try (Input input = Input.openFile(file, CheckpointOptions.defaults(), false)) {
            return new Shown(file, input);
        }
    }

    @Override
    Finding look(Path file, Pipe pipe) throws IOException {
        if (pipe.kind() == FileKind.SAFETENSORS) {
            return new Shown(file, pipe.reader().header());
        }
        try (Input input = Input.open(pipe, CheckpointOptions.defaults(), false, Scratch.usualFolder())) {
            return new Shown(file, input);
        }
    }

    @Override
    Finding look(Path file, ArchiveMember member) throws IOException {
        try (Input input = member.open(CheckpointOptions.defaults(), false, Scratch.usualFolder())
                .input()) {
            return new Shown(file, input);
        }
    }

    private Finding changed(Path file) throws IOException {
        List<Note> notes = new ArrayList<>();
        Map<String, String> before = new LinkedHashMap<>();
        Stsw.editMetadata(file, entries -> {
            before.putAll(entries);
            notes.addAll(change.missing(entries));
            return change.apply(entries);
        });
        return new Changed(file, before, Stsw.header(file), notes);
    }

    /// The metadata of a file, as it is.
    private class Shown implements Finding {
        final Path file;
        final Map<String, String> metadata;
        private final List<TensorMeta> tensors;

        Shown(Path file, Header header) {
            this.file = file;
            this.metadata = header.metadata().orElse(Map.of());
            this.tensors = header.tensors();
        }

        Shown(Path file, Input input) {
            this.file = file;
            this.metadata = input.source().metadata().orElse(Map.of());
            this.tensors = Listing.unplaced(input.source().tensors());
        }

        @Override
        public void print() {
            if (named().size() > 1) {
                title(file);
            }
            Listing.print(metadata, terminal.out());
            if (metadata.isEmpty()) {
                terminal.out().line("no metadata");
            }
        }

        @Override
        public void writeTo(Json object) {
            object.name("file").string(file.toString());
            object.name("metadata").strings(metadata);
        }

        @Override
        public List<TensorMeta> tensors() {
            return tensors;
        }
    }

    /// The same after it was changed.
    private final class Changed extends Shown {
        private final boolean isOther;
        private final List<Note> notes;

        Changed(Path file, Map<String, String> before, Header header, List<Note> notes) {
            super(file, header);
            this.isOther = !metadata.equals(before);
            this.notes = notes;
        }

        @Override
        public void print() {
            String verdict = isOther ? terminal.styled(Style.GREEN, "changed") : "as it was";
            terminal.out()
                    .line(Escapes.printable(file.toString()) + ": " + verdict + " ("
                            + Units.count(metadata.size(), "key") + ")");
            Note.print(notes, verbose(), terminal.out());
        }

        @Override
        public void writeTo(Json object) {
            super.writeTo(object);
            object.name("changed").bool(isOther);
            object.name("notes").array(array -> notes.forEach(note -> array.object(note::writeTo)));
        }
    }
}
