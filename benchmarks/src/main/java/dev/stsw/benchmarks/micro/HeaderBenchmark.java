package dev.stsw.benchmarks.micro;

import dev.stsw.format.DType;
import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// Headers as bytes: of a usual model, and of one with very many experts.
public class HeaderBenchmark extends Microbenchmark {
    /// Number of tensors.
    @Param({"300", "100000"})
    public int tensors;

    private List<TensorSpec> specs = List.of();
    private byte[] bytes = {};
    private long fileSize;

    /// Makes the header that is parsed.
    @Setup
    public void setUp() {
        specs = new ArrayList<>();
        for (int i = 0; i < tensors; i++) {
            specs.add(TensorSpec.of("model.layers." + i / 9 + ".mlp.part" + i % 9 + ".weight", DType.BF16, 64, 32));
        }
        Header header = build();
        bytes = header.toBytes();
        fileSize = bytes.length + header.dataSize();
    }

    /// Lays the tensors out.
    @Benchmark
    public Header build() {
        return Header.of(specs, Map.of("format", "pt"), 8, false);
    }

    /// Lays the tensors out and makes the bytes.
    @Benchmark
    public byte[] buildBytes() {
        return build().toBytes();
    }

    /// Parses and checks, and makes no entry.
    @Benchmark
    public Header parse() throws HeaderException {
        return Header.wrap(bytes, fileSize);
    }

    /// Parses, and looks at every entry.
    @Benchmark
    public long parseAll() throws HeaderException {
        long sum = 0;
        for (TensorMeta tensor : parse().tensors()) {
            sum += tensor.offsetEnd() + tensor.name().length();
        }
        return sum;
    }
}
