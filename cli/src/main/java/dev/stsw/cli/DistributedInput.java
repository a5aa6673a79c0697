package dev.stsw.cli;

import dev.stsw.format.TensorSpec;
import dev.stsw.stream.ProgressListener;
import dev.stsw.stream.Verification;
import dev.stsw.stream.Verification.Outcome;
import dev.stsw.torch.CheckpointException;
import dev.stsw.torch.CheckpointFolder;
import dev.stsw.torch.CheckpointOptions;
import dev.stsw.torch.CheckpointReport;
import dev.stsw.torch.DistributedCheckpoint;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Folders that torch.distributed.checkpoint wrote. What stands for one is its file `.metadata`.
final class DistributedInput {
    private static final String PIECES = ".distcp";
    /// Metadata of a safetensors file with pieces, and their offsets.
    private static final String SHARDING = "DCP_SHARDING_INFO";

    private static final int BUFFER_BYTES = 1 << 20;

    private DistributedInput() {}

    /// Whether a folder is such a checkpoint, or what is left of one.
    static boolean isIn(Path folder) throws IOException {
        Path metadata = folder.resolve(DistributedCheckpoint.METADATA);
        if (Files.isRegularFile(metadata)) {
            return FileKind.of(metadata) == FileKind.DISTRIBUTED;
        }
        try (Stream<Path> files = Files.list(folder)) {
            if (files.anyMatch(file -> file.getFileName().toString().endsWith(PIECES))) {
                throw new CheckpointException(
                        folder.toString(),
                        CheckpointException.Kind.CORRUPT,
                        "holds pieces of a distributed checkpoint (*.distcp), but no .metadata, which says what they"
                                + " are and is written last");
            }
        }
        return false;
    }

    static Input open(Path metadata, CheckpointOptions options) throws IOException {
        DistributedCheckpoint checkpoint = source(metadata, options);
        CheckpointReport report = checkpoint.report();
        String part = report.key().isEmpty() ? "" : ", " + report.key();
        return new Input("PyTorch (" + report.container() + part + ")", checkpoint, Input.notes(report), checkpoint);
    }

    /// What is to be said of a safetensors file with such metadata: torch may have put pieces of tensors there.
    static List<Note> notes(Map<String, String> metadata) {
        return metadata.containsKey(SHARDING)
                ? List.of(new Note(
                        Note.WARNING,
                        "",
                        "written by one process of torch.distributed: its tensors may be pieces of others; let torch"
                                + " consolidate them"))
                : List.of();
    }

    private static DistributedCheckpoint source(Path metadata, CheckpointOptions options) throws IOException {
        return DistributedCheckpoint.open(
                CheckpointFolder.of(metadata.resolveSibling("")),
                metadata.getFileName().toString(),
                options.withFileName(metadata.toString()));
    }

    /// All of it, to be verified.
    static Whole whole(Path metadata) throws IOException {
        return new Whole(metadata, source(metadata, CheckpointOptions.defaults().withKey("")));
    }

    /// @param metadata the file that describes it
    record Whole(Path metadata, DistributedCheckpoint checkpoint) implements Closeable {
        List<TensorSpec> tensors() {
            return checkpoint.tensors();
        }

        /// Reads each tensor, so that each piece is compared with its CRC-32.
        Verification verify(ProgressListener progress) throws IOException {
            long total = tensors().stream().mapToLong(TensorSpec::byteSize).sum();
            List<String> problems = new ArrayList<>();
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
            long done = 0;
            for (TensorSpec tensor : tensors()) {
                try (ReadableByteChannel in = checkpoint.open(tensor.name())) {
                    for (int count = 0; count >= 0; count = in.read(buffer.clear())) {
                        done += count;
                        progress.progress(done, total);
                    }
                } catch (CheckpointException e) {
                    problems.add(e.problem());
                }
            }
            Outcome outcome = !problems.isEmpty()
                    ? Outcome.DAMAGED
                    : checkpoint.unproved().isEmpty() ? Outcome.INTACT : Outcome.UNPROVEN;
            Optional<String> problem = problems.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", problems));
            return new Verification(metadata.toString(), outcome, tensors().size(), List.of(), problem);
        }

        @Override
        public void close() throws IOException {
            checkpoint.close();
        }
    }
}
