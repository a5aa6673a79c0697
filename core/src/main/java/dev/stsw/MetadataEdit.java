package dev.stsw;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.Checksums;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import dev.stsw.publish.AtomicFile;
import dev.stsw.publish.FileOutput;
import dev.stsw.publish.Temporary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Gives a file other metadata: a new header before the same data, in a new file that takes the old one's place.
///
/// Overwriting the header in the file itself would be torn by a power cut. Instead the data is copied in whole blocks
/// between places of the same remainder, which costs nothing where file systems share blocks (xfs, btrfs).
final class MetadataEdit {
    /// By how much the data moves when the header needs more room, or by a multiple: what file systems share. Left over
    /// as padding, it is room for the next edit.
    private static final int BLOCK = 4096;
    /// Data that lay on a multiple of so much still does.
    private static final int MAX_ALIGNMENT = 1 << 16;
    /// A write from the heap goes through memory as large as itself, which the thread keeps.
    private static final int STEP_BYTES = 1 << 16;

    private MetadataEdit() {}

    /// @param opener as in [AtomicFile#create(Path, Temporary.Opener)]
    static void apply(Path path, UnaryOperator<Map<String, String>> edit, Temporary.Opener opener) throws IOException {
        try (DiskFile file = DiskFile.of(path)) {
            Header header = Headers.read(file);
            Optional<String> problem = header.checksums().flatMap(Checksums::problem);
            if (problem.isPresent()) {
                throw new ChecksumException(path.toString(), problem.get());
            }
            Map<String, String> before = header.metadata().orElse(Map.of());
            Map<String, String> after = edit.apply(new LinkedHashMap<>(before));
            if (!after.equals(before)) {
                replace(file, header.dataStart(), headerWith(header, after), opener);
            }
        }
    }

    /// The header's bytes with other metadata, as long as before, or longer by whole blocks.
    private static byte[] headerWith(Header header, Map<String, String> metadata) {
        // Of tensors at the same place all but the last are empty. Laid out in this order, all are where they were.
        List<TensorMeta> tensors = header.inOrderOfBytes();
        List<TensorSpec> specs = tensors.stream().map(TensorMeta::toSpec).toList();
        Header changed = Header.of(
                specs,
                metadata.isEmpty() ? null : metadata,
                WriteOptions.DEFAULT_ALIGNMENT,
                header.checksums().isPresent());
        byte[] bytes = padded(changed.toBytes(), header.dataStart());
        changed.checksums()
                .ifPresent(checksums -> checksums.seal(
                        bytes,
                        tensors.stream()
                                .mapToLong(tensor -> tensor.crc32().orElseThrow())
                                .toArray()));
        return bytes;
    }

    private static byte[] padded(byte[] header, long before) {
        long unit = Math.max(BLOCK, Math.min(MAX_ALIGNMENT, Long.lowestOneBit(before)));
        long missing = Math.max(0, header.length - before);
        // In the last few blocks below the limit, nothing can be shared.
        long length = Math.min(
                before + (missing + unit - 1) / unit * unit, Header.PREFIX_BYTES + (long) Header.MAX_JSON_BYTES);
        byte[] padded = Arrays.copyOf(header, (int) length);
        Arrays.fill(padded, header.length, padded.length, (byte) ' ');
        ByteBuffer.wrap(padded).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length - Header.PREFIX_BYTES);
        return padded;
    }

    private static void replace(DiskFile file, long dataStart, byte[] header, Temporary.Opener opener)
            throws IOException {
        try (AtomicFile attempt = AtomicFile.create(file.path(), opener)) {
            copyData(file, dataStart, attempt, header.length);
            for (int at = 0; at < header.length; at += STEP_BYTES) {
                attempt.write(ByteBuffer.wrap(header, at, Math.min(STEP_BYTES, header.length - at)), at);
            }
            file.requireUnchangedSize();
            // Windows replaces no file that is open.
            file.close();
            attempt.publish();
        }
    }

    private static void copyData(DiskFile from, long start, AtomicFile to, long newStart) throws IOException {
        // From the start of its block on: what is too much lies under the header, which is written afterwards.
        long extra = Math.min(start % BLOCK, newStart);
        long size = from.size() - start;
        // A large file goes past the page cache, as all do, unless it need not be copied at all.
        if (to.sharesBlocks() || size < StreamWriter.BYPASS_CACHE_FROM) {
            to.copy(from::transferTo, start - extra, size + extra, newStart - extra);
            return;
        }
        to.bypassCache();
        try (FileOutput output = new FileOutput(to, WriteOptions.DEFAULT_BUFFER_SIZE, null)) {
            output.startAt(newStart);
            output.appendAll(new RangeChannel(from, start, from.size()), size, null, count -> {});
            output.flush();
        }
    }
}
