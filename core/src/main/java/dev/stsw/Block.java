package dev.stsw;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSpec;
import dev.stsw.publish.FileOutput;
import dev.stsw.stream.Narrowing;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// What a caller hands to a writer: raw bytes, or an array whose elements become those of the tensor. Holds the
/// caller's memory, for the length of one call.
abstract sealed class Block {
    /// What Java has, and the tensors that take it. Bytes are raw, and go into all of them.
    enum Kind {
        SHORTS("short[]"),
        INTS("int[]"),
        LONGS("long[]"),
        FLOATS("float[]"),
        DOUBLES("double[]"),
        BYTES("bytes");

        private final String name;

        Kind(String name) {
            this.name = name;
        }

        private boolean fits(DType dtype) {
            return switch (this) {
                // The bits of 16-bit floats, too: Java holds those as short.
                case SHORTS -> dtype == DType.I16 || dtype == DType.U16 || dtype == DType.F16 || dtype == DType.BF16;
                case INTS -> dtype == DType.I32 || dtype == DType.U32;
                case LONGS -> dtype == DType.I64 || dtype == DType.U64;
                case FLOATS, DOUBLES -> Narrowing.supports(dtype);
                case BYTES -> true;
            };
        }
    }

    private final Kind kind;

    private Block(Kind kind) {
        this.kind = kind;
    }

    /// Bytes as they are.
    static Block raw(MemorySegment bytes) {
        return new Copied(Kind.BYTES, bytes, JAVA_BYTE, JAVA_BYTE);
    }

    static Block of(short[] values) {
        return new Copied(Kind.SHORTS, MemorySegment.ofArray(values), JAVA_SHORT_UNALIGNED, Layouts.SHORT);
    }

    static Block of(int[] values) {
        return new Copied(Kind.INTS, MemorySegment.ofArray(values), JAVA_INT_UNALIGNED, Layouts.INT);
    }

    static Block of(long[] values) {
        return new Copied(Kind.LONGS, MemorySegment.ofArray(values), JAVA_LONG_UNALIGNED, Layouts.LONG);
    }

    static Block of(float[] values) {
        return new Floats(values);
    }

    static Block of(double[] values) {
        return new Doubles(values);
    }

    /// @throws IllegalArgumentException if these values are not elements of such a tensor
    void requireFits(DType dtype, Path path, String tensor) {
        if (!kind.fits(dtype)) {
            throw new IllegalArgumentException(path + ": tensor " + TensorSpec.quote(tensor) + " is " + dtype
                    + ", which takes no " + kind.name + " but "
                    + Arrays.stream(Kind.values())
                            .filter(other -> other.fits(dtype))
                            .map(other -> other.name)
                            .collect(Collectors.joining(" or ")));
        }
    }

    /// Size as elements of that type, in bytes.
    abstract long byteSize(DType dtype);

    /// Appends them as elements of that type, which fits.
    abstract void appendTo(FileOutput output, DType dtype, @Nullable CRC32 crc) throws IOException;

    /// Elements that are in the file what they are in memory, but for the order of their bytes.
    private static final class Copied extends Block {
        private final MemorySegment memory;
        private final ValueLayout host;
        private final ValueLayout file;

        Copied(Kind kind, MemorySegment memory, ValueLayout host, ValueLayout file) {
            super(kind);
            this.memory = memory;
            this.host = host;
            this.file = file;
        }

        @Override
        long byteSize(DType dtype) {
            return memory.byteSize();
        }

        @Override
        void appendTo(FileOutput output, DType dtype, @Nullable CRC32 crc) throws IOException {
            output.append(memory, host, file, crc);
        }
    }

    /// Floating-point numbers: as they are where the tensor is of their type, rounded elsewhere.
    private abstract static sealed class Numbers extends Block {
        private final DType own;
        private final int length;

        Numbers(Kind kind, DType own, int length) {
            super(kind);
            this.own = own;
            this.length = length;
        }

        @Override
        final long byteSize(DType dtype) {
            return dtype.byteSize(length);
        }

        @Override
        final void appendTo(FileOutput output, DType dtype, @Nullable CRC32 crc) throws IOException {
            if (dtype == own) {
                append(output, crc);
                return;
            }
            Rounding rounding = new Rounding(output, dtype, length, crc);
            for (int at = 0; at < length; at += Rounding.ELEMENTS) {
                append(rounding, at, Math.min(Rounding.ELEMENTS, length - at));
            }
        }

        abstract void append(FileOutput output, @Nullable CRC32 crc) throws IOException;

        abstract void append(Rounding rounding, int at, int count) throws IOException;
    }

    private static final class Floats extends Numbers {
        private final float[] values;

        Floats(float[] values) {
            super(Kind.FLOATS, DType.F32, values.length);
            this.values = values;
        }

        @Override
        void append(FileOutput output, @Nullable CRC32 crc) throws IOException {
            output.append(MemorySegment.ofArray(values), JAVA_FLOAT_UNALIGNED, Layouts.FLOAT, crc);
        }

        @Override
        void append(Rounding rounding, int at, int count) throws IOException {
            rounding.append(values, at, count);
        }
    }

    /// By way of F32, as torch rounds F64, and as [dev.stsw.stream.TensorSources#cast(dev.stsw.format.TensorSource,
    /// DType)] does.
    private static final class Doubles extends Numbers {
        private final double[] values;

        Doubles(double[] values) {
            super(Kind.DOUBLES, DType.F64, values.length);
            this.values = values;
        }

        @Override
        void append(FileOutput output, @Nullable CRC32 crc) throws IOException {
            output.append(MemorySegment.ofArray(values), JAVA_DOUBLE_UNALIGNED, Layouts.DOUBLE, crc);
        }

        @Override
        void append(Rounding rounding, int at, int count) throws IOException {
            rounding.append(values, at, count);
        }
    }

    /// Floats as another floating-point type, a few thousand at a time.
    private static final class Rounding {
        static final int ELEMENTS = 2048;

        private final FileOutput output;
        private final DType dtype;
        private final @Nullable CRC32 crc;
        private final ByteBuffer rounded;
        private float[] floats = {};

        Rounding(FileOutput output, DType dtype, int length, @Nullable CRC32 crc) {
            this.output = output;
            this.dtype = dtype;
            this.crc = crc;
            this.rounded = ByteBuffer.allocate((int) dtype.byteSize(Math.min(length, ELEMENTS)));
        }

        void append(double[] values, int at, int count) throws IOException {
            if (floats.length == 0) {
                floats = new float[count]; // The first are as many as any.
            }
            for (int i = 0; i < count; i++) {
                floats[i] = (float) values[at + i];
            }
            append(floats, 0, count);
        }

        void append(float[] values, int at, int count) throws IOException {
            Narrowing.write(dtype, values, at, count, rounded.clear());
            output.append(MemorySegment.ofBuffer(rounded.flip()), JAVA_BYTE, JAVA_BYTE, crc);
        }
    }
}
