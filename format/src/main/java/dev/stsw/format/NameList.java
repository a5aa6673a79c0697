package dev.stsw.format;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/** The names of tensors. */
final class NameList extends AbstractList<String> implements RandomAccess {
    private final List<TensorMeta> tensors;

    NameList(List<TensorMeta> tensors) {
        this.tensors = tensors;
    }

    @Override
    public String get(int index) {
        return tensors.get(index).name();
    }

    @Override
    public int size() {
        return tensors.size();
    }
}
