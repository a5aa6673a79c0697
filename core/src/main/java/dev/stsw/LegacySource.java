package dev.stsw;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.Checksums;
import dev.stsw.format.HeaderException;
import dev.stsw.format.HeaderException.Fault;
import dev.stsw.format.LegacyHeader;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.CheckedChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.zip.CRC32;

/// Reads files of the Python original (stsw 1.0.0), which the reference rejects, so that they can be written again as
/// official ones. Several threads may read at once.
///
/// Its per-tensor `crc32` is a CRC-32 or an XXH32, and nothing says which: a tensor is good if either matches, and
/// reading a bad one throws [ChecksumException] with its last bytes.
public final class LegacySource implements TensorSource {
    private static final int BUFFER_BYTES = 1 << 16;

    private final OpenFile file;
    private final LegacyHeader header;
    private final List<TensorMeta> tensors;
    private final List<TensorSpec> specs;
    private final Map<String, TensorMeta> byName;

    private LegacySource(OpenFile file, LegacyHeader header) {
        this.file = file;
        this.header = header;
        this.tensors = new ArrayList<>(header.tensors());
        this.tensors.sort(Comparator.comparingLong(TensorMeta::offsetBegin));
        this.specs = tensors.stream().map(TensorMeta::toSpec).toList();
        this.byName = LinkedHashMap.newLinkedHashMap(tensors.size());
        tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
    }

    /// Opens a file and checks its header. A file whose writer had not finished is read only if the checksum of every
    /// tensor holds.
    ///
    /// @throws HeaderException if the header makes no sense even so, or the file is unfinished
    public static LegacySource open(Path file) throws IOException {
        OpenFile open = OpenFile.open(file);
        try {
            LegacySource source = new LegacySource(open, Headers.readLegacy(open));
            if (source.header.incomplete()) {
                source.requireWhole();
            }
            return source;
        } catch (IOException | RuntimeException | Error e) {
            open.close();
            throw e;
        }
    }

    /// What is not as the format asks, one sentence each; empty for an official file.
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        if (header.versioned()) {
            notes.add("'__version__' stood beside the tensors, the mark of stsw 1.0.0 for Python: it was dropped");
        }
        if (header.incomplete()) {
            notes.add("the file was marked as unfinished, but the checksums of all tensors hold");
        }
        if (header.unusedBytes() > 0) {
            notes.add(header.unusedBytes() + " bytes between or after the tensors belonged to none: they were dropped");
        }
        if (header.metadata().containsKey(Checksums.KEY)) {
            notes.add("metadata '" + Checksums.KEY + "' is no part of such a file: it was dropped unchecked");
        }
        long checked =
                tensors.stream().filter(tensor -> tensor.crc32().isPresent()).count();
        if (checked > 0) {
            notes.add("checksums of " + checked + " tensors stood in their entries: they are checked and dropped");
        }
        return List.copyOf(notes);
    }

    @Override
    public List<TensorSpec> tensors() {
        return specs;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>(header.metadata());
        metadata.remove(Checksums.KEY);
        return metadata.isEmpty() ? Optional.empty() : Optional.of(metadata);
    }

    @Override
    public ReadableByteChannel open(String name) {
        TensorMeta tensor = byName.get(name);
        if (tensor == null) {
            throw new NoSuchElementException(file.name() + ": no tensor " + TensorSpec.quote(name));
        }
        long start = header.dataStart();
        RangeChannel bytes = new RangeChannel(file, start + tensor.offsetBegin(), start + tensor.offsetEnd());
        return tensor.crc32().isEmpty()
                ? bytes
                : new CheckedChannel(bytes, file.name(), tensor, List.of(new CRC32(), new Xxh32()));
    }

    private void requireWhole() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        for (TensorMeta tensor : tensors) {
            try (ReadableByteChannel bytes = open(tensor.name())) {
                if (tensor.crc32().isEmpty() && tensor.byteSize() > 0) {
                    throw unfinished(
                            "tensor " + TensorSpec.quote(tensor.name()) + " has no checksum to prove its bytes");
                }
                int count;
                do {
                    count = bytes.read(buffer.clear());
                } while (count >= 0);
            } catch (ChecksumException e) {
                HeaderException unfinished = unfinished(e.problem());
                unfinished.initCause(e);
                throw unfinished;
            }
        }
    }

    private HeaderException unfinished(String problem) {
        return new HeaderException(
                file.name(), Fault.TRUNCATED, "its writer had not finished ('__incomplete__'): " + problem);
    }

    @Override
    public boolean concurrent() {
        return true;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
