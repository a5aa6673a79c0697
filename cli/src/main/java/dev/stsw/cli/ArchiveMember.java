package dev.stsw.cli;

import dev.stsw.torch.Archive;
import dev.stsw.torch.CheckpointException;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointOptions;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/// A file in a zip or tar archive, as in `m.nemo!model_weights.ckpt`.
///
/// @param archive the archive: a file, or `-`
/// @param member its name there; of an archive in the archive, with a `!` and a name in that
record ArchiveMember(Path archive, String member) {
    private static final char MARK = '!';

    /// Archives in archives: people pack what was packed, but not more often than this.
    private static final int DEEPEST = 4;

    /// What a path names, if it is no file: names of files may hold a `!`, too.
    static Optional<ArchiveMember> of(Path path) throws IOException {
        String text = path.toString();
        if (text.indexOf(MARK) < 0 || Files.exists(path)) {
            return Optional.empty();
        }
        for (int at = text.indexOf(MARK); at > 0; at = text.indexOf(MARK, at + 1)) {
            Path archive = Path.of(text.substring(0, at));
            if (Pipe.is(archive) || Files.isRegularFile(archive)) {
                // Windows has made them its own separators.
                return Optional.of(
                        new ArchiveMember(archive, text.substring(at + 1).replace(File.separatorChar, '/')));
            }
        }
        return Optional.empty();
    }

    /// A member that is open.
    ///
    /// @param size of it, in bytes, when it is unpacked
    record Found(Input input, long size) {}

    /// Opens the member as a file is opened.
    ///
    /// @param folder where what is packed may be kept in a temporary file
    Found open(CheckpointOptions options, boolean verify, Path folder) throws IOException {
        Opened opened = new Opened(folder, options);
        try {
            return opened.find(verify);
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /// What is open on the way to the member.
    private final class Opened implements Closeable {
        private final Path folder;
        private final CheckpointOptions options;
        private final Deque<Closeable> files = new ArrayDeque<>();

        Opened(Path folder, CheckpointOptions options) {
            this.folder = folder;
            this.options = options;
        }

        private <T extends Closeable> T closing(T file) {
            files.push(file);
            return file;
        }

        Found find(boolean verify) throws IOException {
            SeekableByteChannel channel = Pipe.is(archive) ? kept(archive) : closing(FileChannel.open(archive));
            String name = archive.toString();
            String rest = member;
            for (int depth = 0; depth < DEEPEST; depth++) {
                Archive outer = Archive.read(channel, name);
                String inner = first(outer, rest);
                boolean last = inner.length() == rest.length();
                name += MARK + inner;
                rest = last ? "" : rest.substring(inner.length() + 1);
                if (last && !outer.isStored(inner)) {
                    // What can be used as it comes need not be kept.
                    Pipe pipe = Pipe.of(name, closing(outer.open(inner, options)));
                    return found(Input.open(pipe, options, verify, folder), outer.size(inner));
                }
                channel = outer.isStored(inner) ? closing(outer.part(inner)) : kept(outer, inner);
                if (last) {
                    return found(Input.openPart(channel, name, options, verify, folder), channel.size());
                }
            }
            throw new WrongUsage(name + ": more than " + DEEPEST + " archives in each other");
        }

        private Found found(Input input, long size) {
            return new Found(input.closingToo(this), size);
        }

        /// The whole rest, or what is before one of its marks.
        private String first(Archive outer, String rest) throws CheckpointException {
            for (int end = rest.length(); end > 0; end = rest.lastIndexOf(MARK, end - 1)) {
                if (outer.has(rest.substring(0, end))) {
                    return rest.substring(0, end);
                }
            }
            throw new CheckpointException(
                    archive.toString(),
                    Kind.NOT_FOUND,
                    "it has no member " + Escapes.printable(rest) + "; " + outer.contents());
        }

        private FileChannel kept(Path pipe) throws IOException {
            Scratch scratch = closing(Scratch.in(folder));
            try (Pipe opened = Pipe.open(pipe)) {
                scratch.append(opened);
            }
            return scratch.channel();
        }

        private FileChannel kept(Archive outer, String inner) throws IOException {
            Scratch scratch = closing(Scratch.in(folder));
            try (var bytes = outer.open(inner, options)) {
                scratch.append(bytes);
            }
            return scratch.channel();
        }

        @Override
        public void close() throws IOException {
            while (!files.isEmpty()) {
                files.pop().close();
            }
        }
    }

    @Override
    public String toString() {
        return archive.toString() + MARK + member;
    }
}
