package dev.stsw.stream;

import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Some of a source's tensors under its or other metadata. */
final class PartSource extends ForwardingSource {
    private final List<TensorSpec> tensors;
    private final Optional<Map<String, String>> metadata;

    /**
     * @param source where the bytes come from
     * @param tensors some of its tensors
     * @param metadata what to write beside them
     */
    PartSource(TensorSource source, List<TensorSpec> tensors, Optional<Map<String, String>> metadata) {
        super(source);
        this.tensors = tensors;
        this.metadata = metadata;
    }

    @Override
    public List<TensorSpec> tensors() {
        return tensors;
    }

    @Override
    public Optional<Map<String, String>> metadata() {
        return metadata;
    }
}
