package dev.stsw.cli;

import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import dev.stsw.stream.ForwardingSource;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

/// The scales that lie in other shards of a model than the one that was named. Each is opened when it is asked for, so
/// that nothing waits to be closed.
final class SiblingScales implements TensorSource {
    private final List<TensorSpec> tensors = new ArrayList<>();
    private final Map<String, Path> files = new HashMap<>();

    private SiblingScales() {}

    /// @param files the input's
    /// @param wanted names of scales that the input does not have
    static SiblingScales of(List<Path> files, Set<String> wanted) throws IOException {
        SiblingScales scales = new SiblingScales();
        for (Path file : files) {
            for (Path shard : Siblings.shards(file)) {
                Optional<Header> header = Siblings.header(shard);
                if (header.isPresent()) {
                    scales.add(shard, header.get(), wanted);
                }
            }
        }
        return scales;
    }

    private void add(Path shard, Header header, Set<String> wanted) {
        for (TensorMeta tensor : header.tensors()) {
            if (wanted.contains(tensor.name()) && files.putIfAbsent(tensor.name(), shard) == null) {
                tensors.add(tensor.toSpec());
            }
        }
    }

    @Override
    public List<TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return Optional.empty();
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        Path file = files.get(name);
        if (file == null) {
            throw new NoSuchElementException("no tensor " + TensorSpec.quote(name));
        }
        StreamReader reader =
                StreamReader.open(file, ReadOptions.defaults().withMmap(false).withVerifyCrc(true));
        try {
            return new Owning(reader.asSource().open(name), reader);
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    @Override
    public boolean concurrent() {
        return true;
    }

    @Override
    public void close() {}

    private static final class Owning extends ForwardingSource.Channel {
        private final StreamReader reader;

        Owning(ReadableByteChannel bytes, StreamReader reader) {
            super(bytes);
            this.reader = reader;
        }

        @Override
        public void close() throws IOException {
            try {
                super.close();
            } finally {
                reader.close();
            }
        }
    }
}
