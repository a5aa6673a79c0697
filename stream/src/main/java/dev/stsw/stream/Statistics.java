package dev.stsw.stream;

import dev.stsw.format.DType;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What the values of a tensor are like: how many there are, the smallest, the largest, mean, standard deviation and
 * length, and how many are zero, NaN or infinite.
 *
 * <p>Elements are added as they stream by, in parts of any size; parts that were looked at apart, on other threads or
 * machines, are {@linkplain #merge merged}; Java's serialization takes them there. Everything is computed in double
 * precision, with compensated sums; the same parts in the same order give the same bits. Smallest, largest, mean, standard
 * deviation and length are over the finite values, and empty where there are none, or where the result is beyond a double.
 *
 * <p>Of {@link DType#C64}, an element is a pair: zero if both halves are, NaN if one of them is, else infinite if one of
 * them is. Standard deviation and length are those of complex numbers; these have no order, so smallest, largest and
 * mean are empty. Of the F6 types, which no reader of the reference unpacks, the elements are counted and nothing else is
 * known ({@link #supports}).
 *
 * <p>For one thread at a time.
 */
public final class Statistics implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Buffers, 350 KB a thread, because most tensors are small. */
    private static final ThreadLocal<StatisticsKernel> KERNELS = ThreadLocal.withInitial(StatisticsKernel::new);

    private final DType dtype;
    private long count;
    private long zeros;
    private long nan;
    private long inf;
    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;
    /** Of 64-bit integers, exactly; those of U64 with the highest bit flipped, which puts them in order. */
    private long minInteger = Long.MAX_VALUE;

    private long maxInteger = Long.MIN_VALUE;
    /** Of the finite values; of pairs, the first halves. */
    private final Moments moments = new Moments();

    private final Moments secondHalves = new Moments();

    private Statistics(DType dtype) {
        this.dtype = dtype;
    }

    /** Those of no element yet. */
    public static Statistics of(DType dtype) {
        return new Statistics(Objects.requireNonNull(dtype, "dtype"));
    }

    /** Whether the values of elements of this type are known: of all types but F6. */
    public static boolean supports(DType dtype) {
        return dtype != DType.F6_E2M3 && dtype != DType.F6_E3M2;
    }

    /**
     * Adds elements, little-endian and without gaps, as in a file; two of F4 in a byte. The buffer's position becomes its
     * limit. Parts of a few kilobytes and more are quickest.
     *
     * @throws IllegalArgumentException if the buffer ends inside of an element
     */
    public void add(ByteBuffer elements) {
        long bits = 8L * elements.remaining();
        if (bits % dtype.bits() != 0) {
            throw new IllegalArgumentException(elements.remaining() + " bytes end inside of an element of " + dtype);
        }
        if (supports(dtype)) {
            // The kernel's work may be cut short by a fault of mapped memory: what it did is added last.
            ByteBuffer ordered = elements.duplicate().order(ByteOrder.LITTLE_ENDIAN);
            KERNELS.get().add(dtype, ordered, this);
        }
        count += bits / dtype.bits();
        elements.position(elements.limit());
    }

    /**
     * Adds what was found out about other elements of the same tensor.
     *
     * @throws IllegalArgumentException if they are of another type
     */
    public void merge(Statistics other) {
        if (other.dtype != dtype) {
            throw new IllegalArgumentException(
                    "statistics of " + other.dtype + " cannot be merged into those of " + dtype);
        }
        count += other.count;
        addSpecial(other.zeros, other.nan, other.inf);
        addRange(other.min, other.max);
        addIntegers(other.minInteger, other.maxInteger);
        moments.add(other.moments);
        secondHalves.add(other.secondHalves);
    }

    void addSpecial(long moreZeros, long moreNan, long moreInf) {
        zeros += moreZeros;
        nan += moreNan;
        inf += moreInf;
    }

    void addRange(double low, double high) {
        min = Math.min(min, low);
        max = Math.max(max, high);
    }

    void addIntegers(long low, long high) {
        minInteger = Math.min(minInteger, low);
        maxInteger = Math.max(maxInteger, high);
    }

    Moments moments() {
        return moments;
    }

    Moments secondHalves() {
        return secondHalves;
    }

    /** The type of the elements. */
    public DType dtype() {
        return dtype;
    }

    /** Number of elements. */
    public long count() {
        return count;
    }

    /** Number of elements that are zero, negative zero included; 0 where values are not known. */
    public long zeros() {
        return zeros;
    }

    /** Number of elements that are not a number. */
    public long nan() {
        return nan;
    }

    /** Number of elements that are infinite, of either sign. */
    public long inf() {
        return inf;
    }

    /** Number of elements that are finite; 0 where values are not known. */
    public long finite() {
        return moments.count();
    }

    private boolean isOrdered() {
        return finite() > 0 && dtype != DType.C64;
    }

    /** The smallest finite value; of 64-bit integers, rounded to nearest ({@link #minInteger} is exact). */
    public OptionalDouble min() {
        return isOrdered() ? OptionalDouble.of(min + 0.0) : OptionalDouble.empty();
    }

    /** The largest finite value; of 64-bit integers, rounded to nearest ({@link #maxInteger} is exact). */
    public OptionalDouble max() {
        return isOrdered() ? OptionalDouble.of(max + 0.0) : OptionalDouble.empty();
    }

    /** The smallest value of an integer type, unsigned for U64; empty for other types, and without elements. */
    public OptionalLong minInteger() {
        return integer(min, minInteger);
    }

    /** The largest value of an integer type, unsigned for U64; empty for other types, and without elements. */
    public OptionalLong maxInteger() {
        return integer(max, maxInteger);
    }

    private OptionalLong integer(double bound, long exact) {
        if (finite() == 0) {
            return OptionalLong.empty();
        }
        return switch (dtype) {
            case BOOL, I8, U8, I16, U16, I32, U32 -> OptionalLong.of((long) bound);
            case I64 -> OptionalLong.of(exact);
            case U64 -> OptionalLong.of(exact ^ Long.MIN_VALUE);
            default -> OptionalLong.empty();
        };
    }

    /** The mean of the finite values. */
    public OptionalDouble mean() {
        return isOrdered() ? known(moments.mean()) : OptionalDouble.empty();
    }

    /** The standard deviation of the finite values, of the whole population: divided by their number, not by one less. */
    public OptionalDouble std() {
        return known(Math.sqrt((moments.squares() + secondHalves.squares()) / finite()));
    }

    /** The L2 norm of the finite values: the root of the sum of their squares. */
    public OptionalDouble l2() {
        double second = secondHalves.count() == 0 ? 0 : secondHalves.squaredLength();
        return known(Math.sqrt(moments.squaredLength() + second));
    }

    private static OptionalDouble known(double value) {
        return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
    }
}
