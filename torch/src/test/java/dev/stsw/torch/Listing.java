package dev.stsw.torch;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** What a source holds, one line a tensor: name, dtype, shape, sha256 of its bytes, as the tables of interop have it. */
final class Listing {
    private Listing() {}

    static List<String> of(TensorSource source) throws IOException {
        List<String> lines = new ArrayList<>();
        for (TensorSpec tensor : source.tensors()) {
            lines.add(line(source, tensor));
        }
        return lines;
    }

    /** The same, read by several threads at the same time. */
    static List<String> atOnce(TensorSource source) {
        return source.tensors().parallelStream()
                .map(tensor -> {
                    try {
                        return line(source, tensor);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .toList();
    }

    private static String line(TensorSource source, TensorSpec tensor) throws IOException {
        return String.join("\t", tensor.name(), tensor.dtype().name(), shape(tensor), sha256(source, tensor));
    }

    static Checkpoint open(Path file) throws IOException {
        return open(file, CheckpointOptions.defaults());
    }

    static Checkpoint open(Path file, CheckpointOptions options) throws IOException {
        FileChannel channel = FileChannel.open(file);
        try {
            return Checkpoint.open(
                    channel, options.withFileName(file.getFileName().toString()));
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    static byte[] bytes(TensorSource source, String name) throws IOException {
        try (ReadableByteChannel in = source.open(name)) {
            ByteBuffer bytes = ByteBuffer.allocate(1 << 20);
            while (in.read(bytes) >= 0) {
                if (!bytes.hasRemaining()) {
                    bytes = ByteBuffer.allocate(2 * bytes.capacity()).put(bytes.flip());
                }
            }
            byte[] all = new byte[bytes.position()];
            bytes.get(0, all);
            return all;
        }
    }

    private static String shape(TensorSpec tensor) {
        String text = tensor.shape().toString();
        return text.substring(1, text.length() - 1).replace(" ", "");
    }

    private static String sha256(TensorSource source, TensorSpec tensor) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
        long size = 0;
        // An odd size, so that blocks and elements are cut anywhere.
        ByteBuffer buffer = ByteBuffer.allocate(40_009);
        try (ReadableByteChannel in = source.open(tensor.name())) {
            while (in.read(buffer.clear()) >= 0) {
                size += buffer.flip().remaining();
                digest.update(buffer);
            }
        }
        if (size != tensor.byteSize()) {
            throw new AssertionError(tensor + " has " + size + " bytes");
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Prints the listing of each file, or its error. */
    public static void main(String[] files) {
        for (String file : files) {
            try (Checkpoint checkpoint = open(Path.of(file))) {
                CheckpointReport report = checkpoint.report();
                System.out.println("## " + file + " " + report.container() + " key=" + report.key() + " skipped="
                        + report.skipped() + " dropped=" + report.dropped() + " shared=" + report.shared()
                        + " unknown=" + report.unknownGlobals() + " warnings=" + report.warnings());
                of(checkpoint).forEach(System.out::println);
            } catch (IOException e) {
                System.out.println("## " + file + " ERROR " + e);
            } catch (RuntimeException | Error e) {
                System.out.println("## " + file + " CRASH " + e);
                e.printStackTrace(System.out);
            }
        }
    }
}
