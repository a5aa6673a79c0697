package dev.stsw.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Standard output, in UTF-8. Unlike [java.io.PrintStream], which swallows errors, it says when nobody reads any more,
/// so that `stsw inspect big | head` ends at once, and when the disk behind a redirection is full.
final class Output extends Writer {
    private final Writer writer;
    private @Nullable Closed failure;

    Output(OutputStream stream) {
        writer = new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), 1 << 13);
    }

    /// A line of text, and the end of the line.
    Output line(CharSequence text) {
        return append(text).append('\n');
    }

    @Override
    public Output append(CharSequence text) {
        return attempt(() -> writer.append(text));
    }

    @Override
    public Output append(char c) {
        return attempt(() -> writer.append(c));
    }

    @Override
    public void write(char[] text, int offset, int length) {
        attempt(() -> writer.write(text, offset, length));
    }

    @Override
    public void flush() {
        attempt(writer::flush);
    }

    @Override
    public void close() {
        attempt(writer::close);
    }

    /// Writes everything that waits to be written. Returns why that failed, if it did, now or before.
    Optional<Closed> finish() {
        try {
            flush();
            return Optional.empty();
        } catch (Closed e) {
            return Optional.of(e);
        }
    }

    private Output attempt(Write write) {
        if (failure != null) {
            throw failure;
        }
        try {
            write.run();
        } catch (IOException e) {
            failure = new Closed(e);
            throw failure;
        }
        return this;
    }

    private interface Write {
        void run() throws IOException;
    }

    /// Nothing more can be written. Unchecked, because it passes through code that expects the input's faults only.
    static final class Closed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Closed(IOException cause) {
            super(cause.getMessage(), cause);
        }

        /// Whether the reader went away, which is its good right. Only the message tells that from other errors.
        boolean isBrokenPipe() {
            String message = String.valueOf(getMessage());
            return message.contains("Broken pipe") || message.contains("pipe is being closed");
        }
    }
}
