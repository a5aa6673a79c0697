package dev.stsw.stream;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;

/**
 * How many of a tensor's values a cast changed beyond ordinary rounding. Immutable.
 *
 * <p>Each value counts once, under the first of the kinds that holds, in the order of the methods here. Values that were
 * infinite, NaN or zero before and are so afterwards do not count.
 *
 * @see TensorSources#cast(dev.stsw.format.TensorSource, DType, java.util.function.Consumer)
 */
public final class CastCounts {
    private final TensorSpec tensor;
    private final DType target;
    private final long infinite;
    private final long saturated;
    private final long nan;
    private final long zero;
    private final long unsigned;

    CastCounts(TensorSpec tensor, DType target, Losses losses) {
        this.tensor = tensor;
        this.target = target;
        this.infinite = losses.of(Losses.INFINITE);
        this.saturated = losses.of(Losses.SATURATED);
        this.nan = losses.of(Losses.NAN);
        this.zero = losses.of(Losses.ZERO);
        this.unsigned = losses.of(Losses.UNSIGNED);
    }

    /** The tensor as it was before the cast. */
    public TensorSpec tensor() {
        return tensor;
    }

    /** What it was cast to. */
    public DType target() {
        return target;
    }

    /** Finite values that became infinite, in F32, F16, BF16 and F8_E5M2. */
    public long infinite() {
        return infinite;
    }

    /**
     * Values beyond the range that became its nearest end: above 464 (infinite ones, too) in F8_E4M3, whose largest
     * number is 448; zero and what is below half of 2^-127 in F8_E8M0, which has no zero.
     */
    public long saturated() {
        return saturated;
    }

    /** Numbers, infinite ones included, that became NaN, in F8_E8M0, F8_E4M3FNUZ and F8_E5M2FNUZ. */
    public long nan() {
        return nan;
    }

    /** Values other than zero that became zero. */
    public long zero() {
        return zero;
    }

    /** Negative numbers that lost their sign, in F8_E8M0. */
    public long unsigned() {
        return unsigned;
    }

    /** Whether nothing happened but rounding. */
    public boolean isOrdinary() {
        return infinite == 0 && saturated == 0 && nan == 0 && zero == 0 && unsigned == 0;
    }

    @Override
    public String toString() {
        return TensorSpec.quote(tensor.name()) + " " + tensor.dtype() + " to " + target + ": infinite " + infinite
                + ", saturated " + saturated + ", NaN " + nan + ", zero " + zero + ", unsigned " + unsigned;
    }
}
