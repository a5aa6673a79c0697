package dev.stsw.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pieces that follow each other in C order, such as blocks of rows: one stream after the other. */
final class Chain extends ByteStream {
    private final Iterator<Piece> pieces;
    private final Streams streams;
    private @Nullable Piece piece;
    private @Nullable ByteStream current;

    /** @param pieces in order, together all of the tensor */
    Chain(long size, List<Piece> pieces, Streams streams) {
        super(size);
        this.pieces = pieces.iterator();
        this.streams = streams;
    }

    @Override
    void fill(ByteBuffer target) throws IOException {
        ByteStream stream = current;
        while (stream == null || stream.remaining() == 0) {
            if (stream != null) {
                stream.close();
            }
            piece = pieces.next();
            View view = piece.source().view();
            stream = blaming(() -> streams.open(view));
            current = stream;
        }
        ByteStream from = stream;
        blaming(() -> {
            from.read(target);
            return from;
        });
    }

    private ByteStream blaming(NamedStream.Opener step) throws IOException {
        try {
            return step.open();
        } catch (CheckpointException e) {
            throw piece == null ? e : piece.blamed(e);
        }
    }

    @Override
    public void close() {
        super.close();
        if (current != null) {
            current.close();
        }
    }
}
