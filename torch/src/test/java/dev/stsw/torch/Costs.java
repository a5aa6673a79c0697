package dev.stsw.torch;

import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Reads all files of a folder and prints what each costs: name, milliseconds, bytes of scratch, own size, how it ended. */
final class Costs {
    private Costs() {}

    /**
     * Prints a line for each file.
     *
     * @param args the folder, and one for scratch files
     */
    public static void main(String[] args) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(Path.of(args[0]))) {
            files = all.sorted().toList();
        }
        read(files.get(0), Path.of(args[1])); // Loads the classes.
        for (Path file : files) {
            System.out.println(read(file, Path.of(args[1])));
        }
    }

    private static String read(Path file, Path scratch) throws IOException {
        long start = processorMillis();
        long used = 0;
        String end = "read";
        String message = "";
        try (FileChannel channel = FileChannel.open(file);
                Checkpoint checkpoint =
                        Checkpoint.open(channel, CheckpointOptions.defaults().withScratchFolder(scratch))) {
            try {
                for (TensorSpec tensor : checkpoint.tensors()) {
                    drain(checkpoint, tensor);
                }
            } finally {
                used = scratch(scratch);
            }
        } catch (CheckpointException e) {
            end = "refused";
            message = e.getMessage();
        } catch (IOException | RuntimeException | Error e) {
            end = "crashed";
            message = e.toString();
        }
        long millis = processorMillis() - start;
        return String.join(
                "\t", file.getFileName().toString(), "" + millis, "" + used, "" + Files.size(file), end, message);
    }

    /** Of all threads: other processes of the machine do not count. */
    private static long processorMillis() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis();
    }

    private static void drain(Checkpoint checkpoint, TensorSpec tensor) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 18);
        try (ReadableByteChannel bytes = checkpoint.open(tensor.name())) {
            while (bytes.read(buffer.clear()) >= 0) {
                // To the end.
            }
        }
    }

    /** Also of files that are unlinked already, where the system shows them. */
    private static long scratch(Path folder) throws IOException {
        long sum = 0;
        Path descriptors = Path.of("/proc/self/fd");
        // Wine shows the folder, too, but no links in it.
        if (System.getProperty("os.name").equals("Linux") && Files.isDirectory(descriptors)) {
            try (Stream<Path> open = Files.list(descriptors)) {
                for (Path descriptor : open.toList()) {
                    sum += target(descriptor).startsWith(folder + "/") ? Files.size(descriptor) : 0;
                }
            }
        }
        return sum;
    }

    private static String target(Path link) throws IOException {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (NoSuchFileException e) {
            return ""; // That of the listing itself.
        }
    }
}
