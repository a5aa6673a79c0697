package dev.stsw.torch;

import dev.stsw.format.TensorSpec;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointReport.Omission;
import dev.stsw.torch.Found.Named;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is read from a file under the given options.
 *
 * @param tensors in the file's order, under their final names
 * @param specs the same as declarations
 * @param report what became of the rest
 */
record Selection(List<Named> tensors, List<TensorSpec> specs, CheckpointReport report) {

    static Selection read(SeekableByteChannel channel, Spool spool, CheckpointOptions options) throws IOException {
        Budget budget = new Budget(options.maxOutputBytes(channel.size()));
        Globals globals = new Globals(options.strict(), budget);
        Container container = Containers.open(channel, spool, budget, globals, options);
        KeyFinder finder = new KeyFinder(container, options.widen(), budget);
        KeyFinder.Part part =
                options.key().isPresent() ? finder.at(options.key().get()) : finder.usual();
        return new Selecting(options, container, part)
                .select(container.root(), globals.unknown(), options.maxOutputBytes(channel.size()));
    }

    private static final class Selecting {
        private final CheckpointOptions options;
        private final KeyFinder.Part part;
        private final CheckpointReport.Builder report = new CheckpointReport.Builder();

        Selecting(CheckpointOptions options, Container container, KeyFinder.Part part) {
            this.options = options;
            this.part = part;
            report.container = container.kind();
            report.key = part.key();
            report.alternatives.addAll(part.alternatives());
            report.skipped.addAll(part.found().skipped);
            report.dropped.addAll(part.beside());
            report.warnings.addAll(container.warnings());
        }

        Selection select(Value root, Set<String> unknownGlobals, long maxBytes) throws CheckpointException {
            List<Named> wanted = wanted();
            Aliases aliases = Aliases.find(wanted, options.shared(), options.kept());
            List<Named> tensors = new ArrayList<>(wanted);
            tensors.removeIf(tensor -> aliases.removed().containsKey(tensor.name()));
            List<TensorSpec> specs = new ArrayList<>();
            for (Named tensor : tensors) {
                specs.add(spec(tensor));
            }
            requireWithin(maxBytes, tensors);
            report.toolPrefix = ToolPrefixes.of(tensors);
            DeepSpeedShapes.warning(root, tensors).ifPresent(report.warnings::add);
            report.warnings.addAll(aliases.warnings());
            if (part.found().notListed() > 0) {
                report.warnings.add(part.found().notListed() + " other values that are no tensors were skipped");
            }
            report.shared.putAll(aliases.removed());
            report.unknownGlobals.addAll(unknownGlobals);
            return new Selection(List.copyOf(tensors), List.copyOf(specs), report.build());
        }

        /** The tensors under their final names, without those that the filter holds back. */
        private List<Named> wanted() throws CheckpointException {
            List<Named> wanted = new ArrayList<>();
            Set<String> names = new HashSet<>();
            List<Found.Unreadable> missing = new ArrayList<>();
            for (Found.Unreadable tensor : part.found().unreadable) {
                if (options.filter().test(stripped(tensor.name()))) {
                    missing.add(tensor);
                }
                report.dropped.add(new Omission(
                        tensor.name(),
                        "held back by the filter; it " + tensor.reason().problem()));
            }
            if (!missing.isEmpty()) {
                throw WithoutForm.of(missing);
            }
            for (Named tensor : part.found().tensors) {
                String name = stripped(tensor.name());
                if (!name.equals(tensor.name())) {
                    report.renamed.put(tensor.name(), name);
                }
                if (!names.add(name)) {
                    throw new CheckpointException(Kind.UNSUPPORTED, "two tensors are called " + Quote.text(name));
                }
                if (options.filter().test(name)) {
                    wanted.add(new Named(name, tensor.view()));
                    String widened = part.found().widened.get(tensor.name());
                    if (widened != null) {
                        report.widened.put(name, widened);
                    }
                } else {
                    report.dropped.add(new Omission(tensor.name(), "held back by the filter"));
                }
            }
            if (!options.stripPrefix().isEmpty() && report.renamed.isEmpty()) {
                report.warnings.add("no tensor's name begins with " + Quote.text(options.stripPrefix()));
            }
            return wanted;
        }

        private String stripped(String name) {
            return name.startsWith(options.stripPrefix())
                    ? name.substring(options.stripPrefix().length())
                    : name;
        }

        private static TensorSpec spec(Named tensor) throws CheckpointException {
            try {
                return new TensorSpec(
                        tensor.name(), tensor.view().dtype(), tensor.view().shape());
            } catch (IllegalArgumentException e) {
                throw new CheckpointException(Kind.UNSUPPORTED, String.valueOf(e.getMessage()));
            }
        }

        private static void requireWithin(long maxBytes, List<Named> tensors) throws CheckpointException {
            long left = maxBytes;
            for (Named tensor : tensors) {
                long size = tensor.view().byteSize();
                if (size > left) {
                    throw new CheckpointException(
                            Kind.LIMIT,
                            "its tensors take more than " + maxBytes + " bytes when written out (up to "
                                    + Quote.text(tensor.name()) + " of " + size
                                    + " bytes), far more than the file itself; raise the limit (--max-output) if that is meant");
                }
                left -= size;
            }
        }
    }
}
