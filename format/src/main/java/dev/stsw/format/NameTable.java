package dev.stsw.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds the entries of a header by name, straight in the header's bytes: 16 bytes an entry, and no String.
 *
 * <p>Open addressing with a hash that is keyed by a random number (a polynomial over the prime 2<sup>61</sup>−1), because
 * hostile names that share one hash would otherwise take quadratic time. Names are hashed while they are read, and put
 * into the table when all are known: then it has the right size at once, and a processor works on several of its cache
 * misses at a time.
 */
final class NameTable {
    private static final long PRIME = (1L << 61) - 1;
    /** Bytes that make one coefficient, as many as stay below the prime. */
    private static final int STEP = 7;

    private static final long STEP_MASK = (1L << (8 * STEP)) - 1;
    private static final int FREE = 0;

    private final byte[] bytes;
    private final long key;
    /** By entry: where its name begins in the bytes, at the quote. */
    private int[] positions = new int[16];
    /** By entry: the hash of its name. */
    private int[] hashes = new int[16];
    /** Numbers of entries, counted from 1; twice as many slots as entries at least. */
    private int[] slots = {FREE};

    private int size;

    NameTable(byte[] bytes) {
        this(bytes, ThreadLocalRandom.current().nextLong(1L << 32, PRIME));
    }

    /** @param key of the hash; with 0 all names have the same one, which tests want */
    NameTable(byte[] bytes, long key) {
        this.bytes = bytes;
        this.key = key;
    }

    int size() {
        return size;
    }

    /** Where the name of an entry begins: at its quote. */
    int position(int entry) {
        return positions[entry];
    }

    /** The name of an entry. */
    String name(int entry) {
        return text(positions[Objects.checkIndex(entry, size)]);
    }

    private String text(int position) {
        return Json.trusted(bytes, position).trustedStringAt(position);
    }

    /**
     * Adds the next entry, which is not found before {@link #index}.
     *
     * @param position where its name begins, at the quote; the name is well-formed
     */
    void add(int position) {
        if (size == positions.length) {
            grow(position);
        }
        int begin = position + 1;
        int end = Words.plainEnd(bytes, begin, bytes.length);
        positions[size] = position;
        hashes[size++] = bytes[end] == '"'
                ? hash(bytes, begin, end)
                : hash(text(position).getBytes(StandardCharsets.UTF_8));
    }

    /** To as many as there will be if the rest of the bytes is like those so far. */
    private void grow(int position) {
        long expected = (long) size * bytes.length / position;
        int capacity = (int) Math.max(size + (size >> 1), Math.min(expected + (expected >> 4), bytes.length));
        positions = Arrays.copyOf(positions, capacity);
        hashes = Arrays.copyOf(hashes, capacity);
    }

    /** Makes all entries findable; returns the first whose name one before has, −1 if there is none. */
    int index() {
        slots = new int[Integer.highestOneBit(Math.max(size, 1)) << 2];
        for (int entry = 0; entry < size; entry++) {
            int slot = hashes[entry] & (slots.length - 1);
            while (slots[slot] != FREE) {
                if (hashes[slots[slot] - 1] == hashes[entry]
                        && name(slots[slot] - 1).equals(name(entry))) {
                    return entry;
                }
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = entry + 1;
        }
        return -1;
    }

    /** The entry of that name; −1 if there is none. */
    int find(String name) {
        int hash = hash(name.getBytes(StandardCharsets.UTF_8));
        int slot = hash & (slots.length - 1);
        while (slots[slot] != FREE) {
            int entry = slots[slot] - 1;
            if (hashes[entry] == hash && name(entry).equals(name)) {
                return entry;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        return -1;
    }

    private int hash(byte[] utf8) {
        return hash(utf8, 0, utf8.length);
    }

    private int hash(byte[] name, int from, int to) {
        ByteBuffer words = Words.over(name);
        long hash = (long) to - from;
        int at = from;
        for (; at + STEP <= to && at + Long.BYTES <= name.length; at += STEP) {
            hash = timesKey(hash + (words.getLong(at) & STEP_MASK));
        }
        while (at < to) {
            long rest = 0;
            int end = Math.min(at + STEP, to);
            for (int i = end - 1; i >= at; i--) {
                rest = rest << 8 | (name[i] & 0xff);
            }
            hash = timesKey(hash + rest);
            at = end;
        }
        return Long.hashCode(hash);
    }

    /** The product with the key, modulo the prime. */
    private long timesKey(long value) {
        long low = value * key;
        long high = Math.multiplyHigh(value, key);
        long sum = (low & PRIME) + (low >>> 61 | high << 3);
        return (sum & PRIME) + (sum >>> 61);
    }
}
