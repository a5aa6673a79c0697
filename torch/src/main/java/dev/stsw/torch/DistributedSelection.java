package dev.stsw.torch;

import dev.stsw.format.TensorSpec;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointReport.Omission;
import dev.stsw.torch.DistributedMetadata.Place;
import dev.stsw.torch.DistributedParts.Taken;
import dev.stsw.torch.DistributedTensor.Declared;
import dev.stsw.torch.Value.Obj;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is read from a distributed checkpoint under the given options.
 *
 * @param tensors in the file's order, under their final names
 * @param specs the same as declarations
 * @param report what became of the rest
 */
record DistributedSelection(List<DistributedTensor> tensors, List<TensorSpec> specs, CheckpointReport report) {

    static DistributedSelection of(DistributedMetadata metadata, DistributedFiles files, CheckpointOptions options)
            throws IOException {
        return new Selecting(metadata, options).select(files);
    }

    private static final class Selecting {
        private final DistributedMetadata metadata;
        private final CheckpointOptions options;
        private final CheckpointReport.Builder report = new CheckpointReport.Builder();
        /** By their full names. */
        private final Map<String, Declared> wanted = new LinkedHashMap<>();

        private final Map<String, String> byNewName = new LinkedHashMap<>();

        Selecting(DistributedMetadata metadata, CheckpointOptions options) {
            this.metadata = metadata;
            this.options = options;
            report.container = "distributed";
            report.warnings.addAll(metadata.warnings());
            report.unknownGlobals.addAll(metadata.unknownGlobals());
        }

        DistributedSelection select(DistributedFiles files) throws IOException {
            DistributedParts parts = options.key().isPresent()
                    ? DistributedParts.at(options.key().get(), metadata.items())
                    : DistributedParts.model(metadata.items());
            report.key = parts.key();
            report.dropped.addAll(parts.beside());
            boolean any = false;
            for (Taken taken : parts.taken()) {
                Obj tensor = taken.item().tensor();
                any |= tensor != null;
                if (tensor == null) {
                    report.skipped.add(new Omission(taken.name(), "pickled object"));
                } else {
                    declare(taken, tensor);
                }
            }
            if (!any) {
                throw new CheckpointException(Kind.NOT_FOUND, "no tensors under the key " + Quote.text(parts.key()));
            }
            if (!options.stripPrefix().isEmpty() && report.renamed.isEmpty()) {
                report.warnings.add("no tensor's name begins with " + Quote.text(options.stripPrefix()));
            }
            List<DistributedTensor> tensors = place(files);
            List<TensorSpec> specs = new ArrayList<>();
            for (DistributedTensor tensor : tensors) {
                specs.add(tensor.spec());
            }
            return new DistributedSelection(tensors, List.copyOf(specs), report.build());
        }

        private void declare(Taken taken, Obj tensor) throws CheckpointException {
            String name = taken.name();
            String prefix = options.stripPrefix();
            if (!prefix.isEmpty() && name.startsWith(prefix)) {
                name = name.substring(prefix.length());
                report.renamed.put(taken.name(), name);
            }
            if (!options.filter().test(name)) {
                report.dropped.add(new Omission(taken.name(), "held back by the filter"));
                return;
            }
            if (byNewName.put(name, taken.item().name()) != null) {
                throw new CheckpointException(Kind.UNSUPPORTED, "two tensors are called " + Quote.text(name));
            }
            try {
                if (metadata.isReshaped(taken.item().name())) {
                    report.warnings.add(
                            "tensor " + Quote.text(name)
                                    + " is written as Megatron-core's distributed optimizer flattened it, not in its own shape");
                }
                wanted.put(taken.item().name(), Declared.of(name, tensor));
            } catch (CheckpointException e) {
                throw named(name, e);
            }
        }

        /** Finds the pieces of all that is wanted. */
        private List<DistributedTensor> place(DistributedFiles files) throws IOException {
            Map<String, Map<List<Long>, Place>> places = metadata.places(Set.copyOf(wanted.keySet()));
            Cover cover = new Cover();
            List<DistributedTensor> tensors = new ArrayList<>();
            for (Map.Entry<String, Declared> entry : wanted.entrySet()) {
                try {
                    tensors.add(entry.getValue().found(places.getOrDefault(entry.getKey(), Map.of()), cover));
                } catch (CheckpointException e) {
                    throw named(entry.getValue().name(), e);
                }
            }
            requireWithin(options.maxOutputBytes(files.check(tensors)), tensors);
            return List.copyOf(tensors);
        }

        private static void requireWithin(long maxBytes, List<DistributedTensor> tensors) throws CheckpointException {
            long left = maxBytes;
            for (DistributedTensor tensor : tensors) {
                if (tensor.byteSize() > left) {
                    throw new CheckpointException(
                            Kind.LIMIT,
                            "its tensors take more than " + maxBytes + " bytes when written out (up to "
                                    + Quote.text(tensor.name()) + "); raise the limit if that is meant");
                }
                left -= tensor.byteSize();
            }
        }

        private static CheckpointException named(String name, CheckpointException fault) {
            return new CheckpointException(fault.kind(), "tensor " + Quote.text(name) + " " + fault.problem());
        }
    }
}
