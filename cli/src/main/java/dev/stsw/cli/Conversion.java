package dev.stsw.cli;

import dev.stsw.cli.Terminal.Style;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// What `convert` has to say about one conversion.
///
/// @param in the input
/// @param out the output
/// @param kind what the input is
/// @param source the tensors that are written
/// @param crc32 whether checksums are written
/// @param notes what was done to them, and to the rest
record Conversion(Path in, Path out, String kind, TensorSource source, boolean crc32, List<Note> notes) {

    Conversion withSource(TensorSource other) {
        return new Conversion(in, out, kind, other, crc32, notes);
    }

    /// Before it is done, or instead.
    void announce(Terminal terminal, boolean json, boolean verbose) {
        if (json) {
            Json.line(terminal.out(), object -> write(object, true, List.of()));
            return;
        }
        List<TensorMeta> tensors = Listing.unplaced(source.tensors());
        new Listing(terminal)
                .print(out + " (not written)", tensors, source.metadata().orElse(Map.of()));
        Note.print(notes, verbose, terminal.out());
    }

    /// After it is done.
    ///
    /// @param verbose whether all notes are listed
    /// @param files that were written in place of the one, if so
    void report(Terminal terminal, boolean json, boolean verbose, List<Path> files, Duration elapsed) {
        if (json) {
            Json.line(terminal.out(), object -> write(object, false, files));
            return;
        }
        terminal.out()
                .line(terminal.styled(Style.GREEN, "wrote") + " " + Escapes.printable(out.toString()) + ": "
                        + Units.count(source.tensors().size(), "tensor") + ", " + Units.bytes(dataSize())
                        + (crc32 ? ", CRC-32" : "") + ", from " + kind + ", in " + Units.duration(elapsed) + " ("
                        + Units.rate(dataSize(), elapsed) + ")");
        files.forEach(file -> terminal.out().line("file: " + Escapes.printable(file.toString())));
        Note.print(notes, verbose, terminal.out());
    }

    private long dataSize() {
        return source.tensors().stream().mapToLong(TensorSpec::byteSize).sum();
    }

    private void write(Json object, boolean dryRun, List<Path> files) {
        object.name("file").string(in.toString()).name("output").string(out.toString());
        object.name("kind").string(kind).name("dry_run").bool(dryRun);
        object.name("tensors").number(source.tensors().size());
        object.name("nbytes").number(dataSize()).name("crc32").bool(crc32);
        if (!files.isEmpty()) {
            object.name("files").strings(files.stream().map(Path::toString).toList());
        }
        object.name("notes").array(array -> notes.forEach(note -> array.object(note::writeTo)));
    }
}
