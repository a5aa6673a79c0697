package dev.stsw.torch;

import dev.stsw.format.Shape;
import dev.stsw.torch.CheckpointException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * The head of an array in NumPy's format: magic, version, and a Python literal (NEP 1; {@code numpy.lib.format}).
 *
 * @param descr what its elements are, as NumPy says it: {@code <f4}
 * @param fortranOrder whether the first dimension varies fastest
 * @param shape its dimensions
 * @param bytes of the head, after which the elements begin
 */
record NumpyHeader(String descr, boolean fortranOrder, Shape shape, int bytes) {
    static final String MAGIC = "\u0093NUMPY";

    /** The second is what 64-bit machines once wrote. */
    private static final Set<String> OBJECTS = Set.of("|O", "|O8");

    /** NumPy's own limit, {@code max_header_size}. */
    private static final int LONGEST_LITERAL = 10_000;

    /** {@code ARRAY_ALIGN}, so that what follows can be mapped. */
    private static final int ALIGNMENT = 64;

    /** {@code GROWTH_AXIS_MAX_DIGITS}: so much room has the first dimension, that arrays can grow in their place. */
    private static final int GROWTH_DIGITS = 21;

    /**
     * The head of an array in C order, byte for byte as NumPy 2.4 writes it. Its version is always 1.0: the literal of 64
     * dimensions is shorter than the 64 KiB that need another.
     */
    static byte[] write(String descr, Shape shape) {
        StringBuilder literal = new StringBuilder("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (");
        for (int i = 0; i < shape.rank(); i++) {
            literal.append(i == 0 ? "" : ", ").append(shape.dimension(i));
        }
        literal.append(shape.rank() == 1 ? ",), }" : "), }");
        if (shape.rank() > 0) {
            literal.append(
                    " ".repeat(GROWTH_DIGITS - Long.toString(shape.dimension(0)).length()));
        }
        int fixed = MAGIC.length() + 4;
        int used = fixed + literal.length() + 1;
        literal.append(" ".repeat(ALIGNMENT - used % ALIGNMENT)).append('\n');
        int length = literal.length();
        String head = MAGIC + "\1\0" + (char) (length & 0xff) + (char) (length >> Byte.SIZE) + literal;
        return head.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Reads the head from the start of the bytes of an array. */
    static NumpyHeader read(Blob array) throws IOException {
        try (ByteStream stream = array.stream()) {
            Input in = new Input(stream, "is cut or damaged: header");
            byte[] magic = in.bytes((int) Math.min(MAGIC.length(), in.remaining()));
            if (!MAGIC.equals(new String(magic, StandardCharsets.ISO_8859_1))) {
                throw new CheckpointException(Kind.CORRUPT, "does not begin as an array of NumPy does");
            }
            int major = in.u8();
            int minor = in.u8();
            if (major < 1 || major > 3 || minor != 0) {
                throw new CheckpointException(
                        Kind.UNSUPPORTED,
                        "is of version " + major + "." + minor + " of NumPy's format, expected 1.0, 2.0 or 3.0");
            }
            long length = major == 1 ? in.u16() : in.u32();
            if (length > LONGEST_LITERAL) {
                throw new CheckpointException(
                        Kind.LIMIT,
                        "has a header of " + length + " bytes, more than the " + LONGEST_LITERAL + " of NumPy");
            }
            byte[] literal = in.bytes((int) length);
            String text = new String(literal, major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
            NumpyLiteral fields = NumpyLiteral.parse(text);
            return new NumpyHeader(
                    fields.descr(), fields.fortranOrder(), fields.shape(), Math.toIntExact(in.position()));
        }
    }

    /** Whether a pickle follows in place of elements. */
    boolean isPickle() {
        return OBJECTS.contains(descr);
    }

    /**
     * The array as a tensor; its elements must take all the bytes that are there.
     *
     * @param widen whether complex128 is given out as C64, and not refused
     */
    View view(Blob array, boolean widen) throws CheckpointException {
        return new NumpyLayout(NumpyType.of(descr), shape, fortranOrder).view(array, bytes, widen);
    }
}
