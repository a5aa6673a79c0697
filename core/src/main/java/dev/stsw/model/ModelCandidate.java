package dev.stsw.model;

import dev.stsw.format.ShardIndex;
import dev.stsw.model.ModelName.Form;
import dev.stsw.model.ModelName.Role;
import java.util.List;
import java.util.Optional;

/// Something in a folder that may be its model.
///
/// @param how by what its files are known to belong together
/// @param stem the model's name
/// @param form how its tensors are stored
/// @param label what it is called in messages: its index, or its first file
/// @param expected its files, by the index or as the folder has them
/// @param files those that are there, and are files
/// @param state whether it can be used
/// @param problems why it cannot be used, a sentence each
/// @param index which tensors are in which files, if it has one
record ModelCandidate(
        How how,
        String stem,
        Form form,
        String label,
        List<String> expected,
        List<String> files,
        State state,
        List<String> problems,
        Optional<ShardIndex> index) {
    /// In the order of trust.
    enum How {
        INDEX,
        SHARDS,
        FILE
    }

    /// Whether a candidate can be used, and what it means for others if not.
    enum State {
        COMPLETE,
        INCOMPLETE,
        /// Nothing of it is there but its index: people fetch one form of two.
        ABSENT,
        /// Its index leads elsewhere, or into circles: it is not passed over for its shards, which may be anybody's.
        HOSTILE
    }

    boolean complete() {
        return state == State.COMPLETE;
    }

    /// Whether it counts before those that can be used, too.
    boolean decides() {
        return complete() || state == State.HOSTILE;
    }

    Role role() {
        return ModelName.role(stem);
    }

    int usual() {
        return ModelName.usual(stem);
    }

    /// Models before variants before adapters, and names that tools write before others; what is not there, last.
    int rank() {
        return 2 * (state == State.ABSENT ? Role.values().length : role().rank) + (ModelName.isUsual(stem) ? 0 : 1);
    }

    /// Forms of the same model have the same: all that tools write under their own names, or else those of one stem.
    String family() {
        if (!ModelName.isUsual(stem)) {
            return stem;
        }
        return role() == Role.VARIANT ? stem.substring(stem.lastIndexOf('.')) : "";
    }

    private String shards() {
        return expected.size() + (expected.size() == 1 ? " shard" : " shards");
    }

    /// What it is, in a few words.
    String description() {
        String files = switch (how) {
            case INDEX -> index.isEmpty() ? "an index" : "an index of " + shards();
            case SHARDS -> shards() + (complete() ? ", complete by their names" : "");
            case FILE -> "one file";
        };
        return switch (role()) {
            case VARIANT -> "a variant, " + files;
            case ADAPTER -> "an adapter, " + files;
            default -> files;
        };
    }
}
