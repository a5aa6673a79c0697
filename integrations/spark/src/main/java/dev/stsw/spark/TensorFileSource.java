package dev.stsw.spark;

import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.CheckedChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.zip.CRC32;

/** A safetensors file on a Hadoop file system as a source, whose bytes are compared with the checksums that it carries. */
final class TensorFileSource implements TensorSource {
    private final TensorFile file;
    private final List<TensorSpec> tensors;

    TensorFileSource(TensorFile file) {
        this.file = file;
        this.tensors = file.header().tensors().stream().map(TensorMeta::toSpec).toList();
    }

    @Override
    public List<TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return file.header().metadata();
    }

    @Override
    public ReadableByteChannel open(String name) {
        TensorMeta tensor = file.header()
                .find(name)
                .orElseThrow(
                        () -> new NoSuchElementException("no tensor " + TensorSpec.quote(name) + " in " + file.name()));
        Bytes bytes = new Bytes(file.header().dataStart() + tensor.offsetBegin(), tensor.byteSize());
        return tensor.crc32().isEmpty() ? bytes : new CheckedChannel(bytes, file.name(), tensor, List.of(new CRC32()));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** The bytes of one tensor; closing them leaves the file open. */
    private final class Bytes implements ReadableByteChannel {
        private long position;
        private long left;
        private boolean open = true;

        Bytes(long position, long left) {
            this.position = position;
            this.left = left;
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            if (left == 0) {
                return -1;
            }
            ByteBuffer part = target.slice();
            part.limit((int) Math.min(part.limit(), left));
            file.read(position, part);
            target.position(target.position() + part.position());
            position += part.position();
            left -= part.position();
            return part.position();
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }
}
