package dev.stsw;

import dev.stsw.format.TensorMeta;
import dev.stsw.stream.ProgressListener;
import java.util.List;

/// Tells a listener the names of tensors that lie one behind the other, by counting their bytes.
final class NamedProgress implements ProgressListener {
    private final ProgressListener listener;
    private final List<TensorMeta> tensors;
    private int next;
    /// Bytes of the tensors that were told.
    private long told;

    /// @param tensors in the order of their bytes
    NamedProgress(ProgressListener listener, List<TensorMeta> tensors) {
        this.listener = listener;
        this.tensors = tensors;
    }

    @Override
    public void tensor(String name) {
        listener.tensor(name);
    }

    @Override
    public void progress(long done, long total) {
        if (done >= told) {
            tell(done);
        }
        listener.progress(done, total);
    }

    private void tell(long done) {
        while (next < tensors.size()) {
            TensorMeta tensor = tensors.get(next);
            if (tensor.offsetBegin() >= done && tensor.offsetEnd() > done) {
                return;
            }
            next++;
            told = tensor.offsetEnd();
            listener.tensor(tensor.name());
        }
    }
}
