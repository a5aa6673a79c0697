package dev.stsw.torch;

/**
 * What turns stored elements into the little-endian values that they stand for.
 *
 * @param swap bytes of a number whose bytes are reversed; 1 if none is
 * @param conjugate whether the imaginary half of each element changes its sign
 * @param negate whether each element changes its sign
 * @param component bytes of a floating-point number: of half an element, if that is complex
 */
record ElementFix(int swap, boolean conjugate, boolean negate, int component) {
    static final ElementFix NONE = new ElementFix(1, false, false, 1);

    static ElementFix of(ElementType type, boolean bigEndian, boolean conjugate, boolean negate) {
        int component = type.componentBytes();
        int swap = bigEndian ? component : 1;
        return swap == 1 && !conjugate && !negate ? NONE : new ElementFix(swap, conjugate, negate, component);
    }

    boolean isNone() {
        return equals(NONE);
    }

    /** Changes the first {@code length} bytes, which are whole elements. */
    void apply(byte[] bytes, int length) {
        for (int at = 0; swap > 1 && at < length; at += swap) {
            for (int low = at, high = at + swap - 1; low < high; low++, high--) {
                byte swapped = bytes[low];
                bytes[low] = bytes[high];
                bytes[high] = swapped;
            }
        }
        if (negate) {
            flipSigns(bytes, length, component - 1, component);
        }
        if (conjugate) {
            flipSigns(bytes, length, 2 * component - 1, 2 * component);
        }
    }

    /** The sign is the highest bit of the last byte. Not-a-numbers change theirs too, as in torch. */
    private static void flipSigns(byte[] bytes, int length, int first, int step) {
        for (int at = first; at < length; at += step) {
            bytes[at] ^= (byte) 0x80;
        }
    }
}
