package dev.stsw.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds the entries of a header by name, straight in the header's bytes: 16 bytes an entry, and no String.
 *
 * <p>Open addressing with a hash that is keyed by a random number (a polynomial over the prime 2<sup>61</sup>−1), because
 * hostile names that share one hash would otherwise take quadratic time.
 */
final class NameTable {
    private static final long PRIME = (1L << 61) - 1;
    private static final long KEY = ThreadLocalRandom.current().nextLong(1L << 32, PRIME);
    private static final int FREE = -1;

    private final byte[] bytes;
    /** By entry: where its name begins in the bytes, at the quote. */
    private int[] positions = new int[16];
    /** By entry: the hash of its name. */
    private int[] hashes = new int[16];
    /** Indexes of entries; twice as many slots as entries at least. */
    private int[] slots = new int[32];

    private int size;

    NameTable(byte[] bytes) {
        this.bytes = bytes;
        Arrays.fill(slots, FREE);
    }

    int size() {
        return size;
    }

    /** Where the name of an entry begins: at its quote. */
    int position(int entry) {
        return positions[entry];
    }

    /**
     * Adds the next entry.
     *
     * @param position where its name begins, at the quote; the name is well-formed
     * @param end where the name ends, behind its quote
     * @return whether no entry has that name yet; only then it is added
     */
    boolean add(int position, int end) {
        int from = position + 1;
        int to = end - 1;
        boolean plain = isPlain(from, to);
        byte[] name = plain ? bytes : utf8(position);
        int hash = plain ? hash(bytes, from, to) : hash(name, 0, name.length);
        int slot = plain ? slot(hash, bytes, from, to) : slot(hash, name, 0, name.length);
        if (slots[slot] != FREE) {
            return false;
        }
        if (size == positions.length) {
            grow();
            slot = plain ? slot(hash, bytes, from, to) : slot(hash, name, 0, name.length);
        }
        positions[size] = position;
        hashes[size] = hash;
        slots[slot] = size++;
        return true;
    }

    /** The entry of that name; −1 if there is none. */
    int find(String name) {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        return slots[slot(hash(utf8, 0, utf8.length), utf8, 0, utf8.length)];
    }

    /** The slot that holds the name, or the free one where it belongs. */
    private int slot(int hash, byte[] name, int from, int to) {
        int mask = slots.length - 1;
        int slot = hash & mask;
        while (slots[slot] != FREE) {
            int entry = slots[slot];
            if (hashes[entry] == hash && isNamed(entry, name, from, to)) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private boolean isNamed(int entry, byte[] name, int from, int to) {
        int begin = positions[entry] + 1;
        int end = begin;
        while (bytes[end] != '"' && bytes[end] != '\\') {
            end++;
        }
        if (bytes[end] == '"') {
            return Arrays.equals(bytes, begin, end, name, from, to);
        }
        byte[] utf8 = utf8(positions[entry]);
        return Arrays.equals(utf8, 0, utf8.length, name, from, to);
    }

    private boolean isPlain(int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\\') {
                return false;
            }
        }
        return true;
    }

    private byte[] utf8(int position) {
        return Json.trusted(bytes, position).trustedStringAt(position).getBytes(StandardCharsets.UTF_8);
    }

    private void grow() {
        int capacity = size + (size >> 1);
        positions = Arrays.copyOf(positions, capacity);
        hashes = Arrays.copyOf(hashes, capacity);
        if (capacity > slots.length / 2) {
            slots = new int[slots.length * 2];
            Arrays.fill(slots, FREE);
            int mask = slots.length - 1;
            for (int entry = 0; entry < size; entry++) {
                int slot = hashes[entry] & mask;
                while (slots[slot] != FREE) {
                    slot = (slot + 1) & mask;
                }
                slots[slot] = entry;
            }
        }
    }

    private static int hash(byte[] name, int from, int to) {
        long hash = (long) to - from;
        int i = from;
        for (; i + 4 <= to; i += 4) {
            long word = (name[i] & 0xffL)
                    | (name[i + 1] & 0xffL) << 8
                    | (name[i + 2] & 0xffL) << 16
                    | (name[i + 3] & 0xffL) << 24;
            hash = timesKey(hash + word);
        }
        for (; i < to; i++) {
            hash = timesKey(hash + (name[i] & 0xff));
        }
        return Long.hashCode(hash);
    }

    /** The product with the key, modulo the prime. */
    private static long timesKey(long value) {
        long low = value * KEY;
        long high = Math.multiplyHigh(value, KEY);
        long sum = (low & PRIME) + (low >>> 61 | high << 3);
        return (sum & PRIME) + (sum >>> 61);
    }
}
