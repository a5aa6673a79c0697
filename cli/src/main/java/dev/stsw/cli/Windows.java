package dev.stsw.cli;

import java.io.File;
import java.nio.charset.Charset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What only Windows has.
final class Windows {
    private Windows() {}

    static boolean isHere() {
        return File.separatorChar == '\\';
    }

    /// The charset of a console: Java takes the console's code page where a stream leads to one, and otherwise the ANSI
    /// code page, which nobody wants in a file or a pipe. Both can be the same page, but never by the same name
    /// (`cp1252` and `Cp1252`), unless it is UTF-8.
    ///
    /// @param stream the system property `stdout.encoding` or `stderr.encoding`
    /// @param ansi the system property `native.encoding`
    static Optional<Charset> console(@Nullable String stream, @Nullable String ansi) {
        return stream == null || stream.equals(ansi) || !Charset.isSupported(stream)
                ? Optional.empty()
                : Optional.of(Charset.forName(stream));
    }
}
