package dev.stsw.cli;

import dev.stsw.cli.TensorWalk.Job;
import dev.stsw.cli.TensorWalk.Part;
import dev.stsw.cli.WholeModel.Place;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.Comparison;
import dev.stsw.stream.ProgressListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Compares two models, tensor by tensor. What is the same costs no more than reading it; only tensors that differ are
/// read again, and measured.
final class ModelComparison {
    private final WholeModel a;
    private final WholeModel b;
    private final double rtol;
    private final double atol;
    private final List<Pair> pairs = new ArrayList<>();

    /// A tensor that both have.
    static final class Pair {
        private final Place a;
        private final Place b;
        private final Comparison[] parts;
        private volatile boolean same = true;
        private Optional<Comparison> measures = Optional.empty();

        Pair(Place a, Place b) {
            this.a = a;
            this.b = b;
            boolean divisible = a.file().divisible() && b.file().divisible();
            this.parts = new Comparison[TensorWalk.parts(a.tensor(), divisible)];
        }

        TensorSpec a() {
            return a.tensor();
        }

        TensorSpec b() {
            return b.tensor();
        }

        boolean sameType() {
            return a().dtype() == b().dtype();
        }

        boolean sameShape() {
            return a().shape().equals(b().shape());
        }

        /// Whether type, shape and all bits are the same.
        boolean same() {
            return sameType() && sameShape() && same;
        }

        /// Whether type and shape are the same, and all values are tolerated.
        boolean close() {
            return sameType() && sameShape() && measures.map(Comparison::close).orElse(same);
        }

        /// How far the values are apart, if they were compared and differ.
        Optional<Comparison> measures() {
            return measures;
        }

        private boolean measurable() {
            return sameShape() && Comparison.supports(a().dtype(), b().dtype());
        }
    }

    /// @param rtol tolerance relative to A, as [Comparison] has it
    /// @param atol tolerance beside that
    ModelComparison(WholeModel a, WholeModel b, double rtol, double atol) {
        this.a = a;
        this.b = b;
        this.rtol = rtol;
        this.atol = atol;
        // In the order of what can be read once.
        Iterable<String> names =
                b.comesOnce() ? b.tensors().keySet() : a.tensors().keySet();
        for (String name : names) {
            Place first = a.tensors().get(name);
            Place second = b.tensors().get(name);
            if (first != null && second != null) {
                pairs.add(new Pair(first, second));
            }
        }
    }

    /// The tensors that both have, in A's order.
    List<Pair> pairs() {
        return pairs;
    }

    /// Names of the tensors that only A has.
    List<String> onlyInA() {
        return only(a, b);
    }

    /// Names of the tensors that only B has.
    List<String> onlyInB() {
        return only(b, a);
    }

    private static List<String> only(WholeModel one, WholeModel other) {
        return one.tensors().keySet().stream()
                .filter(name -> !other.tensors().containsKey(name))
                .toList();
    }

    /// Whether both have the same tensors, and each is close.
    boolean equal() {
        return onlyInA().isEmpty() && onlyInB().isEmpty() && pairs.stream().allMatch(Pair::close);
    }

    /// Reads and compares the values.
    void compareValues(ProgressListener progress) throws IOException {
        boolean once = a.comesOnce() || b.comesOnce();
        List<Job> jobs = new ArrayList<>();
        for (Pair pair : pairs) {
            boolean worth = once ? pair.measurable() : pair.measurable() && pair.sameType();
            if (worth) {
                addJobs(pair, once, jobs);
            }
        }
        run(jobs, progress);
        if (!once) {
            jobs.clear();
            pairs.stream()
                    .filter(pair -> pair.measurable() && !(pair.same && pair.sameType()))
                    .forEach(pair -> addJobs(pair, true, jobs));
            run(jobs, progress);
        }
        for (Pair pair : pairs) {
            if (pair.parts[0] != null && !pair.same()) {
                Comparison whole = empty(pair);
                for (Comparison part : pair.parts) {
                    whole.merge(part);
                }
                pair.measures = Optional.of(whole);
            }
        }
    }

    private void run(List<Job> jobs, ProgressListener progress) throws IOException {
        TensorWalk.run(jobs, a.concurrent() && b.concurrent(), progress);
    }

    private Comparison empty(Pair pair) {
        return Comparison.of(pair.a().dtype(), pair.b().dtype(), rtol, atol);
    }

    private void addJobs(Pair pair, boolean measure, List<Job> jobs) {
        int parts = pair.parts.length;
        for (int part = 0; part < parts; part++) {
            int number = part;
            jobs.add(new Job(
                    pair.a().byteSize() / parts,
                    List.of(
                            pair.a.file().feed(pair.a(), part, parts),
                            pair.b.file().feed(pair.b(), part, parts)),
                    () -> measure ? new Measure(pair, number) : bytes -> compareBits(pair, bytes)));
        }
    }

    private static void compareBits(Pair pair, ByteBuffer... bytes) {
        if (pair.same && bytes[0].mismatch(bytes[1]) >= 0) {
            pair.same = false;
        }
    }

    /// Measures one part.
    private final class Measure implements Part {
        private final Pair pair;
        private final int number;
        private final Comparison comparison;

        Measure(Pair pair, int number) {
            this.pair = pair;
            this.number = number;
            this.comparison = empty(pair);
        }

        @Override
        public void take(ByteBuffer... bytes) {
            comparison.add(bytes[0], bytes[1]);
        }

        @Override
        public void end() {
            pair.parts[number] = comparison;
            if (!comparison.same()) {
                pair.same = false;
            }
        }
    }
}
