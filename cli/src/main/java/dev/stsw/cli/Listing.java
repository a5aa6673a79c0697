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

    /// Of a value of the metadata, on a terminal.
    private static final int SHOWN_CHARACTERS = 300;

    private final Terminal terminal;
    private final Output out;

    Listing(Terminal terminal) {
        this.terminal = terminal;
        this.out = terminal.out();
    }

    /// Prints everything.
    void print(String title, Collection<TensorMeta> tensors, Map<String, String> metadata) {
        out.line(terminal.styled(Style.BOLD, Escapes.printable(title)));
        if (!tensors.isEmpty()) {
            out.append('\n');
            printTensors(tensors);
        }
        out.append('\n');
        print(Totals.of(tensors, PackedWeights.of(tensors)));
        if (!metadata.isEmpty()) {
            out.append('\n').line(terminal.styled(Style.BOLD, "METADATA"));
            print(metadata, out);
        }
    }

    void printTensors(Collection<TensorMeta> tensors) {
        boolean crc = tensors.stream().anyMatch(tensor -> tensor.crc32().isPresent());
        new Table<>(terminal, crc ? List.of(NAME, SHAPE, DTYPE, SIZE, CRC) : List.of(NAME, SHAPE, DTYPE, SIZE))
                .print(tensors);
    }

    static void print(Map<String, String> metadata, Output out) {
        metadata.forEach((name, value) -> out.line(Escapes.printable(name) + ": " + shortened(name, value, out)));
    }

    /// A person does not want to read a tokenizer; a script gets everything.
    private static String shortened(String name, String value, Output out) {
        if (!out.isTerminal() || value.length() <= SHOWN_CHARACTERS) {
            return Escapes.printable(value);
        }
        int end =
                Character.isHighSurrogate(value.charAt(SHOWN_CHARACTERS - 1)) ? SHOWN_CHARACTERS - 1 : SHOWN_CHARACTERS;
        return Escapes.printable(value.substring(0, end)) + "… (" + Units.grouped(value.length())
                + " characters; inspect --metadata=" + Escapes.printable(name) + " shows all)";
    }

    /// A declaration as a listing takes it, which shows no offsets.
    static TensorMeta unplaced(TensorSpec spec) {
        return new TensorMeta(spec.name(), spec.dtype(), spec.shape(), 0, spec.byteSize(), OptionalLong.empty());
    }

    static List<TensorMeta> unplaced(List<TensorSpec> specs) {
        return specs.stream().map(spec -> unplaced(spec)).toList();
    }

    void print(Totals totals) {
        new Table<>(terminal, TOTALS).print(totals.lines());
        totals.packed()
                .forEach(scheme -> out.line(Units.count(scheme.tensors(), "tensor") + " of " + scheme.name()
                        + " counted as the " + Units.count(scheme.parameters(), "parameter")
                        + " that they stand for, scales and tables beside them as none"));
    }

    /// Tensors counted by dtype.
    static final class Totals {
        private final Map<DType, Total> byType = new TreeMap<>();
        private final Total all = new Total("total");
        private final Map<String, PackedWeights.Scheme> packed = new TreeMap<>();

        static Totals of(Collection<TensorMeta> tensors, PackedWeights packed) {
            Totals totals = new Totals();
            tensors.forEach(tensor -> totals.add(tensor, packed));
            totals.add(packed);
            return totals;
        }

        /// @param packed what the tensor may stand for
        void add(TensorMeta tensor, PackedWeights packed) {
            long parameters = packed.parameters(tensor);
            byType.computeIfAbsent(tensor.dtype(), dtype -> new Total(dtype.name()))
                    .add(tensor, parameters);
            all.add(tensor, parameters);
        }

        /// Takes note of what is packed in a file.
        void add(PackedWeights file) {
            for (PackedWeights.Scheme scheme : file.schemes()) {
                packed.merge(scheme.name(), scheme, PackedWeights.Scheme::plus);
            }
        }

        Collection<PackedWeights.Scheme> packed() {
            return packed.values();
        }

        /// Writes an object a dtype, and one for all.
        void writeTo(Json array) {
            for (Total total : lines()) {
                array.object(object -> {
                    object.name("dtype").string(total.dtype);
                    object.name("tensors").number(total.tensors);
                    object.name("parameters").number(total.parameters);
                    object.name("nbytes").number(total.bytes);
                });
            }
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

        void add(TensorMeta tensor, long count) {
            tensors++;
            parameters += count;
            bytes += tensor.byteSize();
        }
    }
}
