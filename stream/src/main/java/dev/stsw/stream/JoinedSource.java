package dev.stsw.stream;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/** The tensors of several sources, one source after the other. */
final class JoinedSource implements TensorSource {
    private final List<TensorSource> sources;
    private final List<TensorSpec> tensors;
    private final Map<String, TensorSource> owners = new HashMap<>();

    JoinedSource(List<? extends TensorSource> sources) {
        this.sources = List.copyOf(sources);
        List<TensorSpec> all = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            for (TensorSpec tensor : sources.get(i).tensors()) {
                TensorSource other = owners.putIfAbsent(tensor.name(), sources.get(i));
                if (other != null) {
                    throw new IllegalArgumentException("sources " + sources.indexOf(other) + " and " + i
                            + " (counted from 0) both have a tensor " + TensorSpec.quote(tensor.name()));
                }
                all.add(tensor);
            }
        }
        this.tensors = Collections.unmodifiableList(all);
    }

    @Override
    public List<TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        Map<String, String> joined = new LinkedHashMap<>();
        boolean present = false;
        for (TensorSource source : sources) {
            present |= source.metadata().isPresent();
            source.metadata().orElse(Map.of()).forEach((key, value) -> {
                String other = joined.putIfAbsent(key, value);
                if (other != null && !other.equals(value)) {
                    throw new IllegalStateException("the sources disagree on metadata " + TensorSpec.quote(key) + ": "
                            + TensorSpec.quote(other) + " and " + TensorSpec.quote(value)
                            + "; give the writer its own with withMetadata");
                }
            });
        }
        return present ? Optional.of(joined) : Optional.empty();
    }

    @Override
    public ReadableByteChannel open(String name) throws IOException {
        TensorSource owner = owners.get(name);
        if (owner == null) {
            throw new NoSuchElementException("no tensor " + TensorSpec.quote(name));
        }
        return owner.open(name);
    }

    @Override
    public boolean concurrent() {
        return sources.stream().allMatch(TensorSource::concurrent);
    }

    @Override
    public void close() throws IOException {
        IOException first = null;
        for (TensorSource source : sources) {
            try {
                source.close();
            } catch (IOException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
