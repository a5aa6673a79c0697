package dev.stsw.cli;

import dev.stsw.Stsw;
import dev.stsw.model.DiskFolder;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Safetensors files that are to be changed where they are. All of them are looked at before the first is touched, so
/// that a mistake in the last of many leaves none of them changed.
final class InPlace {
    private InPlace() {}

    /// What was named, with all files of each model.
    ///
    /// @throws FileFaults if any of them cannot be changed
    static List<Path> files(List<String> named) throws FileFaults {
        List<Path> files = new ArrayList<>();
        List<FileFaults.Found> faults = new ArrayList<>();
        for (String name : named) {
            try {
                ModelFiles model = files(Path.of(name));
                faults.addAll(model.faults());
                model.files().forEach(file -> files.add(file.path()));
            } catch (InvalidPathException e) {
                faults.add(new FileFaults.Found(name, new FileSystemException(name, null, DiskFolder.NO_PATH)));
            } catch (IOException e) {
                faults.add(new FileFaults.Found(name, e));
            }
        }
        for (Path file : files) {
            try {
                requireSafetensors(file);
            } catch (IOException e) {
                faults.add(new FileFaults.Found(file.toString(), e));
            }
        }
        if (!faults.isEmpty()) {
            throw new FileFaults(faults);
        }
        return files;
    }

    private static ModelFiles files(Path named) throws IOException {
        if (Pipe.is(named) || ArchiveMember.of(named).isPresent()) {
            throw new FileSystemException(named.toString(), null, "cannot be changed in place: -o OUT names a file");
        }
        return ModelFiles.of(named);
    }

    private static void requireSafetensors(Path file) throws IOException {
        if (FileKind.of(file) != FileKind.SAFETENSORS) {
            throw new FileSystemException(
                    file.toString(), null, "is no safetensors file, and is not changed in place: -o OUT names one");
        }
        Stsw.header(file);
    }
}
