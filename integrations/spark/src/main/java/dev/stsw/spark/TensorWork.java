package dev.stsw.spark;

import dev.stsw.format.SafetensorsException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * Computes something of each tensor of many files, in tasks of a file and a range of its bytes each. A bad file is a piece
 * that says so, and never ends the job.
 */
final class TensorWork {
    /** Stretches of tensors begin at multiples of it, so that no element is cut, and a task reads little beyond its range. */
    static final long GRAIN = 1 << 20;

    private TensorWork() {}

    /**
     * One piece for each tensor, and one for each problem.
     *
     * @param fold null: only headers are read, and pieces have no values
     */
    static <T> JavaRDD<Piece<T>> of(
            SparkSession spark, List<Listing.Entry> files, long splitBytes, @Nullable Fold<T> fold) {
        List<Listing.Entry> small = new ArrayList<>();
        List<Listing.Entry> large = new ArrayList<>();
        for (Listing.Entry file : files) {
            (fold != null && file.size() > splitBytes ? large : small).add(file);
        }
        HadoopConf conf = Session.hadoopConf(spark);
        JavaRDD<Piece<T>> whole = pieces(spark, conf, small, splitBytes, fold);
        if (large.isEmpty() || fold == null) {
            return whole;
        }
        // Only these are shuffled: a row of some hundred bytes for a tensor and task.
        JavaRDD<Piece<T>> joined = pieces(spark, conf, large, splitBytes, fold)
                .mapToPair(piece -> new Tuple2<>(key(piece), piece))
                .groupByKey()
                .flatMap(group -> join(group._2(), fold).iterator());
        return small.isEmpty() ? joined : whole.union(joined);
    }

    private static <T> JavaRDD<Piece<T>> pieces(
            SparkSession spark, HadoopConf conf, List<Listing.Entry> files, long splitBytes, @Nullable Fold<T> fold) {
        List<ArrayList<FileRange>> tasks = new ArrayList<>();
        Splits.plan(files, splitBytes, fold == null).forEach(ranges -> tasks.add(new ArrayList<>(ranges)));
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        return context.parallelize(tasks, Math.max(1, tasks.size()))
                .flatMap(ranges -> new Lazy<>(
                        ranges.iterator(), range -> read(conf, range, fold).iterator()));
    }

    private static <T> String key(Piece<T> piece) {
        // No name of a file has a zero in it.
        return piece.range.file() + "\0" + (piece.tensor == null ? "" : piece.tensor);
    }

    private static <T> List<Piece<T>> read(HadoopConf conf, FileRange range, @Nullable Fold<T> fold) {
        List<Piece<T>> pieces = new ArrayList<>();
        try (TensorFile file = TensorFile.open(conf.get(), range)) {
            String refusal = fold == null ? null : fold.refusal(file.header());
            if (refusal != null) {
                return range.isFirst() ? List.of(Piece.problem(range, refusal)) : List.of();
            }
            long dataStart = file.header().dataStart();
            Chunks chunks = new Chunks(file.header().tensors(), tensor -> true, dataStart, range, tensor -> GRAIN);
            while (chunks.hasNext()) {
                Chunk stretch = chunks.nextRun();
                pieces.add(Piece.of(range, dataStart, stretch, fold == null ? null : fold.of(file, stretch)));
            }
        } catch (SafetensorsException e) {
            // Each task of the file meets it; one tells.
            if (range.isFirst()) {
                pieces.add(Piece.problem(range, e.problem()));
            }
        } catch (IOException e) {
            pieces.add(Piece.problem(range, "cannot be read: " + e));
        }
        return pieces;
    }

    /** The pieces of one tensor as one; problems are handed on. */
    private static <T> List<Piece<T>> join(Iterable<Piece<T>> pieces, Fold<T> fold) {
        List<Piece<T>> joined = new ArrayList<>();
        List<Piece<T>> sorted = new ArrayList<>();
        for (Piece<T> piece : pieces) {
            (piece.tensor == null ? joined : sorted).add(piece);
        }
        sorted.sort(Comparator.comparingLong(piece -> piece.begin));
        if (!sorted.isEmpty()) {
            Piece<T> whole = sorted.get(0);
            for (Piece<T> piece : sorted.subList(1, sorted.size())) {
                whole = whole.joined(piece, fold);
            }
            joined.add(
                    whole.isWhole()
                            ? whole
                            : whole.incomplete(
                                    "only " + whole.length + " of its " + whole.nbytes + " bytes could be read"));
        }
        return joined;
    }

    /** The results of one input after the other, each made when it is asked for: a task keeps those of one file. */
    private static final class Lazy<A, B> implements Iterator<B> {
        private final Iterator<A> inputs;
        private final Function<A, Iterator<B>> work;
        private Iterator<B> current = List.<B>of().iterator();

        Lazy(Iterator<A> inputs, Function<A, Iterator<B>> work) {
            this.inputs = inputs;
            this.work = work;
        }

        @Override
        public boolean hasNext() {
            while (!current.hasNext() && inputs.hasNext()) {
                current = work.apply(inputs.next());
            }
            return current.hasNext();
        }

        @Override
        public B next() {
            return current.next();
        }
    }
}
