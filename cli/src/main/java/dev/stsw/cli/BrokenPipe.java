package dev.stsw.cli;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// How this system says that nobody reads from a pipe any more. Java has no type for that, only the system's words,
/// which are in the user's language: `Datenübergabe unterbrochen`.
final class BrokenPipe {
    /// ERROR_BROKEN_PIPE, ERROR_NO_DATA, ERROR_PIPE_NOT_CONNECTED.
    private static final int[] ERRORS = {109, 232, 233};
    /// FORMAT_MESSAGE_FROM_SYSTEM, and not to look for arguments.
    private static final int FLAGS = 0x1000 | 0x200;

    private static final int MOST_CHARS = 1024;

    private BrokenPipe() {}

    static boolean is(IOException fault) {
        String message = String.valueOf(fault.getMessage());
        return words().stream().anyMatch(message::startsWith);
    }

    /// The system's words, without what Java or Windows may put at their end.
    static List<String> words() {
        return Windows.isHere() ? ofWindows() : ofPosix();
    }

    /// What it says of a pipe of our own.
    private static List<String> ofPosix() {
        try {
            Pipe pipe = Pipe.open();
            try (Pipe.SinkChannel sink = pipe.sink()) {
                pipe.source().close();
                sink.write(ByteBuffer.allocate(1));
            }
        } catch (IOException e) {
            return List.of(String.valueOf(e.getMessage()));
        }
        return List.of();
    }

    /// There, Java's pipes are sockets, which have other words.
    @SuppressWarnings("restricted")
    private static List<String> ofWindows() {
        List<String> words = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment function =
                    SymbolLookup.libraryLookup("kernel32", arena).findOrThrow("FormatMessageW");
            MethodHandle format = Linker.nativeLinker()
                    .downcallHandle(
                            function,
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS));
            MemorySegment text = arena.allocate(Character.BYTES * (MOST_CHARS + 1L), Character.BYTES);
            for (int error : ERRORS) {
                int length = (int)
                        format.invokeExact(FLAGS, MemorySegment.NULL, error, 0, text, MOST_CHARS, MemorySegment.NULL);
                String message = length == 0 ? "" : text.getString(0, StandardCharsets.UTF_16LE);
                // Java leaves out the full stop and the end of the line, too.
                message = message.strip();
                message = message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
                if (!message.isEmpty()) {
                    words.add(message);
                }
            }
        } catch (Throwable e) {
            // Then the user sees one line too much.
            return words;
        }
        return words;
    }
}
