package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;

/** Recognises how a file is built. */
final class Containers {
    private Containers() {}

    static Container open(SeekableByteChannel channel, Budget budget, Globals globals, long maxBytes)
            throws IOException {
        if (channel.size() == 0) {
            throw new CheckpointException(Kind.NOT_A_CHECKPOINT, "the file is empty");
        }
        return ZipContainer.open(channel, budget, globals, maxBytes);
    }
}
