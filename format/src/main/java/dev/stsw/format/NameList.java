package dev.stsw.format;

import java.util.AbstractList;
import java.util.RandomAccess;

/** The names of a header's tensors, made from its bytes when they are asked for. */
final class NameList extends AbstractList<String> implements RandomAccess {
    private final NameTable names;

    NameList(NameTable names) {
        this.names = names;
    }

    @Override
    public String get(int index) {
        return names.name(index);
    }

    @Override
    public int size() {
        return names.size();
    }

    @Override
    public int indexOf(Object name) {
        return name instanceof String text ? names.find(text) : -1;
    }

    @Override
    public int lastIndexOf(Object name) {
        return indexOf(name); // No name occurs twice.
    }

    @Override
    public boolean contains(Object name) {
        return indexOf(name) >= 0;
    }
}
