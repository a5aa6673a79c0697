package dev.stsw;

import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.CheckedChannel;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// The tensors of an open file as input of a writer, in the order of their bytes.
final class FileSource implements TensorSource {
    private final OpenFile file;
    private final Header header;
    private final boolean verifyCrc;
    private @Nullable List<TensorSpec> tensors;

    FileSource(OpenFile file, Header header, boolean verifyCrc) {
        this.file = file;
        this.header = header;
        this.verifyCrc = verifyCrc;
    }

    /// Made once: of a million tensors, each list takes 100 MB.
    @Override
    public List<TensorSpec> tensors() {
        if (tensors == null) {
            tensors = header.inOrderOfBytes().stream().map(TensorMeta::toSpec).toList();
        }
        return tensors;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return header.metadata();
    }

    @Override
    public ReadableByteChannel open(String name) {
        TensorMeta tensor = header.find(name)
                .orElseThrow(() -> new NoSuchElementException(file.name() + ": no tensor " + TensorSpec.quote(name)));
        long start = header.dataStart();
        RangeChannel bytes = new RangeChannel(file, start + tensor.offsetBegin(), start + tensor.offsetEnd());
        return verifyCrc && tensor.crc32().isPresent()
                ? new CheckedChannel(bytes, file.name(), tensor, List.of(new CRC32()))
                : bytes;
    }

    /// All reads are at positions.
    @Override
    public boolean concurrent() {
        return file.concurrent();
    }

    /// The reader owns the file.
    @Override
    public void close() {}
}
