package dev.stsw.cli;

import dev.stsw.LegacySource;
import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.format.HeaderException;
import dev.stsw.format.HeaderException.Fault;
import dev.stsw.format.TensorSource;
import dev.stsw.stream.SequentialSource;
import dev.stsw.torch.Checkpoint;
import dev.stsw.torch.CheckpointException;
import dev.stsw.torch.CheckpointOptions;
import dev.stsw.torch.CheckpointReport;
import dev.stsw.torch.DeepSpeedCheckpoint;
import dev.stsw.torch.DistributedCheckpoint;
import dev.stsw.torch.NumpyArrays;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A file that tensors can be had from, whatever its kind.
///
/// @param kind what the file is, in a few words
/// @param source its tensors
/// @param notes what is remarkable about it
/// @param resource what closing ends, beside the source
record Input(String kind, TensorSource source, List<Note> notes, Closeable resource) implements Closeable {
    private static final int SHOWN_KEYS = 8;

    /// Opens a file or a member of an archive, what comes through a pipe, or all files of a model, after a look at its
    /// content; its name says nothing.
    ///
    /// @param options for a PyTorch checkpoint; of a safetensors file, only whether checksums are verified matters
    /// @param folder where what cannot be used as it comes may be kept in a temporary file
    static Input open(Path file, CheckpointOptions options, boolean verify, Path folder) throws IOException {
        if (Pipe.is(file)) {
            return open(Pipe.open(file), options, verify, folder);
        }
        Optional<ArchiveMember> member = ArchiveMember.of(file);
        return member.isPresent()
                ? member.get().open(options, verify, folder).input()
                : openModel(file, options, verify);
    }

    private static Input openModel(Path file, CheckpointOptions options, boolean verify) throws IOException {
        ModelFiles model = ModelFiles.of(file);
        if (!model.isSoundFile()) {
            return ShardedInput.open(model, options, verify);
        }
        Input input = openFile(model.files().get(0).path(), options, verify);
        List<Note> notes = new ArrayList<>(model.notes());
        notes.addAll(input.notes);
        return new Input(input.kind, input.source, notes, input.resource);
    }

    /// The files that what was named stands for, so far as they can be told: those of a model, or an archive.
    static List<Path> files(Path named) {
        try {
            if (Pipe.is(named)) {
                return List.of();
            }
            Optional<ArchiveMember> member = ArchiveMember.of(named);
            return member.isPresent()
                    ? List.of(member.get().archive())
                    : ModelFiles.of(named).files().stream()
                            .map(ModelFiles.Member::path)
                            .toList();
        } catch (IOException e) {
            return List.of(); // Whoever opens it says so.
        }
    }

    /// What comes through a pipe, which is closed with this, or if it fails.
    static Input open(Pipe pipe, CheckpointOptions options, boolean verify, Path folder) throws IOException {
        try {
            FileKind kind = pipe.kind();
            if (kind == FileKind.INDEX) {
                throw new HeaderException(
                        pipe.name(),
                        Fault.OTHER_FORMAT,
                        pipe.describe() + "; an index of shards cannot come through a pipe");
            }
            if (kind == FileKind.DISTRIBUTED) {
                throw new CheckpointException(
                        pipe.name(),
                        CheckpointException.Kind.UNSUPPORTED,
                        "this describes the files beside it, and cannot come through a pipe without them");
            }
            return kind == FileKind.SAFETENSORS
                    ? new Input(
                            "safetensors", pipe.reader().asSource(verify, () -> Scratch.in(folder)), List.of(), pipe)
                    : kept(pipe, options, folder);
        } catch (IOException | RuntimeException e) {
            pipe.close();
            throw e;
        }
    }

    /// Archives have their table of contents at the end, and pickles refer to places: they are read out of order.
    private static Input kept(Pipe pipe, CheckpointOptions options, Path folder) throws IOException {
        Scratch scratch = Scratch.in(folder);
        try {
            scratch.append(pipe);
        } catch (IOException | RuntimeException e) {
            scratch.close();
            throw e;
        }
        pipe.close();
        FileChannel channel = scratch.channel();
        return pipe.kind(channel) == FileKind.NUMPY
                ? numpy(channel, pipe.name(), options)
                : checkpoint(channel, pipe.name(), options);
    }

    /// Opens a part of a file as a file.
    ///
    /// @param name what messages call it
    static Input openPart(
            SeekableByteChannel channel, String name, CheckpointOptions options, boolean verify, Path folder)
            throws IOException {
        ByteBuffer start = ByteBuffer.allocate(FileKind.LOOK_AT).order(ByteOrder.LITTLE_ENDIAN);
        while (start.hasRemaining() && channel.read(start) >= 0) {}
        return switch (FileKind.of(start.flip(), channel)) {
            case CHECKPOINT -> checkpoint(channel, name, options);
            case NUMPY -> numpy(channel, name, options);
            case DISTRIBUTED, DEEPSPEED, INDEX, SAFETENSORS ->
                open(Pipe.of(name, channel.position(0)), options, verify, folder);
        };
    }

    /// What was made of the source, as one whose last tensor comes only if what came through a pipe ends there too.
    TensorSource toTheEnd(TensorSource made) throws IOException {
        return source instanceof SequentialSource piped ? piped.toTheEnd(made) : made;
    }

    /// The same with something else to close.
    Input closingToo(Closeable more) {
        return new Input(kind, source, notes, () -> {
            try {
                resource.close();
            } finally {
                more.close();
            }
        });
    }

    /// Opens one file that is no index.
    static Input openFile(Path file, CheckpointOptions options, boolean verify) throws IOException {
        return switch (FileKind.of(file)) {
            case CHECKPOINT -> checkpoint(FileChannel.open(file), file.toString(), options);
            case DISTRIBUTED -> DistributedInput.open(file, options);
            case DEEPSPEED -> DeepSpeedInput.open(file, options);
            case NUMPY -> numpy(FileChannel.open(file), file.toString(), options);
            case INDEX, SAFETENSORS -> safetensors(file, verify);
        };
    }

    /// The filter is applied here too, because only an array that is not wanted may be of a kind that cannot be read.
    private static Input numpy(SeekableByteChannel channel, String fileName, CheckpointOptions options)
            throws IOException {
        String prefix = options.stripPrefix();
        try {
            NumpyArrays arrays = NumpyArrays.open(
                    channel,
                    options.withFileName(fileName)
                            .withFilter(name -> options.filter()
                                    .test(name.startsWith(prefix) ? name.substring(prefix.length()) : name)));
            if (arrays.holdsPickles()) {
                return checkpoint(channel, fileName, options); // It has nothing to close yet.
            }
            List<Note> notes = new ArrayList<>(omitted(Note.SKIPPED, arrays.skipped()));
            arrays.widened().forEach((name, form) -> notes.add(new Note(Note.CAST, name, form)));
            notes.addAll(omitted(Note.DROPPED, arrays.dropped()));
            return new Input("NumPy (" + arrays.container() + ")", arrays, notes, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// @param kind [Note#SKIPPED] or [Note#DROPPED]
    private static List<Note> omitted(String kind, List<CheckpointReport.Omission> parts) {
        return parts.stream()
                .map(part -> new Note(kind, part.path(), part.reason()))
                .toList();
    }

    private static Input checkpoint(SeekableByteChannel channel, String fileName, CheckpointOptions options)
            throws IOException {
        try {
            Checkpoint checkpoint = Checkpoint.open(channel, options.withFileName(fileName));
            CheckpointReport report = checkpoint.report();
            String part = report.key().isEmpty() ? "" : ", " + report.key();
            String maker = report.container().startsWith("np") ? "NumPy (" : "PyTorch (";
            return new Input(maker + report.container() + part + ")", checkpoint, notes(report), channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    static List<Note> notes(CheckpointReport report) {
        List<Note> notes = new ArrayList<>();
        if (!report.alternatives().isEmpty()) {
            notes.add(new Note(Note.KEY, report.key(), others(report.alternatives())));
        }
        if (!report.toolPrefix().isEmpty()) {
            String prefix = report.toolPrefix();
            notes.add(new Note(Note.PREFIX, prefix, "begins all names; --strip-prefix " + prefix + " removes it"));
        }
        report.shared().forEach((removed, kept) -> notes.add(new Note(Note.SHARED, removed, kept)));
        report.renamed().forEach((old, name) -> notes.add(new Note(Note.RENAMED, old, name)));
        report.widened().forEach((name, form) -> notes.add(new Note(Note.CAST, name, form)));
        notes.addAll(omitted(Note.SKIPPED, report.skipped()));
        notes.addAll(omitted(Note.DROPPED, report.dropped()));
        report.unknownGlobals()
                .forEach(name -> notes.add(new Note(Note.INERT, name, "not on torch's allow-list; was not run")));
        report.warnings().forEach(warning -> notes.add(new Note(Note.WARNING, "", warning)));
        return notes;
    }

    private static String others(List<String> keys) {
        String more = keys.size() > SHOWN_KEYS ? " and " + (keys.size() - SHOWN_KEYS) + " more" : "";
        String first = keys.get(0);
        return "also: " + String.join(", ", keys.subList(0, Math.min(SHOWN_KEYS, keys.size()))) + more + "; --key "
                + ShellWord.of(first);
    }

    private static Input safetensors(Path file, boolean verify) throws IOException {
        try {
            StreamReader reader = StreamReader.open(
                    file, ReadOptions.defaults().withMmap(false).withVerifyCrc(verify));
            return new Input(
                    "safetensors", reader.asSource(), DistributedInput.notes(reader.metadata()), reader::close);
        } catch (HeaderException e) {
            return repaired(file, e);
        }
    }

    /// A file that the reference rejects, but that the Python original may have written.
    private static Input repaired(Path file, HeaderException strict) throws IOException {
        try {
            LegacySource legacy = LegacySource.open(file);
            List<Note> notes = Stream.concat(
                            Stream.of("rejected by the reference: " + strict.problem()), legacy.notes().stream())
                    .map(sentence -> new Note(Note.REPAIRED, "", sentence))
                    .toList();
            return new Input("safetensors (not official)", legacy, notes, legacy);
        } catch (HeaderException e) {
            // Says the same of most files, and more of those that it knows.
            e.addSuppressed(strict);
            throw e;
        }
    }

    /// One file or several.
    boolean ofPyTorch() {
        return kind.contains("PyTorch");
    }

    /// One file or several.
    boolean ofNumpy() {
        return kind.contains("NumPy");
    }

    /// Whether its bytes come through a pipe, without a copy.
    boolean isReadOnce() {
        return source instanceof SequentialSource || source instanceof SeveralInputs.ReadOnce;
    }

    boolean isDistributed() {
        return source instanceof DistributedCheckpoint;
    }

    /// Whether prefix and filter were applied already.
    boolean isCheckpoint() {
        return source instanceof Checkpoint
                || source instanceof DistributedCheckpoint
                || source instanceof DeepSpeedCheckpoint;
    }

    @Override
    public void close() throws IOException {
        try {
            source.close();
        } finally {
            resource.close();
        }
    }
}
