package dev.stsw.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Standard output. Unlike [java.io.PrintStream], which swallows errors, it says when nobody reads any more,
/// so that `stsw inspect big | head` ends at once, and when the disk behind a redirection is full.
final class Output extends Writer {
    private final OutputStream stream;
    private final boolean terminal;
    private final Writer writer;
    private @Nullable Closed failure;

    /// In UTF-8, for programs.
    Output(OutputStream stream) {
        this(stream, false);
    }

    Output(OutputStream stream, boolean terminal) {
        this(stream, terminal, StandardCharsets.UTF_8);
    }

    /// @param terminal whether a person looks at it
    /// @param charset of text; what it has not is a question mark
    Output(OutputStream stream, boolean terminal, Charset charset) {
        this.stream = stream;
        this.terminal = terminal;
        writer = new BufferedWriter(new OutputStreamWriter(stream, charset), 1 << 13);
    }

    /// Whether a person looks at it, who cannot read bytes.
    boolean isTerminal() {
        return terminal;
    }

    /// The same for bytes that are no text. They come after all text that was written before; no text must follow.
    WritableByteChannel bytes() {
        flush();
        WritableByteChannel channel = Channels.newChannel(stream);
        return new WritableByteChannel() {
            @Override
            public int write(ByteBuffer from) {
                int before = from.remaining();
                attempt(() -> channel.write(from));
                return before - from.remaining();
            }

            @Override
            public boolean isOpen() {
                return channel.isOpen();
            }

            @Override
            public void close() {
                attempt(channel::close);
            }
        };
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

        /// Whether the reader went away, which is its good right.
        boolean isBrokenPipe() {
            return getCause() instanceof IOException fault && BrokenPipe.is(fault);
        }
    }
}
