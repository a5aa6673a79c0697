package dev.stsw.torch;

import dev.stsw.format.DType;
import dev.stsw.format.Shape;
import dev.stsw.format.TensorSpec;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointReport.Omission;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The tensors of a DeepSpeed checkpoint under the given options: the parameters in F32 as the optimizer has them, and the
 * buffers as the module has them.
 *
 * @param pieces of each, as parts of a vector of its elements; none for a tensor without elements
 * @param ties another name of a tensor, and the name that it is given out under
 */
record DeepSpeedTensors(
        List<TensorSpec> specs, Map<String, List<Piece>> pieces, Map<String, String> ties, CheckpointReport report) {

    static DeepSpeedTensors read(FilePool pool, Spool spool, Collection<String> names, CheckpointOptions options)
            throws IOException {
        return new Reading(pool, spool, DeepSpeedFiles.of(names), options).read();
    }

    private static final class Reading {
        private final FilePool pool;
        private final Spool spool;
        private final DeepSpeedFiles files;
        private final CheckpointOptions options;
        private final Budget budget = new Budget();
        private final Globals globals;
        private final CheckpointReport.Builder report = new CheckpointReport.Builder();
        private final DeepSpeedParts parts = new DeepSpeedParts();
        private final Map<String, TensorSpec> all = new LinkedHashMap<>();
        private long bytes;

        Reading(FilePool pool, Spool spool, DeepSpeedFiles files, CheckpointOptions options) {
            this.pool = pool;
            this.spool = spool;
            this.files = files;
            this.options = options;
            this.globals = new Globals(options.strict(), budget);
        }

        DeepSpeedTensors read() throws IOException {
            List<DeepSpeedState> optimizers = states(files.optimizers());
            List<DeepSpeedState> models = states(files.models());
            DeepSpeedState first = optimizers.get(0);
            long stage = first.number("optimizer_state_dict", "zero_stage");
            long count = first.number("optimizer_state_dict", "partition_count");
            if (count != optimizers.size()) {
                throw new CheckpointException(
                        Kind.CORRUPT,
                        "was saved by " + count + " processes, but has the optimizer states of " + optimizers.size());
            }
            if (stage < 1 || stage > 3 || (stage == 3 && models.size() != optimizers.size())) {
                throw new CheckpointException(
                        Kind.UNSUPPORTED,
                        "is of ZeRO stage " + stage + " with " + models.size() + " files of model states");
            }
            parameters(stage, optimizers, models);
            buffers(models.get(0));
            report.container = "DeepSpeed ZeRO-" + stage;
            report.unknownGlobals.addAll(globals.unknown());
            return select(shared(models.get(0)));
        }

        private List<DeepSpeedState> states(List<String> names) throws IOException {
            List<DeepSpeedState> states = new ArrayList<>();
            for (String name : names) {
                states.add(DeepSpeedState.read(pool, spool, name, globals, budget, options));
                bytes += pool.size(name);
            }
            return states;
        }

        private void parameters(long stage, List<DeepSpeedState> optimizers, List<DeepSpeedState> models)
                throws CheckpointException {
            List<Map<String, long[]>> groups =
                    DeepSpeedShapes.groups(models.get(0).root());
            if (groups.isEmpty()) {
                throw models.get(0).corrupt("has no param_shapes, without which nobody knows what lies where");
            }
            String key = stage == 3 ? "fp32_flat_groups" : "single_partition_of_fp32_groups";
            List<List<View>> vectors = new ArrayList<>();
            for (DeepSpeedState optimizer : optimizers) {
                vectors.add(optimizer.vectors("optimizer_state_dict", key));
            }
            Map<String, long[]> frozen = DeepSpeedShapes.shapes(models.get(0).at("frozen_param_shapes"));
            parts.frozen(frozen, stage == 3 ? models : models.subList(0, 1));
            if (stage == 3) {
                parts.cut(groups, optimizers, vectors);
            } else {
                parts.whole(groups, optimizers, vectors);
            }
            for (Map.Entry<String, long[]> parameter : frozen.entrySet()) {
                List<Piece> pieces = parts.pieces().get(parameter.getKey());
                declare(
                        parameter.getKey(),
                        pieces == null || pieces.isEmpty() ? DType.F32 : dtype(pieces),
                        parameter.getValue());
            }
            for (Map<String, long[]> group : groups) {
                for (Map.Entry<String, long[]> parameter : group.entrySet()) {
                    declare(parameter.getKey(), DType.F32, parameter.getValue());
                }
            }
        }

        /** Of all of them: else their bytes would not make a tensor. */
        private static DType dtype(List<Piece> pieces) throws CheckpointException {
            try {
                DType dtype = pieces.get(0).source().view().dtype();
                for (Piece piece : pieces) {
                    if (piece.source().view().dtype() != dtype) {
                        throw piece.blamed(new CheckpointException(Kind.CORRUPT, "is of another dtype elsewhere"));
                    }
                }
                return dtype;
            } catch (CheckpointException e) {
                throw e;
            } catch (IOException e) {
                throw new UncheckedIOException(e); // These views are there already.
            }
        }

        private void buffers(DeepSpeedState model) throws CheckpointException {
            Set<String> names = model.names("buffer_names");
            for (Map.Entry<String, View> buffer : model.tensors("module", names).entrySet()) {
                View view = buffer.getValue();
                String where = "tensor " + Quote.text(buffer.getKey()) + " in " + model.file();
                List<Piece> pieces = new ArrayList<>();
                if (view.elements() > 0) {
                    pieces.add(new Piece(new Box(new long[1], new long[] {view.elements()}), where, () -> view));
                }
                if (parts.pieces().put(buffer.getKey(), pieces) != null) {
                    throw model.corrupt("has a buffer and a parameter called " + Quote.text(buffer.getKey()));
                }
                declare(buffer.getKey(), view.dtype(), view.shape().toArray());
            }
        }

        private void declare(String name, DType dtype, long[] shape) throws CheckpointException {
            long have = parts.pieces().getOrDefault(name, List.of()).stream()
                    .mapToLong(piece -> piece.box().elements())
                    .sum();
            if (dtype != DType.F4 && have != Box.all(shape).elements()) {
                throw new CheckpointException(
                        Kind.CORRUPT,
                        "tensor " + Quote.text(name) + " has " + have + " elements for its shape " + Shape.of(shape));
            }
            try {
                all.put(name, new TensorSpec(name, dtype, Shape.of(shape)));
            } catch (IllegalArgumentException e) {
                throw new CheckpointException(Kind.UNSUPPORTED, String.valueOf(e.getMessage()));
            }
        }

        /** Other names of parameters, which the optimizer has once: pairs of another name and that name. */
        private Map<String, String> shared(DeepSpeedState model) throws CheckpointException {
            Map<String, String> ties = new LinkedHashMap<>();
            Value pairs = model.at("shared_params");
            List<Mappings.Entry> entries = pairs == null ? null : Mappings.entries(pairs);
            for (Mappings.Entry entry : entries == null ? List.<Mappings.Entry>of() : entries) {
                String alias = entry.name();
                Value target = entry.value();
                if (target instanceof Value.Items pair && pair.values.size() == 2) {
                    alias = pair.values.get(0) instanceof Value.Text text ? text.value() : "";
                    target = pair.values.get(1);
                }
                String name = target instanceof Value.Text text ? text.value() : "";
                if (all.containsKey(name) && !all.containsKey(alias) && !alias.isEmpty()) {
                    ties.put(alias, name);
                }
            }
            if (!ties.isEmpty() && options.shared() == CheckpointOptions.Shared.ERROR) {
                Map.Entry<String, String> tie = ties.entrySet().iterator().next();
                throw new CheckpointException(
                        Kind.UNSUPPORTED,
                        "tensors " + Quote.text(tie.getKey()) + " and " + Quote.text(tie.getValue())
                                + " are the same one");
            }
            return ties;
        }

        private DeepSpeedTensors select(Map<String, String> ties) throws CheckpointException {
            if (!options.key().orElse("").isEmpty()) {
                throw new CheckpointException(
                        Kind.NOT_FOUND,
                        "no key " + Quote.text(options.key().get())
                                + ": what the folder of DeepSpeed holds is one model");
            }
            boolean duplicate = options.shared() == CheckpointOptions.Shared.DUPLICATE;
            Map<String, String> sources = new LinkedHashMap<>();
            all.keySet().forEach(name -> sources.put(name, name));
            if (duplicate) {
                sources.putAll(ties);
            }
            Map<String, TensorSpec> specs = new LinkedHashMap<>();
            Map<String, List<Piece>> pieces = new LinkedHashMap<>();
            long left = options.maxOutputBytes(bytes);
            for (Map.Entry<String, String> entry : sources.entrySet()) {
                String name = stripped(entry.getKey());
                if (!options.filter().test(name)) {
                    report.dropped.add(new Omission(entry.getKey(), "held back by the filter"));
                    continue;
                }
                if (!name.equals(entry.getKey())) {
                    report.renamed.put(entry.getKey(), name);
                }
                TensorSpec spec = Objects.requireNonNull(all.get(entry.getValue()));
                if (specs.put(name, new TensorSpec(name, spec.dtype(), spec.shape())) != null) {
                    throw new CheckpointException(Kind.UNSUPPORTED, "two tensors are called " + Quote.text(name));
                }
                pieces.put(name, parts.pieces().getOrDefault(entry.getValue(), List.of()));
                if (spec.byteSize() > left) {
                    throw new CheckpointException(
                            Kind.LIMIT, "its tensors take more than " + options.maxOutputBytes(bytes) + " bytes");
                }
                left -= spec.byteSize();
            }
            if (!options.stripPrefix().isEmpty() && report.renamed.isEmpty()) {
                report.warnings.add("no tensor's name begins with " + Quote.text(options.stripPrefix()));
            }
            if (!duplicate) {
                ties.forEach((alias, name) -> {
                    if (specs.containsKey(stripped(name))) {
                        report.shared.put(stripped(alias), stripped(name));
                    }
                });
            }
            return new DeepSpeedTensors(
                    List.copyOf(specs.values()), pieces, new LinkedHashMap<>(report.shared), report.build());
        }

        private String stripped(String name) {
            return name.startsWith(options.stripPrefix())
                    ? name.substring(options.stripPrefix().length())
                    : name;
        }
    }
}
