package dev.stsw.model;

import dev.stsw.format.ShardIndex;
import java.util.List;
import java.util.Optional;

/// What [ModelFinder] decided about a folder.
///
/// @param indexName the index that was taken, if one was
/// @param index its content
/// @param expected the model's files, in order, as far as they have names in the folder or the index
/// @param files those of them that are there
/// @param problems what is wrong with the model as a whole, a sentence each; it must not be used then
/// @param remarks what was taken, what was left and why, and what a person should know
/// @param refusal why nothing was taken, as the end of a sentence; the folder is no model then, which is no fault of it
public record FoundModel(
        Optional<String> indexName,
        Optional<ShardIndex> index,
        List<String> expected,
        List<String> files,
        List<String> problems,
        List<Remark> remarks,
        Optional<String> refusal) {

    /// What a remark is about.
    public enum About {
        TAKEN,
        UNUSED,
        WARNING
    }

    /// What a person should know of one file.
    ///
    /// @param about whether the subject was taken, left, or is remarkable otherwise
    /// @param subject a file's name
    /// @param detail why
    public record Remark(About about, String subject, String detail) {}

    static FoundModel refused(String reason) {
        return new FoundModel(
                Optional.empty(), Optional.empty(), List.of(), List.of(), List.of(), List.of(), Optional.of(reason));
    }
}
