package dev.stsw.cli;

import dev.stsw.cli.ByteMap.Region;
import dev.stsw.cli.Table.Column;
import dev.stsw.cli.Terminal.Style;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A file as `inspect` shows it when it was asked for something else than a plain list.
final class InspectReport {
    private static final List<Column<ModuleTree.Line>> TREE = List.of(
            new Column<>("NAME", false, line -> Escapes.printable(line.label())),
            new Column<>(
                    "SHAPE",
                    false,
                    line -> line.node()
                            .tensor()
                            .map(one -> one.shape().toString())
                            .orElse("")),
            new Column<>(
                    "DTYPE",
                    false,
                    line -> line.node().tensor().map(one -> one.dtype().name()).orElse("")),
            new Column<>("TENSORS", true, line -> Units.grouped(line.node().tensors())),
            new Column<>("PARAMETERS", true, line -> Units.grouped(line.node().parameters())),
            new Column<>("SIZE", true, line -> Units.bytes(line.node().bytes())));

    private static final List<Column<Region>> LAYOUT = List.of(
            new Column<>("BEGIN", true, region -> Long.toString(region.begin())),
            new Column<>("END", true, region -> Long.toString(region.end())),
            new Column<>("BYTES", true, region -> Units.grouped(region.end() - region.begin())),
            new Column<>("ALIGNED TO", true, region -> region.alignment() + (region.aligned() ? "" : "!")),
            new Column<>("WHAT", false, region -> Escapes.printable(region.what())));

    private final InspectOptions options;
    private final Terminal terminal;
    private final Output out;

    InspectReport(InspectOptions options, Terminal terminal) {
        this.options = options;
        this.terminal = terminal;
        this.out = terminal.out();
    }

    /// @param header of a safetensors file; others have none
    /// @param all tensors of the file
    void print(String title, Optional<Header> header, List<TensorMeta> all, Map<String, String> metadata) {
        if (options.metadata().isPresent()) {
            printMetadata(title, options.metadata().get(), metadata);
            return;
        }
        List<TensorMeta> tensors = options.chosen(all);
        out.line(terminal.styled(Style.BOLD, Escapes.printable(title))).append('\n');
        if (options.layout()) {
            printLayout(header);
            return;
        }
        PackedWeights packed = PackedWeights.of(all);
        if (options.tree() > 0) {
            new Table<>(terminal, TREE)
                    .print(ModuleTree.of(tensors, packed::parameters).lines(options.tree()));
            out.append('\n');
        }
        Listing listing = new Listing(terminal);
        if (options.tree() == 0 && !options.summary()) {
            listing.printTensors(tensors);
            out.append('\n');
        }
        listing.print(Listing.Totals.of(tensors, packed));
    }

    private void printLayout(Optional<Header> header) {
        if (header.isEmpty()) {
            out.line("no layout: the tensors lie anywhere in the file, or in pieces");
            return;
        }
        List<Region> regions = ByteMap.of(header.get());
        new Table<>(terminal, LAYOUT).print(regions);
        out.append('\n').line(ByteMap.alignment(regions));
    }

    private void printMetadata(String title, String key, Map<String, String> metadata) {
        if (!key.isEmpty()) {
            out.line(metadata.getOrDefault(key, ""));
            return;
        }
        out.line(terminal.styled(Style.BOLD, Escapes.printable(title)));
        metadata.forEach((name, value) -> {
            String unfolded = NestedJson.unfolded(value);
            out.line(
                    Escapes.printable(name) + ":" + (unfolded.contains("\n") ? "" : " " + Escapes.printable(unfolded)));
            if (unfolded.contains("\n")) {
                unfolded.lines().forEach(line -> out.line("  " + Escapes.printable(line)));
            }
        });
    }

    /// Writes what takes the place of the tensors in the file's JSON object.
    ///
    /// @param packed among all tensors of the file
    void writeTo(Json object, Optional<Header> header, List<TensorMeta> all, PackedWeights packed) {
        List<TensorMeta> tensors = options.chosen(all);
        if (options.tree() > 0) {
            object.name("tree")
                    .object(root -> ModuleTree.of(tensors, packed::parameters)
                            .writeTo(root, Math.max(options.tree(), options.tree() + 1)));
        }
        if (options.layout() && header.isPresent()) {
            object.name("layout")
                    .array(array -> ByteMap.of(header.get()).forEach(region -> array.object(region::writeTo)));
        }
        if (options.summary()) {
            Listing.Totals totals = Listing.Totals.of(tensors, packed);
            object.name("totals").array(totals::writeTo);
        }
    }
}
