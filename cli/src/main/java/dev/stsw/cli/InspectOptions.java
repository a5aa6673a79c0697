package dev.stsw.cli;

import dev.stsw.format.TensorMeta;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// What of a file `inspect` shows, and how.
final class InspectOptions {
    /// What `--sort` takes.
    enum Order {
        NAME,
        SIZE,
        OFFSET,
        DTYPE
    }

    @Option(
            names = "--tree",
            arity = "0..1",
            fallbackValue = "" + Integer.MAX_VALUE,
            preprocessor = Attached.class,
            paramLabel = "DEPTH",
            description = "Show modules by their dotted names, down to a depth; repeats are folded (layers.{0..31}).")
    private int tree;

    @Option(
            names = "--filter",
            paramLabel = "GLOB",
            converter = Glob.Converter.class,
            description = "Only tensors whose name matches; * and ? as usual. Repeatable.")
    private List<Glob> filter = List.of();

    @Option(
            names = "--sort",
            paramLabel = "BY",
            description = "Order by name, size (largest first), offset or dtype (default: as in the header).")
    private Optional<Order> sort = Optional.empty();

    @Option(names = "--summary", description = "Totals only.")
    private boolean summary;

    @Option(
            names = "--metadata",
            arity = "0..1",
            fallbackValue = "",
            preprocessor = Attached.class,
            paramLabel = "KEY",
            description = "Metadata only, JSON in it unfolded; or the value of one key, as it is.")
    private Optional<String> metadata = Optional.empty();

    @Option(
            names = "--layout",
            description = "Where everything lies: every byte of a safetensors file, and how tensors are aligned.")
    private boolean layout;

    /// Whether none of them was given.
    boolean plain() {
        return tree == 0 && filter.isEmpty() && sort.isEmpty() && !summary && metadata.isEmpty() && !layout;
    }

    /// Whether tensors are listed one by one, in the plain form or chosen and ordered.
    boolean listsTensors() {
        return tree == 0 && !summary && !layout;
    }

    /// @throws WrongUsage if they contradict each other
    void check() {
        int views = (tree != 0 ? 1 : 0) + (summary ? 1 : 0) + (metadata.isPresent() ? 1 : 0) + (layout ? 1 : 0);
        if (views > 1) {
            throw new WrongUsage("one of --tree, --summary, --metadata and --layout at a time");
        }
        if (tree < 0) {
            throw new WrongUsage("--tree takes a depth from 1 up");
        }
        if (metadata.isPresent() && !(filter.isEmpty() && sort.isEmpty())) {
            throw new WrongUsage("--filter and --sort are for tensors: leave them out with --metadata");
        }
        if (layout && !(filter.isEmpty() && sort.isEmpty())) {
            throw new WrongUsage("--layout shows every byte in its order: leave out --filter and --sort");
        }
    }

    /// 0 for no tree.
    int tree() {
        return tree;
    }

    boolean summary() {
        return summary;
    }

    /// Empty for all keys, if it is there.
    Optional<String> metadata() {
        return metadata;
    }

    boolean layout() {
        return layout;
    }

    /// The tensors that are wanted, in the order that is wanted.
    List<TensorMeta> chosen(List<TensorMeta> tensors) {
        if (filter.isEmpty() && sort.isEmpty()) {
            return tensors;
        }
        List<TensorMeta> chosen = new ArrayList<>(tensors);
        chosen.removeIf(tensor -> !filter.isEmpty() && filter.stream().noneMatch(glob -> glob.test(tensor.name())));
        sort.ifPresent(by -> chosen.sort(comparator(by)));
        return chosen;
    }

    private static Comparator<TensorMeta> comparator(Order order) {
        return switch (order) {
            case NAME -> Comparator.comparing(TensorMeta::name);
            case SIZE -> Comparator.comparingLong(TensorMeta::byteSize).reversed();
            case OFFSET -> Comparator.comparingLong(TensorMeta::offsetBegin);
            case DTYPE ->
                Comparator.comparing((TensorMeta tensor) -> tensor.dtype().name());
        };
    }

    /// A sentence for each filter that matches nothing.
    List<String> unmatched(List<TensorMeta> tensors) {
        return filter.stream()
                .filter(glob -> tensors.stream().noneMatch(tensor -> glob.test(tensor.name())))
                .map(glob -> "--filter '" + glob.text() + "' matched no tensor's name")
                .toList();
    }
}
