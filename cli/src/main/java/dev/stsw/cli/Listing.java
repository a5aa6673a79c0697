package dev.stsw.cli;

import dev.stsw.cli.Table.Column;
import dev.stsw.cli.Terminal.Style;
import dev.stsw.format.DType;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/// The tensors of one file on paper: a table, totals by dtype, and the metadata.
final class Listing {
    private static final Column<TensorMeta> NAME =
            new Column<>("NAME", false, tensor -> Escapes.printable(tensor.name()));
    private static final Column<TensorMeta> SHAPE =
            new Column<>("SHAPE", false, tensor -> tensor.shape().toString());
    private static final Column<TensorMeta> DTYPE =
            new Column<>("DTYPE", false, tensor -> tensor.dtype().name());
    private static final Column<TensorMeta> SIZE = new Column<>("SIZE", true, tensor -> Units.bytes(tensor.byteSize()));
    private static final Column<TensorMeta> CRC =
            new Column<>("CRC-32", false, tensor -> Units.crc(tensor.crc32().orElseThrow()));

    private static final List<Column<Total>> TOTALS = List.of(
            new Column<>("DTYPE", false, Total::dtype),
            new Column<>("TENSORS", true, total -> Units.grouped(total.tensors)),
            new Column<>("PARAMETERS", true, total -> Units.grouped(total.parameters)),
            new Column<>("SIZE", true, total -> Units.bytes(total.bytes)));

    private final Terminal terminal;
    private final Output out;

    Listing(Terminal terminal) {
        this.terminal = terminal;
        this.out = terminal.out();
    }

    /// Prints everything.
    void print(String title, Collection<TensorMeta> tensors, Map<String, String> metadata) {
        out.line(terminal.styled(Style.BOLD, Escapes.printable(title)));
        boolean crc = tensors.stream().anyMatch(tensor -> tensor.crc32().isPresent());
        if (!tensors.isEmpty()) {
            out.append('\n');
            new Table<>(terminal, crc ? List.of(NAME, SHAPE, DTYPE, SIZE, CRC) : List.of(NAME, SHAPE, DTYPE, SIZE))
                    .print(tensors);
        }
        out.append('\n');
        Totals totals = new Totals();
        tensors.forEach(totals::add);
        print(totals);
        if (!metadata.isEmpty()) {
            out.append('\n').line(terminal.styled(Style.BOLD, "METADATA"));
            print(metadata, out);
        }
    }

    static void print(Map<String, String> metadata, Output out) {
        metadata.forEach((name, value) -> out.line(Escapes.printable(name) + ": " + Escapes.printable(value)));
    }

    /// A declaration as a listing takes it, which shows no offsets.
    static TensorMeta unplaced(TensorSpec spec) {
        return new TensorMeta(spec.name(), spec.dtype(), spec.shape(), 0, spec.byteSize(), OptionalLong.empty());
    }

    void print(Totals totals) {
        new Table<>(terminal, TOTALS).print(totals.lines());
    }

    /// Tensors counted by dtype.
    static final class Totals {
        private final Map<DType, Total> byType = new TreeMap<>();
        private final Total all = new Total("total");

        void add(TensorMeta tensor) {
            byType.computeIfAbsent(tensor.dtype(), dtype -> new Total(dtype.name()))
                    .add(tensor);
            all.add(tensor);
        }

        private List<Total> lines() {
            List<Total> lines = new ArrayList<>(byType.values());
            lines.add(all);
            return lines;
        }

        long tensors() {
            return all.tensors;
        }

        long parameters() {
            return all.parameters;
        }

        long bytes() {
            return all.bytes;
        }
    }

    /// A line of the totals.
    private static final class Total {
        private final String dtype;
        private long tensors;
        private long parameters;
        private long bytes;

        Total(String dtype) {
            this.dtype = dtype;
        }

        String dtype() {
            return dtype;
        }

        void add(TensorMeta tensor) {
            tensors++;
            parameters += tensor.shape().elementCount();
            bytes += tensor.byteSize();
        }
    }
}
