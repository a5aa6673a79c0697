package dev.stsw.spark;

import dev.stsw.format.SafetensorsException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/**
 * Computes something of each tensor of many files, in tasks of a file and a range of its bytes each. A bad file is a piece
 * that says so, and never ends the job.
 */
final class TensorWork {
    /** Stretches of tensors begin at multiples of it, so that no element is cut, and a task reads little beyond its range. */
    static final long GRAIN = 1 << 20;

    private TensorWork() {}

    /** One piece for each tensor, and one for each problem. */
    static <T> JavaRDD<Piece<T>> of(SparkSession spark, List<Listing.Entry> files, Fold<T> fold) {
        long splitBytes = Session.splitBytes(spark);
        List<Listing.Entry> small = new ArrayList<>();
        List<Listing.Entry> large = new ArrayList<>();
        for (Listing.Entry file : files) {
            (file.size() > splitBytes ? large : small).add(file);
        }
        HadoopConf conf = Session.hadoopConf(spark);
        JavaRDD<Piece<T>> whole = pieces(spark, conf, small, splitBytes, fold);
        if (large.isEmpty()) {
            return whole;
        }
        // Only these are shuffled: a row of some hundred bytes for a tensor and task.
        JavaRDD<Piece<T>> joined = pieces(spark, conf, large, splitBytes, fold)
                .mapToPair(piece -> new Tuple2<>(key(piece), piece))
                .groupByKey()
                .flatMap(group -> join(group._2(), fold).iterator());
        return small.isEmpty() ? joined : whole.union(joined);
    }

    /** Spark asks for the pieces of a range when those of the one before it are taken: a task keeps those of one file. */
    private static <T> JavaRDD<Piece<T>> pieces(
            SparkSession spark, HadoopConf conf, List<Listing.Entry> files, long splitBytes, Fold<T> fold) {
        return Session.ranges(spark, files, splitBytes, false)
                .flatMap(range -> read(conf, range, fold).iterator());
    }

    private static <T> String key(Piece<T> piece) {
        // No name of a file has a zero in it.
        return piece.range.file() + "\0" + (piece.tensor == null ? "" : piece.tensor);
    }

    private static <T> List<Piece<T>> read(HadoopConf conf, FileRange range, Fold<T> fold) {
        List<Piece<T>> pieces = new ArrayList<>();
        try (TensorFile file = TensorFile.open(conf.get(), range)) {
            String refusal = fold.refusal(file.header());
            if (refusal != null) {
                return range.isFirst() ? List.of(Piece.problem(range, refusal)) : List.of();
            }
            long dataStart = file.header().dataStart();
            Chunks chunks = new Chunks(file, tensor -> true, tensor -> GRAIN);
            while (chunks.hasNext()) {
                Chunk stretch = chunks.nextRun();
                pieces.add(Piece.of(range, dataStart, stretch, fold.of(file, stretch)));
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
}
