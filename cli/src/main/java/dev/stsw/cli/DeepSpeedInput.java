package dev.stsw.cli;

import dev.stsw.torch.CheckpointFolder;
import dev.stsw.torch.CheckpointOptions;
import dev.stsw.torch.CheckpointReport;
import dev.stsw.torch.DeepSpeedCheckpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Folders that DeepSpeed saved under ZeRO. The folder itself stands for the checkpoint: none of its files does.
final class DeepSpeedInput {
    /// Beside the folders of all steps, a file with the name of the last.
    private static final String LATEST = "latest";

    private static final int LONGEST_NAME = 255;

    private DeepSpeedInput() {}

    /// The folder itself, or the one that it calls its latest; empty if neither is of DeepSpeed.
    ///
    /// @param files in the folder
    static Optional<Path> in(Path folder, List<String> files) throws IOException {
        if (DeepSpeedCheckpoint.isIn(files)) {
            return Optional.of(folder);
        }
        Path latest = folder.resolve(LATEST);
        if (!files.contains(LATEST) || Files.size(latest) > LONGEST_NAME) {
            return Optional.empty();
        }
        String name = new String(Files.readAllBytes(latest), StandardCharsets.UTF_8).strip();
        boolean plain = name.matches("[\\w.-]+") && !name.matches("\\.+");
        Path step = folder.resolve(plain ? name : LATEST);
        return Files.isDirectory(step) && isIn(step) ? Optional.of(step) : Optional.empty();
    }

    static boolean isIn(Path folder) throws IOException {
        return DeepSpeedCheckpoint.isIn(names(folder));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    static Input open(Path folder, CheckpointOptions options) throws IOException {
        DeepSpeedCheckpoint checkpoint = DeepSpeedCheckpoint.open(
                CheckpointFolder.of(folder), names(folder), options.withFileName(folder.toString()));
        CheckpointReport report = checkpoint.report();
        return new Input("PyTorch (" + report.container() + ")", checkpoint, Input.notes(report), checkpoint);
    }
}
