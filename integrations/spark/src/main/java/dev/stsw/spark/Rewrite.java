package dev.stsw.spark;

import dev.stsw.format.DType;
import dev.stsw.format.ShardIndex;
import dev.stsw.format.ShardPlan;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.TensorSources;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Writes models anew: plans each from its headers, copies each output file in a task of its own without a shuffle, and writes
 * the indexes when all of their shards are in place. A model that fails is a row that says so, and leaves nothing.
 */
final class Rewrite implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final StructType SCHEMA = new StructType()
            .add("file", DataTypes.StringType, false)
            .add("path", DataTypes.StringType, false)
            .add("out", DataTypes.StringType, true)
            .add("tensors", DataTypes.LongType, true)
            .add("size", DataTypes.LongType, true)
            .add("notes", DataTypes.createArrayType(DataTypes.StringType, false), false)
            .add("problem", DataTypes.StringType, true);

    private final HadoopConf conf;
    private final String out;
    private final String scratch;
    private final OutputOptions options;
    private final @Nullable DType castTo;

    private Rewrite(HadoopConf conf, String out, OutputOptions options, @Nullable DType castTo) {
        this.conf = conf;
        this.out = out;
        this.scratch = new Path(out, "_temporary-" + UUID.randomUUID()).toString();
        this.options = options;
        this.castTo = castTo;
    }

    /** What becomes of a model: its files, and the index that follows them. */
    private static final class Plan implements Serializable {
        private static final long serialVersionUID = 1L;

        private final Model model;
        private final ArrayList<ShardJob> shards = new ArrayList<>();
        private final ArrayList<String> notes = new ArrayList<>();
        private byte[] index = {};
        private String problem;

        Plan(Model model) {
            this.model = model;
            this.problem = model.problem();
        }
    }

    /** What became of one file. */
    private static final class Copied implements Serializable {
        private static final long serialVersionUID = 1L;

        private final ShardJob job;
        private final long size;
        private final ArrayList<String> notes;
        private final String problem;

        Copied(ShardJob job, long size, List<String> notes, String problem) {
            this.job = job;
            this.size = size;
            this.notes = new ArrayList<>(notes);
            this.problem = problem;
        }
    }

    /**
     * Does it, at once.
     *
     * @param castTo dtype for floating-point tensors; null: as they are
     * @return a row for each file that was written, and for each that could not be
     */
    static Dataset<Row> run(
            SparkSession spark, List<Model> models, String out, OutputOptions options, @Nullable DType castTo) {
        HadoopConf conf = Session.hadoopConf(spark);
        Rewrite rewrite = new Rewrite(conf, qualified(conf, out), options, castTo);
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        try {
            List<Plan> plans = context.parallelize(models, slices(models))
                    .map(rewrite::plan)
                    .collect();
            List<ShardJob> jobs = new ArrayList<>();
            plans.forEach(plan -> jobs.addAll(plan.shards));
            List<Copied> copied =
                    context.parallelize(jobs, slices(jobs)).map(rewrite::copy).collect();
            List<Row> rows = new ArrayList<>();
            rewrite.finish(plans, copied, rows);
            return spark.createDataFrame(rows, SCHEMA);
        } finally {
            Path folder = new Path(rewrite.scratch);
            try {
                folder.getFileSystem(conf.get()).delete(folder, true);
            } catch (IOException e) {
                System.getLogger(Rewrite.class.getName()).log(System.Logger.Level.WARNING, "left behind: " + folder, e);
            }
        }
    }

    private static String qualified(HadoopConf conf, String folder) {
        try {
            Path path = new Path(folder);
            return path.getFileSystem(conf.get()).makeQualified(path).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int slices(List<?> items) {
        return Math.max(1, Math.min(items.size(), 100_000));
    }

    private Plan plan(Model model) {
        Plan plan = new Plan(model);
        if (!plan.problem.isEmpty()) {
            return plan;
        }
        try (ModelInput input = ModelInput.open(conf.get(), model.files())) {
            TensorSource source = castTo == null ? input.source() : TensorSources.cast(input.source(), castTo);
            boolean one = options.maxShardBytes() == Long.MAX_VALUE;
            List<TensorSpec> tensors =
                    one ? TensorSources.inReferenceOrder(source).tensors() : source.tensors();
            List<List<TensorSpec>> parts = ShardPlan.of(tensors, options.maxShardBytes());
            Map<String, String> files = new HashMap<>();
            for (int i = 0; i < parts.size(); i++) {
                List<String> names = parts.get(i).stream().map(TensorSpec::name).toList();
                String target = parts.size() == 1
                        ? model.stem() + Listing.SUFFIX
                        : ShardIndex.shardName(model.stem(), i + 1, parts.size());
                plan.shards.add(new ShardJob(model, new Path(out, target).toString(), names, source.metadata()));
                names.forEach(name -> files.put(name, new Path(target).getName()));
            }
            for (ShardJob shard : plan.shards) {
                HadoopOutput.requireFree(conf.get(), shard.target());
            }
            if (parts.size() > 1) {
                long total = tensors.stream().mapToLong(TensorSpec::byteSize).sum();
                plan.index = new ShardIndex(OptionalLong.of(total), files).toBytes();
                HadoopOutput.requireFree(conf.get(), index(model));
            }
            plan.notes.addAll(input.notes());
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            plan.problem = said(e);
            plan.shards.clear();
        }
        return plan;
    }

    private Copied copy(ShardJob job) {
        String attempt = Long.toString(TaskContext.get().taskAttemptId());
        try (ModelInput input = ModelInput.open(conf.get(), job.model().files())) {
            ShardCopy copy = new ShardCopy(job, input, castTo);
            long size = copy.write(conf.get(), scratch, attempt, options.crc32());
            return new Copied(job, size, copy.notes(), "");
        } catch (IOException | IllegalArgumentException e) {
            return new Copied(job, 0, List.of(), said(e));
        }
    }

    private static String said(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /** Indexes last; of a model that is not whole, nothing stays. */
    private void finish(List<Plan> plans, List<Copied> copied, List<Row> rows) {
        int next = 0;
        for (Plan plan : plans) {
            List<Copied> shards = copied.subList(next, next + plan.shards.size());
            next += plan.shards.size();
            if (!plan.problem.isEmpty()) {
                rows.add(row(plan.model, null, 0, 0, plan.notes, plan.problem));
                continue;
            }
            boolean whole = shards.stream().allMatch(shard -> shard.problem.isEmpty());
            for (Copied shard : shards) {
                List<String> notes = new ArrayList<>(plan.notes);
                notes.addAll(shard.notes);
                String problem = shard.problem.isEmpty() && !whole
                        ? "removed: another shard of the model failed"
                        : shard.problem;
                rows.add(row(plan.model, shard.job.target(), shard.job.tensors().size(), shard.size, notes, problem));
            }
            String fault = whole ? writeIndex(plan) : remove(shards);
            if (!fault.isEmpty()) {
                rows.add(row(plan.model, null, 0, 0, List.of(), fault));
            }
        }
    }

    private String index(Model model) {
        return new Path(out, model.stem() + Listing.SUFFIX + ShardIndex.SUFFIX).toString();
    }

    private String writeIndex(Plan plan) {
        if (plan.index.length == 0) {
            return "";
        }
        try (HadoopOutput index = HadoopOutput.create(conf.get(), index(plan.model), scratch, "index")) {
            index.stream().write(plan.index);
            index.publish();
            return "";
        } catch (IOException e) {
            return "its index cannot be written: " + said(e);
        }
    }

    private String remove(List<Copied> shards) {
        Configuration hadoop = conf.get();
        try {
            for (Copied shard : shards) {
                if (shard.problem.isEmpty()) {
                    Path path = new Path(shard.job.target());
                    path.getFileSystem(hadoop).delete(path, false);
                }
            }
            return "";
        } catch (IOException e) {
            return "shards without an index are left behind: " + said(e);
        }
    }

    private static Row row(
            Model model, @Nullable String target, long tensors, long size, List<String> notes, String problem) {
        FileRange first = model.files().get(0);
        return RowFactory.create(
                first.file(),
                first.path(),
                target,
                tensors,
                size,
                notes.toArray(new String[0]),
                problem.isEmpty() ? null : problem);
    }
}
