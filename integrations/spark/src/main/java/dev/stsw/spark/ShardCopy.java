package dev.stsw.spark;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.CastCounts;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.zip.CRC32;
import org.apache.hadoop.conf.Configuration;
import org.jspecify.annotations.Nullable;

/** Writes one file in one pass, through one buffer; in two where checksums have to be computed first. */
final class ShardCopy {
    private static final int BUFFER_BYTES = 1 << 20;

    private final ShardJob job;
    private final ModelInput input;
    private final @Nullable DType castTo;
    private final List<String> notes = new ArrayList<>();
    private final byte[] buffer = new byte[BUFFER_BYTES];

    ShardCopy(ShardJob job, ModelInput input, @Nullable DType castTo) {
        this.job = job;
        this.input = input;
        this.castTo = castTo;
    }

    /** What was lost in casting, one sentence a tensor. */
    List<String> notes() {
        return notes;
    }

    /**
     * Writes and publishes.
     *
     * @return bytes of the file
     */
    long write(Configuration conf, String scratch, String attempt, boolean crc32) throws IOException {
        TensorSource source = castTo == null ? input.source() : TensorSources.cast(input.source(), castTo, this::note);
        Map<String, TensorSpec> all = new HashMap<>();
        source.tensors().forEach(tensor -> all.put(tensor.name(), tensor));
        List<TensorSpec> tensors = job.tensors().stream().map(all::get).toList();
        Header header = Header.of(tensors, job.metadata().orElse(null), 8, crc32);
        byte[] head = header.toBytes();
        if (crc32) {
            header.checksums().orElseThrow().seal(head, sums(source, tensors));
            notes.clear(); // The second pass says the same again.
        }
        try (HadoopOutput out = HadoopOutput.create(conf, job.target(), scratch, attempt)) {
            out.stream().write(head);
            for (TensorSpec tensor : tensors) {
                requireStored(tensor, copy(source, tensor, out.stream()));
            }
            out.publish();
        }
        return head.length + header.dataSize();
    }

    private long[] sums(TensorSource source, List<TensorSpec> tensors) throws IOException {
        long[] sums = new long[tensors.size()];
        for (int i = 0; i < sums.length; i++) {
            OptionalLong stored = stored(tensors.get(i));
            sums[i] = stored.isPresent()
                    ? stored.getAsLong()
                    : copy(source, tensors.get(i), OutputStream.nullOutputStream());
        }
        return sums;
    }

    /** What the input says of bytes that are not changed. */
    private OptionalLong stored(TensorSpec tensor) {
        return castTo == null ? input.crc32(tensor) : OptionalLong.empty();
    }

    private void requireStored(TensorSpec tensor, long found) throws ChecksumException {
        OptionalLong expected = stored(tensor);
        if (expected.isPresent() && expected.getAsLong() != found) {
            throw new ChecksumException(
                    job.model().files().get(0).file(),
                    String.format(
                            Locale.ROOT,
                            "tensor %s: CRC-32 expected %08x but was %08x",
                            TensorSpec.quote(tensor.name()),
                            expected.getAsLong(),
                            found));
        }
    }

    /** Returns the CRC-32 of what was copied. */
    private long copy(TensorSource source, TensorSpec tensor, OutputStream out) throws IOException {
        CRC32 crc = new CRC32();
        long left = tensor.byteSize();
        try (ReadableByteChannel bytes = source.open(tensor.name())) {
            ByteBuffer block = ByteBuffer.wrap(buffer);
            while (bytes.read(block.clear()) >= 0) {
                left -= block.position();
                crc.update(buffer, 0, block.position());
                out.write(buffer, 0, block.position());
            }
        }
        if (left != 0) {
            throw new IOException("tensor " + TensorSpec.quote(tensor.name()) + ": expected " + tensor.byteSize()
                    + " bytes but found " + (tensor.byteSize() - left));
        }
        return crc.getValue();
    }

    private void note(CastCounts counts) {
        long lost = counts.infinite() + counts.saturated() + counts.nan() + counts.zero() + counts.unsigned();
        if (!counts.isOrdinary()) {
            notes.add("tensor " + TensorSpec.quote(counts.tensor().name()) + ": " + lost + " of "
                    + counts.tensor().shape().elementCount() + " values are beyond what " + counts.target()
                    + " can hold");
        }
    }
}
