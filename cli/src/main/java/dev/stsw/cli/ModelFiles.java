package dev.stsw.cli;

import dev.stsw.format.HeaderException;
import dev.stsw.format.HeaderException.Fault;
import dev.stsw.format.ShardIndex;
import dev.stsw.model.DiskFolder;
import dev.stsw.model.FoundModel;
import dev.stsw.model.FoundModel.Remark;
import dev.stsw.model.ModelFinder;
import dev.stsw.model.ModelName;
import dev.stsw.model.ModelName.Shard;
import dev.stsw.torch.DistributedCheckpoint;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// The files of a model: the one that was named, those of an index, or what [ModelFinder] takes in a folder.
///
/// @param place what is to blame where the model as a whole is bad: its index, or else its folder, or the file itself
/// @param isModel whether a folder or an index was named, rather than a file
/// @param index which tensors are in which files, if it has one
/// @param files with the tensors, in order, those that are there
/// @param missing names of files that it should have, and that are not there
/// @param problems why it must not be used as it is, a sentence each
/// @param notes what was taken, what was left, and what is odd about that
/// @param others safetensors files of the folder that are none of the model's
record ModelFiles(
        Path place,
        boolean isModel,
        Optional<ShardIndex> index,
        List<Member> files,
        List<String> missing,
        List<String> problems,
        List<Note> notes,
        List<Member> others) {

    /// A file of a model.
    ///
    /// @param name as the index has it
    /// @param path where it is
    record Member(String name, Path path) {
        static Member of(Path file) {
            Path name = file.getFileName();
            return new Member(name == null ? file.toString() : name.toString(), file);
        }
    }

    /// @throws FileSystemException if it is a folder without a model, or with more than one
    static ModelFiles of(Path path) throws IOException {
        return of(path, false);
    }

    /// A file alone, whatever it is.
    static ModelFiles itself(Path file) {
        return new ModelFiles(
                file, false, Optional.empty(), List.of(Member.of(file)), List.of(), List.of(), List.of(), List.of());
    }

    /// The same of a folder in which all safetensors files are wanted, whatever the model is: if it is not clear, they
    /// are the others.
    static ModelFiles withOthers(Path path) throws IOException {
        return of(path, true);
    }

    private static ModelFiles of(Path path, boolean wantsOthers) throws IOException {
        if (Files.isDirectory(path)) {
            return inFolder(path, wantsOthers);
        }
        if (FileKind.of(path) != FileKind.INDEX) {
            return single(path);
        }
        DiskFolder folder = DiskFolder.of(DiskFolder.around(path));
        FoundModel found = ModelFinder.find(folder, Member.of(path).name());
        List<Note> notes = found.remarks().stream()
                .filter(remark -> remark.about() != FoundModel.About.TAKEN) // It was named.
                .map(ModelFiles::note)
                .toList();
        return new ModelFiles(
                path,
                true,
                found.index(),
                members(folder, found.files()),
                missing(found),
                found.problems(),
                notes,
                List.of());
    }

    /// A single file keeps the promise of its name, too: `1 of 3` without the two others is not the model that somebody
    /// wants.
    private static ModelFiles single(Path path) {
        Member file = Member.of(path);
        Optional<Shard> shard = ModelName.of(file.name()).flatMap(ModelName::shard);
        SortedSet<Integer> siblings =
                shard.map(one -> DiskFolder.siblings(path, one)).orElse(new TreeSet<>());
        List<String> problems = shard.map(one -> one.missing(siblings)).orElse(List.of());
        boolean isPart = problems.isEmpty() && siblings.size() > 1;
        List<Note> notes = isPart
                ? List.of(new Note(
                        Note.WARNING,
                        file.name(),
                        "one of " + siblings.size() + " files of a model; their folder or index stands for all"))
                : List.of();
        return new ModelFiles(path, false, Optional.empty(), List.of(file), List.of(), problems, notes, List.of());
    }

    private static ModelFiles inFolder(Path path, boolean wantsOthers) throws IOException {
        DiskFolder folder = DiskFolder.of(path);
        if (folder.files().stream().noneMatch(ModelFiles::isUsualModel)) {
            if (DistributedInput.isIn(path)) {
                return single(path.resolve(DistributedCheckpoint.METADATA));
            }
            Optional<Path> ofDeepSpeed = DeepSpeedInput.in(path, folder.files());
            if (ofDeepSpeed.isPresent()) {
                return single(ofDeepSpeed.get());
            }
        }
        FoundModel found = ModelFinder.find(folder);
        List<String> others = new ArrayList<>(folder.files());
        others.removeIf(name -> found.expected().contains(name)
                || ModelName.of(name)
                        .filter(other -> other.form() == ModelName.Form.SAFETENSORS)
                        .isEmpty());
        List<Note> notes =
                new ArrayList<>(found.remarks().stream().map(ModelFiles::note).toList());
        if (found.refusal().isPresent()) {
            if (others.isEmpty() || !wantsOthers) {
                throw new FileSystemException(
                        path.toString(), null, found.refusal().get());
            }
            notes.add(new Note(Note.WARNING, "", found.refusal().get()));
        }
        return new ModelFiles(
                found.indexName().map(folder::path).orElse(path),
                true,
                found.index(),
                members(folder, found.files()),
                missing(found),
                found.problems(),
                notes,
                wantsOthers ? members(folder, others) : List.of());
    }

    private static boolean isUsualModel(String file) {
        return ModelName.of(file)
                .filter(name -> name.role() == ModelName.Role.MODEL && ModelName.isUsual(name.stem()))
                .isPresent();
    }

    private static List<String> missing(FoundModel found) {
        List<String> missing = new ArrayList<>(found.expected());
        missing.removeAll(new HashSet<>(found.files()));
        return missing;
    }

    private static List<Member> members(DiskFolder folder, List<String> names) {
        return names.stream().map(name -> new Member(name, folder.path(name))).toList();
    }

    private static Note note(Remark remark) {
        String kind = switch (remark.about()) {
            case TAKEN -> Note.TAKEN;
            case UNUSED -> Note.UNUSED;
            case WARNING -> Note.WARNING;
        };
        return new Note(kind, remark.subject(), remark.detail());
    }

    /// Whether it is one file with nothing against it.
    boolean isSoundFile() {
        return index.isEmpty() && files.size() == 1 && problems.isEmpty();
    }

    /// What makes the model as a whole bad: its files are not all there.
    List<FileFaults.Found> faults() {
        return faults(problems);
    }

    /// Problems of the model as a whole as faults of the file that is to blame.
    List<FileFaults.Found> faults(List<String> sentences) {
        String file = place.toString();
        return sentences.stream()
                .map(problem -> new FileFaults.Found(file, new HeaderException(file, Fault.MALFORMED, problem)))
                .toList();
    }
}
