package dev.stsw.cli;

import dev.stsw.cli.Table.Column;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Says by hashes what files hold, so that two can be compared without having both.
@Command(
        name = "hash",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RootCommand.VersionLine.class,
        description = {
            "Print the SHA-256 of each tensor's bytes, and of the content as a whole.",
            "The content's does not change with the order of tensors, shards, metadata or padding."
        },
        footer = {
            "",
            "Examples:",
            "  stsw hash model.safetensors",
            "  stsw hash --whole model.safetensors     as sha256sum, and the hub, have it",
            "  stsw hash --json folder-of-shards | tail -1"
        })
final class HashCommand extends EachFile {
    private static final List<Column<Hashed>> COLUMNS = List.of(
            new Column<>("SHA-256", false, Hashed::sha256),
            new Column<>("NAME", false, hashed -> Escapes.printable(hashed.tensor.name())));

    @Option(names = "--whole", description = "Print the SHA-256 of each file itself, whatever is in it, and no other.")
    private boolean whole;

    private ContentHash model = new ContentHash();

    HashCommand(RootCommand root) {
        super(root);
    }

    @Override
    ModelFiles files(Path named) throws IOException {
        if (whole && Files.isRegularFile(named)) {
            return ModelFiles.itself(named);
        }
        return super.files(named);
    }

    @Override
    boolean looksInside() {
        return !whole;
    }

    @Override
    Finding look(Path file) throws IOException {
        if (whole) {
            try (ProgressBar bar = bar(file.toString())) {
                return new Whole(file, Sha256.of(file, bar), Files.size(file));
            }
        }
        return content(file, TensorFile.open(file));
    }

    @Override
    Finding look(Path file, Pipe pipe) throws IOException {
        if (whole) {
            try (ProgressBar bar = bar(file.toString())) {
                return new Whole(file, Sha256.of(pipe, 0, bar), pipe.position());
            }
        }
        return content(file, TensorFile.open(pipe));
    }

    @Override
    Finding look(Path file, ArchiveMember member) throws IOException {
        return whole ? super.look(file, member) : content(file, TensorFile.open(member));
    }

    private Content content(Path file, TensorFile opened) throws IOException {
        try (opened;
                ProgressBar bar = bar(file.toString())) {
            List<TensorSpec> tensors = opened.tensors();
            String[] hashes = new String[tensors.size()];
            opened.visit(false, (tensor, part) -> new Digest(hashes, tensor), bar);
            List<Hashed> hashed = new ArrayList<>();
            for (int i = 0; i < hashes.length; i++) {
                hashed.add(new Hashed(tensors.get(i), hashes[i]));
            }
            return new Content(file, hashed, opened.input().notes());
        }
    }

    /// The digest of one tensor, as its bytes come.
    private static final class Digest implements TensorWalk.Part {
        private final MessageDigest digest = Sha256.digest();
        private final String[] hashes;
        private final int index;

        Digest(String[] hashes, int index) {
            this.hashes = hashes;
            this.index = index;
        }

        @Override
        public void take(ByteBuffer... bytes) {
            digest.update(bytes[0]);
        }

        @Override
        public void end() {
            hashes[index] = Sha256.hex(digest);
        }
    }

    /// A tensor and the SHA-256 of its bytes.
    private record Hashed(TensorSpec tensor, String sha256) {}

    /// The hashes of what is in a file.
    private final class Content implements Finding {
        private final Path file;
        private final List<Hashed> tensors;
        private final List<Note> notes;
        private final String sha256;

        Content(Path file, List<Hashed> tensors, List<Note> notes) {
            this.file = file;
            this.tensors = tensors;
            this.notes = notes;
            ContentHash content = new ContentHash();
            tensors.forEach(hashed -> content.add(hashed.tensor, hashed.sha256));
            this.sha256 = content.hex();
        }

        @Override
        public void print() {
            title(file);
            if (!tensors.isEmpty()) {
                terminal.out().append('\n');
                new Table<>(terminal, COLUMNS).print(tensors);
                terminal.out().append('\n');
            }
            terminal.out().line(sha256 + "  content of " + Escapes.printable(file.toString()));
            Note.print(notes, verbose(), terminal.out());
        }

        @Override
        public void writeTo(Json object) {
            object.name("file").string(file.toString());
            object.name("sha256").string(sha256);
            object.name("tensors")
                    .array(array -> tensors.forEach(hashed -> array.object(member -> {
                        member.name("name").string(hashed.tensor.name());
                        member.name("dtype").string(hashed.tensor.dtype().name());
                        member.name("shape").numbers(hashed.tensor.shape().toArray());
                        member.name("sha256").string(hashed.sha256);
                    })));
        }

        @Override
        public List<TensorMeta> tensors() {
            return tensors.stream()
                    .map(hashed -> Listing.unplaced(hashed.tensor))
                    .toList();
        }

        @Override
        public List<Note> notes() {
            return notes;
        }

        @Override
        public void joined(Predicate<String> taken) {
            tensors.stream()
                    .filter(hashed -> taken.test(hashed.tensor.name()))
                    .forEach(hashed -> model.add(hashed.tensor, hashed.sha256));
        }
    }

    /// The hash of a file itself.
    private final class Whole implements Finding {
        private final Path file;
        private final String sha256;
        private final long size;

        Whole(Path file, String sha256, long size) {
            this.file = file;
            this.sha256 = sha256;
            this.size = size;
        }

        @Override
        public void print() {
            terminal.out().line(sha256 + "  " + Escapes.printable(file.toString()));
        }

        @Override
        public void writeTo(Json object) {
            object.name("file").string(file.toString());
            object.name("size").number(size);
            object.name("whole").string(sha256);
        }

        @Override
        public List<TensorMeta> tensors() {
            return List.of();
        }
    }

    @Override
    void print(ModelReport report) {
        if (report.isWhole()) {
            terminal.out()
                    .append('\n')
                    .line(modelHash() + "  content of "
                            + Escapes.printable(report.named().toString()));
        }
        super.print(report);
    }

    @Override
    void write(Json object, ModelReport report) {
        if (report.isWhole()) {
            object.name("sha256").string(modelHash());
        }
    }

    /// Begins another model, too.
    private String modelHash() {
        String hex = model.hex();
        model = new ContentHash();
        return hex;
    }
}
