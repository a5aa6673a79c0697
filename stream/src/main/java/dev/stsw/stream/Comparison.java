package dev.stsw.stream;

import dev.stsw.format.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalDouble;

/**
 * How far the values of a tensor B are from those of a tensor A of as many elements, which may be of another type:
 * measures of B − A, relative to A.
 *
 * <p>Elements are added as they stream by, as many of the one as of the other; parts that were looked at apart are
 * merged. Everything is computed in double precision. Elements of the same bits are equal, NaN too. Of the others, an
 * element that is NaN on one side alone is counted, and so is one that is infinite on one side alone or of another sign;
 * the measures are over the elements that are finite on both sides.
 *
 * <p>Of {@link DType#C64}, a difference is a complex number, and its size that number's; cosine is the real part of the
 * inner product. Of F6, which no reader of the reference unpacks, only the bits are compared.
 *
 * <p>For one thread at a time.
 */
public final class Comparison {
    /** Buffers, 60 KB a thread. */
    private static final ThreadLocal<ComparisonKernel> KERNELS = ThreadLocal.withInitial(ComparisonKernel::new);

    private final DType a;
    private final DType b;
    private final double rtol;
    private final double atol;
    private boolean same = true;
    private long nan;
    private long inf;
    private long count;
    private double largest;
    /** Of size of difference less what is tolerated relative to A. */
    private double excess;

    private final CompensatedSum sizes = new CompensatedSum();
    private final CompensatedSum squares = new CompensatedSum();
    private final CompensatedSum squaresOfA = new CompensatedSum();
    private final CompensatedSum squaresOfB = new CompensatedSum();
    private final CompensatedSum products = new CompensatedSum();

    private Comparison(DType a, DType b, double rtol, double atol) {
        this.a = a;
        this.b = b;
        this.rtol = rtol;
        this.atol = atol;
    }

    /**
     * One of no elements yet.
     *
     * @param rtol what is tolerated as a share of the size of A's element; 0 or more
     * @param atol what is tolerated beside that; 0 or more
     * @throws IllegalArgumentException if the types cannot be compared, a complex one and another, or F6 and another, or
     *     a tolerance is negative
     */
    public static Comparison of(DType a, DType b, double rtol, double atol) {
        if (!supports(a, b)) {
            throw new IllegalArgumentException("values of " + a + " and " + b + " cannot be compared");
        }
        if (!(rtol >= 0 && atol >= 0)) {
            throw new IllegalArgumentException("tolerances are 0 or more, not " + rtol + " and " + atol);
        }
        return new Comparison(a, b, rtol, atol);
    }

    /** Whether values of these types can be compared. */
    public static boolean supports(DType a, DType b) {
        boolean alone = a == DType.C64 || b == DType.C64 || !Statistics.supports(a) || !Statistics.supports(b);
        return a == b || !alone;
    }

    /**
     * Adds elements, little-endian and without gaps, as in a file. The buffers' positions become their limits.
     *
     * @throws IllegalArgumentException if there are more of one than of the other, or a buffer ends inside of an element
     */
    public void add(ByteBuffer ofA, ByteBuffer ofB) {
        long elements = 8L * ofA.remaining() / a.bits();
        if (elements != 8L * ofB.remaining() / b.bits()
                || elements * a.bits() != 8L * ofA.remaining()
                || elements * b.bits() != 8L * ofB.remaining()) {
            throw new IllegalArgumentException(ofA.remaining() + " bytes of " + a + " and " + ofB.remaining() + " of "
                    + b + " are not as many elements");
        }
        boolean equal = a == b && ofA.equals(ofB);
        same &= equal;
        if (Statistics.supports(a)) {
            ByteBuffer first = ofA.slice().order(ByteOrder.LITTLE_ENDIAN);
            ByteBuffer second = ofB.slice().order(ByteOrder.LITTLE_ENDIAN);
            KERNELS.get().add(a, first, b, second, rtol, this);
        }
        ofA.position(ofA.limit());
        ofB.position(ofB.limit());
    }

    /**
     * Adds what was found out about other elements of the same tensors.
     *
     * @throws IllegalArgumentException if they are of other types, or were compared otherwise
     */
    public void merge(Comparison other) {
        if (other.a != a || other.b != b || other.rtol != rtol || other.atol != atol) {
            throw new IllegalArgumentException("comparisons of another kind cannot be merged");
        }
        same &= other.same;
        addSpecial(other.nan, other.inf);
        addFinite(other.count, other.largest, other.excess);
        addProducts(other.products.value());
        addSums(other.sizes.value(), other.squares.value(), other.squaresOfA.value(), other.squaresOfB.value());
    }

    void addSpecial(long moreNan, long moreInf) {
        nan += moreNan;
        inf += moreInf;
    }

    void addFinite(long more, double size, double beyond) {
        count += more;
        largest = Math.max(largest, size);
        excess = Math.max(excess, beyond);
    }

    void addProducts(double more) {
        products.add(more);
    }

    void addSums(double moreSizes, double moreSquares, double ofA, double ofB) {
        sizes.add(moreSizes);
        squares.add(moreSquares);
        squaresOfA.add(ofA);
        squaresOfB.add(ofB);
    }

    /** Whether all bits are the same; false for different types. */
    public boolean same() {
        return same;
    }

    /**
     * Whether all elements are tolerated: |B − A| is at most atol + rtol · |A|, none is NaN or infinite on one side
     * alone. Of F6, whether all bits are the same.
     */
    public boolean close() {
        return same || (Statistics.supports(a) && nan == 0 && inf == 0 && excess <= atol);
    }

    /** Number of elements that are NaN on one side alone. */
    public long nan() {
        return nan;
    }

    /** Number of elements that are infinite on one side alone, or on both with another sign. */
    public long inf() {
        return inf;
    }

    /** The largest size of a difference. */
    public OptionalDouble maxAbs() {
        return count == 0 ? OptionalDouble.empty() : known(largest);
    }

    /** The mean size of differences. */
    public OptionalDouble meanAbs() {
        return known(sizes.value() / count);
    }

    /** The L2 norm of B − A. */
    public OptionalDouble l2() {
        return count == 0 ? OptionalDouble.empty() : known(Math.sqrt(squares.value()));
    }

    /** The L2 norm of B − A, divided by that of A; empty where A's is 0. */
    public OptionalDouble relL2() {
        return known(Math.sqrt(squares.value()) / Math.sqrt(squaresOfA.value()));
    }

    /** The cosine of the angle between A and B, as vectors; empty where one of them is 0. */
    public OptionalDouble cosine() {
        double lengths = Math.sqrt(squaresOfA.value()) * Math.sqrt(squaresOfB.value());
        double cosine = products.value() / lengths;
        return lengths == 0 ? OptionalDouble.empty() : known(Math.max(-1, Math.min(1, cosine)));
    }

    private static OptionalDouble known(double value) {
        return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
    }
}
