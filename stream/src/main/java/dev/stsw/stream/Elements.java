package dev.stsw.stream;

import dev.stsw.format.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Gap-free little-endian elements of any dtype, somewhere, as Java's primitive types. Positions and counts are in
 * elements; what is asked for must be there.
 *
 * <p>Elements are first copied to an array of their own width, then converted from array to array. Where they lie is all
 * that differs: a buffer ({@link #of(ByteBuffer)}), or mapped memory, in which a file that is cut underneath surfaces in
 * the copy. The compiler vectorises the conversions, and one over mapped memory that it had vectorised would take the
 * virtual machine down (measured on JDK 25, a sum over a segment).
 *
 * <p>As many threads may use one as may read what it stands for.
 */
public abstract class Elements {
    private static final int CHUNK = 2048;

    /**
     * Room for a chunk of elements, so that reading short rows by the million leaves no garbage. JDK's types alone, which
     * pin no class loader to a thread.
     */
    private static final ThreadLocal<byte[]> BYTES = ThreadLocal.withInitial(() -> new byte[CHUNK]);

    private static final ThreadLocal<short[]> SHORTS = ThreadLocal.withInitial(() -> new short[CHUNK]);
    private static final ThreadLocal<int[]> INTS = ThreadLocal.withInitial(() -> new int[CHUNK]);
    private static final ThreadLocal<long[]> LONGS = ThreadLocal.withInitial(() -> new long[CHUNK]);
    private static final ThreadLocal<float[]> FLOATS = ThreadLocal.withInitial(() -> new float[CHUNK]);
    private static final ThreadLocal<double[]> DOUBLES = ThreadLocal.withInitial(() -> new double[CHUNK]);

    /** For whoever has elements elsewhere than in a buffer. */
    protected Elements() {}

    /**
     * Those in a buffer's bytes from its start to its limit as it is now; position and byte order do not matter. The
     * bytes may change, and are read when they are asked for.
     */
    public static Elements of(ByteBuffer bytes) {
        return new BufferElements(bytes.duplicate().position(0).order(ByteOrder.LITTLE_ENDIAN));
    }

    /** Copies bytes, from a byte on. */
    protected abstract void copy(long from, byte[] out, int at, int count);

    /** Copies elements of 16 bits. */
    protected abstract void copy(long from, short[] out, int at, int count);

    /** Copies elements of 32 bits. */
    protected abstract void copy(long from, int[] out, int at, int count);

    /** Copies elements of 64 bits. */
    protected abstract void copy(long from, long[] out, int at, int count);

    /** Copies elements of F32. */
    protected abstract void copy(long from, float[] out, int at, int count);

    /** Copies elements of F64. */
    protected abstract void copy(long from, double[] out, int at, int count);

    /**
     * Whether the type's values are floating-point numbers that are cast into others. Those of F6 are not: no reader of
     * the reference defines how they are packed, though {@link #toFloats} reads them as hardware does.
     */
    public static boolean isFloatingPoint(DType dtype) {
        return dtype == DType.F4 || Narrowing.supports(dtype);
    }

    /**
     * Copies elements {@code from} to {@code from + count} to {@code out[at]} on; exact for all types of up to 16 bits and F32,
     * otherwise rounded to nearest. Elements of F4 and F6 are packed from each byte's lowest bit on.
     *
     * @throws UnsupportedOperationException if the dtype is C64
     */
    public final void toFloats(DType dtype, long from, float[] out, int at, int count) {
        if (dtype == DType.F32) {
            copy(from, out, at, count);
            return;
        }
        int n;
        for (int done = 0; done < count; done += n) {
            n = Math.min(CHUNK, count - done);
            chunkToFloats(dtype, from + done, out, at + done, n);
        }
    }

    private void chunkToFloats(DType dtype, long from, float[] out, int at, int count) {
        switch (dtype) {
            case F16, BF16, I16, U16 -> {
                short[] chunk = SHORTS.get();
                copy(from, chunk, 0, count);
                shortsToFloats(dtype, chunk, out, at, count);
            }
            case F4 -> nibblesToFloats(from, out, at, count);
            case F6_E2M3, F6_E3M2 -> sextetsToFloats(SmallFloats.table(dtype), from, out, at, count);
            case BOOL, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ -> {
                float[] table = ByteValues.of(dtype);
                byte[] chunk = BYTES.get();
                copy(from, chunk, 0, count);
                for (int i = 0; i < count; i++) {
                    out[at + i] = table[chunk[i] & 0xff];
                }
            }
            case F64 -> {
                double[] chunk = DOUBLES.get();
                copy(from, chunk, 0, count);
                for (int i = 0; i < count; i++) {
                    out[at + i] = (float) chunk[i];
                }
            }
            case I32, U32, I64, U64 -> {
                long[] chunk = LONGS.get();
                chunkToLongs(dtype, from, chunk, 0, count);
                longsToFloats(dtype == DType.U64, chunk, out, at, count);
            }
            default -> throw unsupported(dtype, "floats");
        }
    }

    private static void shortsToFloats(DType dtype, short[] chunk, float[] out, int at, int count) {
        switch (dtype) {
            case F16 -> {
                Halves.toFloats(chunk, out, at, count);
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    out[at + i] = Float.intBitsToFloat(chunk[i] << 16);
                }
            }
            case I16 -> {
                for (int i = 0; i < count; i++) {
                    out[at + i] = chunk[i];
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    out[at + i] = chunk[i] & 0xffff;
                }
            }
        }
    }

    private void nibblesToFloats(long from, float[] out, int at, int count) {
        float[] table = SmallFloats.table(DType.F4);
        byte[] chunk = BYTES.get();
        int low = (int) (from & 1);
        // The first of two elements is in the low half (torch's float4_e2m1fn_x2).
        copy(from >>> 1, chunk, 0, (low + count + 1) / 2);
        for (int i = 0; i < count; i++) {
            int nibble = low + i;
            out[at + i] = table[(chunk[nibble >> 1] >> ((nibble & 1) * 4)) & 0xf];
        }
    }

    private void sextetsToFloats(float[] table, long from, float[] out, int at, int count) {
        byte[] chunk = BYTES.get();
        int low = (int) (from & 3) * 6;
        int start = low & 7;
        copy((from >>> 2) * 3 + (low >> 3), chunk, 0, (start + 6 * count + 7) / 8);
        for (int i = 0; i < count; i++) {
            int bit = start + 6 * i;
            int shift = bit & 7;
            int code = (chunk[bit >> 3] & 0xff) >> shift;
            // The last element ends with the last byte that was copied.
            out[at + i] = table[(shift > 2 ? code | chunk[(bit >> 3) + 1] << (8 - shift) : code) & 0x3f];
        }
    }

    private static void longsToFloats(boolean unsigned, long[] chunk, float[] out, int at, int count) {
        if (unsigned) {
            for (int i = 0; i < count; i++) {
                out[at + i] = unsignedToFloat(chunk[i]);
            }
        } else {
            for (int i = 0; i < count; i++) {
                out[at + i] = chunk[i];
            }
        }
    }

    /**
     * Copies elements as doubles; exact for all types but the 64-bit integers, which are rounded to nearest.
     *
     * @throws UnsupportedOperationException if the dtype is C64
     */
    public final void toDoubles(DType dtype, long from, double[] out, int at, int count) {
        if (dtype == DType.F64) {
            copy(from, out, at, count);
            return;
        }
        int n;
        for (int done = 0; done < count; done += n) {
            n = Math.min(CHUNK, count - done);
            chunkToDoubles(dtype, from + done, out, at + done, n);
        }
    }

    private void chunkToDoubles(DType dtype, long from, double[] out, int at, int count) {
        switch (dtype) {
            case I32, U32, I64, U64 -> {
                long[] chunk = LONGS.get();
                chunkToLongs(dtype, from, chunk, 0, count);
                longsToDoubles(dtype == DType.U64, chunk, out, at, count);
            }
            default -> {
                float[] chunk = FLOATS.get();
                toFloats(dtype, from, chunk, 0, count);
                for (int i = 0; i < count; i++) {
                    out[at + i] = chunk[i];
                }
            }
        }
    }

    private static void longsToDoubles(boolean unsigned, long[] chunk, double[] out, int at, int count) {
        if (unsigned) {
            for (int i = 0; i < count; i++) {
                out[at + i] = unsignedToDouble(chunk[i]);
            }
        } else {
            for (int i = 0; i < count; i++) {
                out[at + i] = chunk[i];
            }
        }
    }

    /**
     * Copies elements of an integer type or BOOL as longs; U64 above 2^63-1 wraps, as in {@link Long#parseUnsignedLong}.
     *
     * @throws UnsupportedOperationException if the dtype is another
     */
    public final void toLongs(DType dtype, long from, long[] out, int at, int count) {
        if (dtype == DType.I64 || dtype == DType.U64) {
            copy(from, out, at, count);
            return;
        }
        int n;
        for (int done = 0; done < count; done += n) {
            n = Math.min(CHUNK, count - done);
            chunkToLongs(dtype, from + done, out, at + done, n);
        }
    }

    private void chunkToLongs(DType dtype, long from, long[] out, int at, int count) {
        switch (dtype) {
            case I64, U64 -> copy(from, out, at, count);
            case I32, U32 -> {
                int[] chunk = INTS.get();
                copy(from, chunk, 0, count);
                long mask = dtype == DType.U32 ? 0xffffffffL : -1;
                for (int i = 0; i < count; i++) {
                    out[at + i] = chunk[i] & mask;
                }
            }
            case I16, U16 -> {
                short[] chunk = SHORTS.get();
                copy(from, chunk, 0, count);
                long mask = dtype == DType.U16 ? 0xffff : -1;
                for (int i = 0; i < count; i++) {
                    out[at + i] = chunk[i] & mask;
                }
            }
            case I8, U8, BOOL -> bytesToLongs(dtype, from, out, at, count);
            default -> throw unsupported(dtype, "integers");
        }
    }

    private void bytesToLongs(DType dtype, long from, long[] out, int at, int count) {
        byte[] chunk = BYTES.get();
        copy(from, chunk, 0, count);
        for (int i = 0; i < count; i++) {
            int value = chunk[i];
            out[at + i] = dtype == DType.I8 ? value : dtype == DType.U8 ? value & 0xff : value == 0 ? 0 : 1;
        }
    }

    /**
     * Copies elements of an integer type or BOOL as ints.
     *
     * @throws ArithmeticException if an int cannot hold one of them
     * @throws UnsupportedOperationException if the dtype is another
     */
    public final void toInts(DType dtype, long from, int[] out, int at, int count) {
        if (dtype == DType.I32) {
            copy(from, out, at, count);
            return;
        }
        int n;
        for (int done = 0; done < count; done += n) {
            n = Math.min(CHUNK, count - done);
            chunkToInts(dtype, from + done, out, at + done, n);
        }
    }

    private void chunkToInts(DType dtype, long from, int[] out, int at, int count) {
        long[] chunk = LONGS.get();
        chunkToLongs(dtype, from, chunk, 0, count);
        for (int i = 0; i < count; i++) {
            long value = chunk[i];
            // A negative U64 is one above 2^63-1.
            if ((int) value != value || (dtype == DType.U64 && value < 0)) {
                throw new ArithmeticException(
                        (dtype == DType.U64 ? Long.toUnsignedString(value) : Long.toString(value)) + " is no int");
            }
            out[at + i] = (int) value;
        }
    }

    /**
     * Halves a number above 2^63-1 before its conversion, and doubles it afterwards. The lowest bit stays as a sticky
     * one, so that the one rounding is right. Without a branch, which would be mispredicted half of the time.
     */
    private static float unsignedToFloat(long value) {
        int above = (int) (value >>> 63);
        return (float) ((value >>> above) | (value & above)) * (1 + above);
    }

    static double unsignedToDouble(long value) {
        int above = (int) (value >>> 63);
        return (double) ((value >>> above) | (value & above)) * (1 + above);
    }

    private static UnsupportedOperationException unsupported(DType dtype, String what) {
        return new UnsupportedOperationException(dtype + " values cannot be read as " + what
                + (dtype == DType.C64
                        ? ": they are pairs of F32, real part first"
                        : "; use the methods for floating-point values"));
    }
}
