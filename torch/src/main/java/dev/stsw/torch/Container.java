package dev.stsw.torch;

import dev.stsw.torch.Value.StorageRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint file with its outer layer taken off.
 *
 * @param kind how the file is built, as {@link CheckpointReport#container()} says it
 * @param root what was saved
 * @param storages where the bytes lie
 * @param bigEndian whether elements are stored with their highest byte first
 * @param warnings what a person should know about the file
 * @param code the source code of a TorchScript archive; null for all others
 */
record Container(
        String kind,
        Value root,
        Storages storages,
        boolean bigEndian,
        List<String> warnings,
        @Nullable ScriptCode code) {

    Container(String kind, Value root, Storages storages, boolean bigEndian, List<String> warnings) {
        this(kind, root, storages, bigEndian, warnings, null);
    }

    /** Finds the bytes of a storage. */
    interface Storages {
        /** All bytes of it, of exactly the size that the reference to it claims. */
        Blob find(StorageRef reference) throws CheckpointException;
    }
}
