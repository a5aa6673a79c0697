package dev.stsw.torch;

import java.io.IOException;

/**
 * A part of a tensor, and how to come to its bytes.
 *
 * @param box which part
 * @param where tensor, part and file, for messages
 * @param source looks at the file when it is asked, and not before: there may be a million pieces
 */
record Piece(Box box, String where, Source source) {

    /** Describes the elements of a piece, whose size is that of the box. */
    interface Source {
        View view() throws IOException;
    }

    /** A fault that was met while its bytes were read. */
    CheckpointException blamed(CheckpointException fault) {
        return new CheckpointException(fault.kind(), where + ": " + fault.problem());
    }
}
