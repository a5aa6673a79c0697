package dev.stsw.stream;

import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.stsw.format.DType;
import dev.stsw.format.TensorMeta;
import dev.stsw.format.TensorSource;
import dev.stsw.format.TensorSpec;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Null is refused by the call that gets it, and not by what is done later with what the call returned. */
class NullArgumentsTest {
    private static final TensorSource SOURCE = new MemorySource().with("a", 1);
    private static final SequentialWriter WRITER = SequentialWriter.to(new ByteArrayOutputStream());
    private static final TensorSpec SPEC = TensorSpec.of("a", DType.F32, 2);
    private static final ReadableByteChannel EMPTY = Channels.newChannel(java.io.InputStream.nullInputStream());

    static Stream<ThrowingCallable> calls() {
        return Stream.of(
                () -> TensorSources.select(null, name -> true),
                () -> TensorSources.select(SOURCE, null),
                () -> TensorSources.rename(null, name -> name),
                () -> TensorSources.rename(SOURCE, null),
                () -> TensorSources.cast(null, DType.F16),
                () -> TensorSources.cast(SOURCE, null),
                () -> TensorSources.cast(SOURCE, DType.F16, null),
                () -> TensorSources.concat(null),
                () -> TensorSources.rows(null, (row, out) -> {}),
                () -> TensorSources.rows(SPEC, null),
                () -> TensorSources.part(null, java.util.List.of()),
                () -> TensorSources.part(SOURCE, null),
                () -> TensorSources.withMetadata(null, Optional.empty()),
                () -> TensorSources.withMetadata(SOURCE, null),
                () -> TensorSources.ordered(SOURCE, null),
                () -> TensorSources.inReferenceOrder(null),
                () -> SequentialWriter.to((OutputStream) null),
                () -> SequentialWriter.to((WritableByteChannel) null),
                () -> WRITER.withPromisedSums(null),
                () -> WRITER.withMetadata(null),
                () -> WRITER.withProgress(null),
                () -> WRITER.write(null),
                () -> SequentialReader.open(null, EMPTY),
                () -> SequentialReader.open("pipe", null),
                () -> new CheckedChannel(null, "file", (TensorMeta) null, java.util.List.of()),
                () -> Elements.of((ByteBuffer) null),
                () -> Statistics.of(null),
                () -> Quantization.of(null),
                () -> new ForwardingSource(null) {});
    }

    @ParameterizedTest
    @MethodSource("calls")
    void nullIsRefusedWhereItIsGiven(ThrowingCallable call) {
        assertThatNullPointerException().isThrownBy(call);
    }
}
