package dev.stsw.spark;

import java.io.IOException;
import java.util.Iterator;
import org.apache.spark.sql.catalyst.InternalRow;

/** What becomes of a file in a scan. */
interface RowMaker {
    /**
     * The rows that begin in the file's range, each made when it is asked for; then, {@link java.io.UncheckedIOException} says
     * that it cannot be read.
     */
    Iterator<InternalRow> rows(TensorFile file) throws IOException;
}
