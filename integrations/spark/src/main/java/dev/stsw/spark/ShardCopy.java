package dev.stsw.spark;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.CastCounts;
import dev.stsw.stream.SequentialWriter;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.jspecify.annotations.Nullable;

/** Writes one file in one pass, through one buffer; in two where checksums have to be computed first. */
final class ShardCopy {
    private final ShardJob job;
    private final ModelInput input;
    private final @Nullable DType castTo;
    /** What was lost in casting, a sentence a tensor; the second pass says the same again. */
    private final TreeSet<String> notes = new TreeSet<>();

    ShardCopy(ShardJob job, ModelInput input, @Nullable DType castTo) {
        this.job = job;
        this.input = input;
        this.castTo = castTo;
    }

    /** What was lost in casting, one sentence a tensor. */
    List<String> notes() {
        return List.copyOf(notes);
    }

    /**
     * Writes and publishes.
     *
     * @return bytes of the file
     */
    long write(Configuration conf, String scratch, String attempt, boolean crc32) throws IOException {
        TensorSource all = castTo == null ? input.source() : TensorSources.cast(input.source(), castTo, this::note);
        Map<String, TensorSpec> byName = new HashMap<>();
        all.tensors().forEach(tensor -> byName.put(tensor.name(), tensor));
        List<TensorSpec> tensors = job.tensors().stream().map(byName::get).toList();
        TensorSource source = TensorSources.withMetadata(TensorSources.part(all, tensors), job.metadata());
        try (HadoopOutput out = HadoopOutput.create(conf, job.target(), scratch, attempt)) {
            SequentialWriter writer = SequentialWriter.to(out.stream()).withCrc32(crc32);
            Optional<Map<String, Long>> known = crc32 && castTo == null ? input.crc32s(tensors) : Optional.empty();
            known.map(writer::withPromisedSums).orElse(writer).write(source);
            long size = out.stream().getPos();
            out.publish();
            return size;
        }
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
