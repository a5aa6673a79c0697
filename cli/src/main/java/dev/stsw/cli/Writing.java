package dev.stsw.cli;

import dev.stsw.WriteOptions;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/// The options that say how tensors are written, whatever is done to them.
final class Writing {
    @Option(names = PlainForm.CRC32, description = "Write a CRC-32 of the header and of each tensor, for verify.")
    private boolean crc32;

    @Option(
            names = "--resume",
            description = "Leave a partial file beside OUT when interrupted, and go on with one that is there."
                    + " IN and options must be the same. Implies --crc32.")
    private boolean resume;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "Tensors to write at once, each with its own four buffers (default: 1). Not with --resume.")
    private Optional<Integer> workers = Optional.empty();

    @Option(
            names = "--no-sync",
            description =
                    "Do not wait for the disk: a power cut may lose OUT. It is still whole or not there otherwise.")
    private boolean noSync;

    @Option(names = "--no-verify", description = "Do not check the checksums that a safetensors IN may carry.")
    private boolean noVerify;

    @Option(names = "--dry-run", description = "Show what would be written, and write nothing.")
    private boolean dryRun;

    @Option(names = PlainForm.JSON, description = "Print one JSON object.")
    private boolean json;

    private long bufferSize = WriteOptions.DEFAULT_BUFFER_SIZE;
    private int usualWorkers = 1;
    private Optional<Long> maxShardSize = Optional.empty();

    /// As picocli makes it.
    Writing() {}

    /// For commands without the other options.
    Writing(boolean json) {
        this.json = json;
    }

    /// Sets an option that takes no value, as [PlainCommand#setFlag(String)] does.
    void setFlag(String name) {
        crc32 |= name.equals(PlainForm.CRC32);
        json |= name.equals(PlainForm.JSON);
    }

    void setBufferSize(long bytes) {
        bufferSize = bytes;
    }

    void setMaxShardSize(Optional<Long> bytes) {
        maxShardSize = bytes;
    }

    Writing withCrc32(boolean wanted) {
        crc32 = wanted;
        return this;
    }

    Writing withNoVerify(boolean wanted) {
        noVerify = wanted;
        return this;
    }

    boolean crc32() {
        return crc32 || resume;
    }

    boolean noVerify() {
        return noVerify;
    }

    boolean dryRun() {
        return dryRun;
    }

    boolean json() {
        return json;
    }

    Optional<Long> maxShardSize() {
        return maxShardSize;
    }

    /// For whoever has more to do than to copy; what the user says counts, and `--resume` goes by order.
    void setUsualWorkers(int count) {
        usualWorkers = count;
    }

    private int workers() {
        return workers.orElse(resume ? 1 : usualWorkers);
    }

    /// @throws WrongUsage if options contradict each other, or OUT
    WriteOptions options(Destination destination) {
        if (bufferSize > Integer.MAX_VALUE) {
            throw new WrongUsage("--buffer-size: " + bufferSize + " bytes are more than 1 GiB");
        }
        if (resume && workers() > 1) {
            throw new WrongUsage("--resume goes by order, so it does not go with --workers");
        }
        if (destination.isStdout() && (resume || maxShardSize.isPresent() || workers() > 1)) {
            String option = resume ? "--resume" : maxShardSize.isPresent() ? "--max-shard-size" : "--workers";
            throw new WrongUsage(option + " needs a file, and OUT is standard output");
        }
        if (destination.isStdout() && noSync) {
            throw new WrongUsage("--no-sync needs a file, and OUT is standard output");
        }
        WriteOptions options =
                WriteOptions.defaults().withCrc32(crc32()).withResume(resume).withDurable(!noSync);
        options = named("--workers", options, given -> given.withWorkers(workers()));
        return named("--buffer-size", options, given -> given.withBufferSize((int) bufferSize));
    }

    /// Whose limits the library knows, but not under which name they were asked for.
    private static WriteOptions named(String option, WriteOptions options, UnaryOperator<WriteOptions> change) {
        try {
            return change.apply(options);
        } catch (IllegalArgumentException e) {
            throw new WrongUsage(option + ": " + e.getMessage());
        }
    }
}
