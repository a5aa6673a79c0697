package dev.stsw.publish;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The temporary files beside a target: their names, and the removal of those whose writer died. Partial files of
/// resumable writes ([Partials]) are none of them, and stay.
///
/// A temporary is named `.model.safetensors.0123456789abcdef.stsw-tmp`, and locked by its writer as long as that lives.
/// What can be locked is abandoned. No shutdown hook deletes them: it would take a file away from an application that
/// saves on its way out, and keep class loaders alive; the next writer of the target cleans up.
public final class Leftovers {
    private static final String SUFFIX = ".stsw-tmp";
    private static final int RANDOM_BYTES = 8;
    /// With dots, hash, random part and suffix, the longest name is 237 bytes; file systems take 255.
    private static final int STEM_BYTES = 200;

    private static final System.Logger LOG = System.getLogger(Leftovers.class.getName());
    private static final SecureRandom RANDOM = new SecureRandom();

    /// The temporaries of this process. It must not even open them to look: on POSIX systems, closing any channel of a
    /// file gives up all locks that the process has on it.
    private static final Set<Target.Place> LIVE = ConcurrentHashMap.newKeySet();

    /// A name that is this process's own until it is released.
    record Claim(Path path, Target.Place place) {
        void release() {
            LIVE.remove(place);
        }
    }

    private Leftovers() {}

    /// A fresh name beside the target.
    static Claim claim(Target target) throws IOException {
        byte[] random = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(random);
        String name = prefix(target.path()) + HexFormat.of().formatHex(random) + SUFFIX;
        Target.Place place = target.place(name);
        LIVE.add(place);
        return new Claim(target.folder().resolve(name), place);
    }

    /// Deletes what dead writers of this target left behind. Does what it can: no failure here may stop a writer.
    public static void clean(Target target) {
        String prefix = prefix(target.path());
        DirectoryStream.Filter<Path> ours = path -> {
            String name = String.valueOf(path.getFileName());
            return name.length() == prefix.length() + 2 * RANDOM_BYTES + SUFFIX.length()
                    && name.startsWith(prefix)
                    && name.endsWith(SUFFIX);
        };
        try (DirectoryStream<Path> found = Files.newDirectoryStream(target.folder(), ours)) {
            for (Path temporary : found) {
                if (!LIVE.contains(target.place(temporary.getFileName().toString()))) {
                    deleteIfAbandoned(temporary);
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.DEBUG, "could not look for leftovers in " + target.folder(), e);
        }
    }

    private static void deleteIfAbandoned(Path temporary) {
        // Never through a planted link, nor into a pipe, which would wait for its other end.
        if (!Files.isRegularFile(temporary, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.DEBUG, "left " + temporary + " alone", e);
        }
    }

    /// What all temporaries of one target begin with, and those of no other.
    public static String prefix(Path target) {
        String name = String.valueOf(target.getFileName());
        if (name.getBytes(StandardCharsets.UTF_8).length <= STEM_BYTES) {
            return "." + name + ".";
        }
        int end = 0;
        for (int bytes = 0; ; ) {
            int point = name.codePointAt(end);
            bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
            if (bytes > STEM_BYTES) {
                break;
            }
            end += Character.charCount(point);
        }
        return "." + name.substring(0, end) + "~" + HexFormat.of().toHexDigits(name.hashCode()) + ".";
    }
}
