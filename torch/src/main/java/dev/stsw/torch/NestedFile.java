package dev.stsw.torch;

import dev.stsw.torch.Value.Bytes;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.LoadedStorage;
import dev.stsw.torch.Value.StorageRef;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A file of torch.save in a byte string, which holds one storage: what {@code pickle.dump} makes of a tensor ({@code
 * torch.storage.TypedStorage.__reduce__}). It is read, and not loaded.
 */
final class NestedFile {
    /** torch writes none in another. */
    private static final int DEEPEST = 1;

    private NestedFile() {}

    /** The storage in it; null if {@code arguments} are none of torch's, which leaves the call what it is. */
    static @Nullable Value storage(Value arguments, Budget budget, Globals globals) throws IOException {
        Value argument = arguments instanceof Items items && items.values.size() == 1 ? items.values.get(0) : null;
        if (!(argument instanceof Bytes bytes)
                || bytes.isText()
                || bytes.origin().depth() >= DEEPEST) {
            return null;
        }
        budget.charge(1000);
        try {
            Section file = Section.of(bytes.blob(), bytes.origin().spool());
            Origin origin = new Origin(
                    new FileRange(file, 0, file.size()),
                    bytes.origin().spool(),
                    bytes.origin().depth() + 1);
            Container inner = LegacyContainer.open(origin, budget, globals);
            return inner.root() instanceof StorageRef reference
                    ? new LoadedStorage(reference, inner.storages().find(reference), inner.bigEndian())
                    : null;
        } catch (CheckpointException e) {
            throw new CheckpointException(
                    e.kind(),
                    "the byte string of " + bytes.size() + " bytes at byte " + bytes.start() + ": " + e.problem());
        }
    }
}
