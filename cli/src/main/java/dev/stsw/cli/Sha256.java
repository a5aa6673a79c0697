package dev.stsw.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// SHA-256, as 64 lower-case hex digits.
final class Sha256 {
    static final int DIGITS = 64;
    private static final int BUFFER_BYTES = 1 << 20;

    private Sha256() {}

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has it", e);
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /// Whether it is written as one, in small letters or capitals.
    static boolean isHex(String text) {
        return text.length() == DIGITS && text.chars().allMatch(HexFormat::isHexDigit);
    }

    /// Of all that a channel brings.
    ///
    /// @param size what is expected, for the progress bar
    static String of(ReadableByteChannel channel, long size, ProgressBar bar) throws IOException {
        MessageDigest digest = digest();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        for (long done = 0; channel.read(buffer.clear()) >= 0; ) {
            done += buffer.flip().remaining();
            digest.update(buffer);
            bar.progress(done, Math.max(done, size));
        }
        return hex(digest);
    }

    static String of(Path file, ProgressBar bar) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return of(channel, channel.size(), bar);
        }
    }
}
