package dev.stsw.spark;

import dev.stsw.stream.Statistics;
import java.io.IOException;

/** What the values of each tensor are like. */
final class StatisticsFold implements Fold<Statistics> {
    private static final long serialVersionUID = 1L;

    @Override
    public Statistics of(TensorFile file, Chunk stretch) throws IOException {
        Statistics statistics = Statistics.of(stretch.tensor().dtype());
        file.read(stretch.position(), stretch.size(), statistics::add);
        return statistics;
    }

    @Override
    public Statistics join(Statistics first, Statistics second, long secondLength) {
        Statistics joined = Statistics.of(first.dtype());
        joined.merge(first);
        joined.merge(second);
        return joined;
    }
}
