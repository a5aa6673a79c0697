package dev.stsw.cli;

import dev.stsw.cli.TensorWalk.Part;
import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.Histogram;
import dev.stsw.stream.ProgressListener;
import dev.stsw.stream.Statistics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What is known of a tensor's values.
///
/// @param tensor the tensor
/// @param values what they are like
/// @param histogram of those that are finite, if one was asked for and there are any
record TensorStatistics(TensorSpec tensor, Statistics values, Optional<Histogram> histogram) {

    /// Reads all tensors of a file once, and for histograms twice: their bins are between the smallest and the largest
    /// value. On all cores where the file allows it; what comes out does not depend on their number.
    ///
    /// @param bins of histograms; 0 for none
    static List<TensorStatistics> of(TensorFile file, int bins, ProgressListener progress) throws IOException {
        List<TensorSpec> tensors = file.tensors();
        Statistics[][] found = new Statistics[tensors.size()][];
        long total = tensors.stream().mapToLong(TensorSpec::byteSize).sum();
        long passes = bins > 0 ? 2 : 1;
        file.visit(
                true,
                (index, part) -> new Counted(tensors.get(index), found, index, part, file.divisible()),
                (done, all) -> progress.progress(done, passes * total));
        List<TensorStatistics> all = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
            Statistics whole = Statistics.of(tensors.get(i).dtype());
            for (Statistics part : found[i]) {
                whole.merge(part);
            }
            all.add(new TensorStatistics(tensors.get(i), whole, Optional.empty()));
        }
        return bins == 0
                ? all
                : withHistograms(file, all, bins, (done, size) -> progress.progress(total + done, 2 * total));
    }

    private static List<TensorStatistics> withHistograms(
            TensorFile file, List<TensorStatistics> all, int bins, ProgressListener progress) throws IOException {
        List<Optional<Histogram>> histograms = new ArrayList<>();
        all.forEach(one -> histograms.add(one.emptyHistogram(bins)));
        file.visit(
                true,
                (index, part) -> {
                    Optional<Histogram> whole = histograms.get(index);
                    return whole.isPresent() ? new Binned(all.get(index), bins, whole.get()) : bytes -> {};
                },
                progress);
        List<TensorStatistics> with = new ArrayList<>();
        for (int i = 0; i < histograms.size(); i++) {
            with.add(new TensorStatistics(all.get(i).tensor, all.get(i).values, histograms.get(i)));
        }
        return with;
    }

    private Optional<Histogram> emptyHistogram(int bins) {
        DType dtype = tensor.dtype();
        if (values.min().isEmpty()
                || Double.isInfinite(values.max().orElseThrow() - values.min().orElseThrow())) {
            return Optional.empty();
        }
        return Optional.of(
                Histogram.of(dtype, values.min().orElseThrow(), values.max().orElseThrow(), bins));
    }

    /// One part's statistics; they are merged in order in the end, so that the number of threads changes no bit.
    private static final class Counted implements Part {
        private final Statistics values;

        Counted(TensorSpec tensor, Statistics[][] found, int index, int part, boolean divisible) {
            values = Statistics.of(tensor.dtype());
            synchronized (found) {
                if (found[index] == null) {
                    found[index] = new Statistics[TensorWalk.parts(tensor, divisible)];
                }
                found[index][part] = values;
            }
        }

        @Override
        public void take(ByteBuffer... bytes) {
            values.add(bytes[0]);
        }
    }

    /// One part's histogram.
    private static final class Binned implements Part {
        private final Histogram whole;
        private final Histogram part;

        Binned(TensorStatistics of, int bins, Histogram whole) {
            this.whole = whole;
            this.part = of.emptyHistogram(bins).orElseThrow();
        }

        @Override
        public void take(ByteBuffer... bytes) {
            part.add(bytes[0]);
        }

        @Override
        public void end() {
            synchronized (whole) {
                whole.merge(part);
            }
        }
    }

    boolean isAllZeros() {
        return values.count() > 0 && values.zeros() == values.count();
    }

    /// Writes the members of its JSON object.
    void writeTo(Json object) {
        object.name("name").string(tensor.name());
        object.name("dtype").string(tensor.dtype().name());
        object.name("shape").numbers(tensor.shape().toArray());
        writeValues(object);
    }

    /// The same without what the tensor is.
    void writeValues(Json object) {
        object.name("count").number(values.count());
        writeBound(object.name("min"), values.minInteger(), values.min());
        writeBound(object.name("max"), values.maxInteger(), values.max());
        object.name("mean").number(values.mean());
        object.name("std").number(values.std());
        object.name("l2").number(values.l2());
        if (Statistics.supports(tensor.dtype())) {
            object.name("zeros").number(values.zeros());
        } else {
            object.name("zeros").none();
        }
        object.name("nan").number(values.nan());
        object.name("inf").number(values.inf());
    }

    private void writeBound(Json object, OptionalLong exact, OptionalDouble rounded) {
        if (exact.isPresent()) {
            object.digits(integer(exact.getAsLong()));
        } else {
            object.number(rounded);
        }
    }

    private String integer(long bound) {
        return tensor.dtype() == DType.U64 ? Long.toUnsignedString(bound) : Long.toString(bound);
    }

    void writeHistogram(Json object) {
        object.name("histogram");
        if (histogram.isEmpty()) {
            object.none();
            return;
        }
        object.object(members -> {
            members.name("min").number(OptionalDouble.of(histogram.get().min()));
            members.name("max").number(OptionalDouble.of(histogram.get().max()));
            members.name("counts").numbers(histogram.get().counts());
        });
    }
}
