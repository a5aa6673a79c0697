package dev.stsw.torch;

import java.io.IOException;

/** stub */
final class Streams {
    private Streams() {}

    static ByteStream open(View view) throws IOException {
        long size = view.byteSize();
        if (size == 0) {
            return view.storage().stored().slice(0, 0).stream();
        }
        if (view.isPlain() && !view.storage().deflated()) {
            return view.storage().stored().slice(view.start(), size).stream();
        }
        return new Gather(view, view.storage().stored());
    }
}
