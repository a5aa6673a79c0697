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
     * Whether the type's values are floating-point numbers that can be read. Those of F6 cannot: no reader of the
     * reference defines how they are packed.
     */
    public static boolean isFloatingPoint(DType dtype) {
        return dtype == DType.F4 || Narrowing.supports(dtype);
    }

    /**
     * Copies elements {@code from} to {@code from + count} to {@code out[at]} on; exact for all types of up to 16 bits and F32,
     * otherwise rounded to nearest.
     */
    public final void toFloats(DType dtype, long from, float[] out, int at, int count) {
        switch (dtype) {
            case F32 -> copy(from, out, at, count);
            case F16, BF16, I16, U16 -> shortsToFloats(dtype, from, out, at, count);
            case F4 -> nibblesToFloats(from, out, at, count);
            case BOOL, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ ->
                bytesToFloats(ByteValues.of(dtype), from, out, at, count);
            case F64, I32, U32, I64, U64 -> wideToFloats(dtype, from, out, at, count);
            default -> throw unsupported(dtype, "floats");
        }
    }

    private void shortsToFloats(DType dtype, long from, float[] out, int at, int count) {
        short[] chunk = new short[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            copy(from + done, chunk, 0, n);
            shortsToFloats(dtype, chunk, out, at + done, n);
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

    private void bytesToFloats(float[] table, long from, float[] out, int at, int count) {
        byte[] chunk = new byte[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            copy(from + done, chunk, 0, n);
            for (int i = 0; i < n; i++) {
                out[at + done + i] = table[chunk[i] & 0xff];
            }
        }
    }

    private void nibblesToFloats(long from, float[] out, int at, int count) {
        float[] table = SmallFloats.table(DType.F4);
        byte[] chunk = new byte[Math.min(count / 2 + 1, CHUNK)];
        for (int done = 0; done < count; ) {
            long element = from + done;
            int low = (int) (element & 1);
            // The first of two elements is in the low half (torch's float4_e2m1fn_x2).
            int n = Math.min(2 * chunk.length - low, count - done);
            copy(element >>> 1, chunk, 0, (low + n + 1) / 2);
            for (int i = 0; i < n; i++) {
                int nibble = low + i;
                out[at + done + i] = table[(chunk[nibble >> 1] >> ((nibble & 1) * 4)) & 0xf];
            }
            done += n;
        }
    }

    private void wideToFloats(DType dtype, long from, float[] out, int at, int count) {
        if (dtype == DType.F64) {
            double[] chunk = new double[Math.min(count, CHUNK)];
            for (int done = 0; done < count; done += chunk.length) {
                int n = Math.min(chunk.length, count - done);
                toDoubles(dtype, from + done, chunk, 0, n);
                for (int i = 0; i < n; i++) {
                    out[at + done + i] = (float) chunk[i];
                }
            }
            return;
        }
        long[] chunk = new long[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            toLongs(dtype, from + done, chunk, 0, n);
            if (dtype == DType.U64) {
                for (int i = 0; i < n; i++) {
                    out[at + done + i] = unsignedToFloat(chunk[i]);
                }
            } else {
                for (int i = 0; i < n; i++) {
                    out[at + done + i] = chunk[i];
                }
            }
        }
    }

    /** Copies elements as doubles; exact for all types but the 64-bit integers, which are rounded to nearest. */
    public final void toDoubles(DType dtype, long from, double[] out, int at, int count) {
        switch (dtype) {
            case F64 -> copy(from, out, at, count);
            case I32, U32, I64, U64 -> {
                long[] chunk = new long[Math.min(count, CHUNK)];
                for (int done = 0; done < count; done += chunk.length) {
                    int n = Math.min(chunk.length, count - done);
                    toLongs(dtype, from + done, chunk, 0, n);
                    longsToDoubles(dtype == DType.U64, chunk, out, at + done, n);
                }
            }
            default -> {
                float[] chunk = new float[Math.min(count, CHUNK)];
                for (int done = 0; done < count; done += chunk.length) {
                    int n = Math.min(chunk.length, count - done);
                    toFloats(dtype, from + done, chunk, 0, n);
                    for (int i = 0; i < n; i++) {
                        out[at + done + i] = chunk[i];
                    }
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

    /** Copies elements of an integer type or BOOL as longs; U64 above 2^63-1 wraps, as in {@link Long#parseUnsignedLong}. */
    public final void toLongs(DType dtype, long from, long[] out, int at, int count) {
        switch (dtype) {
            case I64, U64 -> copy(from, out, at, count);
            case I32, U32 -> intsToLongs(dtype == DType.U32, from, out, at, count);
            case I16, U16 -> shortsToLongs(dtype == DType.U16, from, out, at, count);
            case I8, U8, BOOL -> bytesToLongs(dtype, from, out, at, count);
            default -> throw unsupported(dtype, "integers");
        }
    }

    private void intsToLongs(boolean unsigned, long from, long[] out, int at, int count) {
        int[] chunk = new int[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            copy(from + done, chunk, 0, n);
            long mask = unsigned ? 0xffffffffL : -1;
            for (int i = 0; i < n; i++) {
                out[at + done + i] = chunk[i] & mask;
            }
        }
    }

    private void shortsToLongs(boolean unsigned, long from, long[] out, int at, int count) {
        short[] chunk = new short[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            copy(from + done, chunk, 0, n);
            long mask = unsigned ? 0xffff : -1;
            for (int i = 0; i < n; i++) {
                out[at + done + i] = chunk[i] & mask;
            }
        }
    }

    private void bytesToLongs(DType dtype, long from, long[] out, int at, int count) {
        byte[] chunk = new byte[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            copy(from + done, chunk, 0, n);
            for (int i = 0; i < n; i++) {
                int value = chunk[i];
                out[at + done + i] = dtype == DType.I8 ? value : dtype == DType.U8 ? value & 0xff : value == 0 ? 0 : 1;
            }
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
                + switch (dtype) {
                    case C64 -> ": they are pairs of F32; data() has them";
                    case F6_E2M3, F6_E3M2 ->
                        ": no reader of the reference defines how they are packed; data() has the bytes";
                    default -> "; use the methods for floating-point values";
                });
    }
}
