package dev.stsw;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.DType;
import dev.stsw.format.TensorSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each public method of a reader, and of what it hands out, after closing and while another thread closes: it gives
/// what the header says, or values, or an [IllegalStateException].
@Timeout(120)
class ReaderCloseTest {
    private static final int COUNT = 1 << 14;

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void writeAFile() throws IOException {
        file = folder.resolve("model.safetensors");
        float[] ones = new float[COUNT];
        Arrays.fill(ones, 1);
        long[] longs = new long[COUNT];
        Arrays.fill(longs, 1);
        boolean[] booleans = new boolean[COUNT];
        Arrays.fill(booleans, true);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("f32", Tensor.of(ones, COUNT / 4, 4));
        tensors.put("bf16", Tensor.of(DType.BF16, ones));
        tensors.put("i64", Tensor.of(longs));
        tensors.put("bool", Tensor.of(booleans));
        Stsw.dump(tensors, file, WriteOptions.defaults().withCrc32(true));
    }

    /// What a caller holds of a reader.
    private record Held(
            StreamReader reader, Tensor f32, Tensor i64, Tensor bool, MemorySegment slice, TensorSource source) {
        static Held of(StreamReader reader) throws IOException {
            return new Held(
                    reader,
                    reader.tensor("f32"),
                    reader.tensor("i64"),
                    reader.tensor("bool"),
                    reader.getSlice("f32"),
                    reader.asSource());
        }
    }

    /// One call; throws whatever the method throws.
    @FunctionalInterface
    private interface Call {
        Object on(Held held) throws IOException;
    }

    /// What needs no tensor's bytes.
    private static Map<String, Call> ofTheHeader() {
        Map<String, Call> calls = new LinkedHashMap<>();
        calls.put("keys", held -> held.reader().keys().get(0));
        calls.put("meta", held -> held.reader().meta("f32"));
        calls.put("metadata", held -> held.reader().metadata());
        calls.put("size", held -> held.reader().size());
        calls.put("iterator", held -> held.reader().iterator().next());
        calls.put("header", held -> held.reader().header().tensors().get(1));
        calls.put("path", held -> held.reader().path());
        calls.put("source.tensors", held -> held.source().tensors());
        calls.put("source.metadata", held -> held.source().metadata());
        calls.put("source.open", held -> held.source().open("f32"));
        calls.put("tensor.dtype", held -> held.f32().dtype());
        calls.put("tensor.shape", held -> held.f32().shape());
        calls.put("tensor.byteSize", held -> held.f32().byteSize());
        calls.put("tensor.data", held -> held.f32().data());
        calls.put("tensor.slice", held -> held.f32().slice(0, 1, 2));
        calls.put("tensor.select", held -> held.f32().select(1, 1));
        calls.put("tensor.reshape", held -> held.f32().reshape(COUNT));
        calls.put("tensor.isContiguous", held -> held.f32().isContiguous());
        calls.put("tensor.contiguous of one that is", held -> held.f32().contiguous());
        calls.put("tensor.toString", held -> held.f32().toString());
        calls.put("slice.byteSize", held -> held.slice().byteSize());
        return calls;
    }

    /// What looks at a tensor's bytes, or would hand them out.
    private static Map<String, Call> ofTheData() {
        Map<String, Call> calls = new LinkedHashMap<>();
        calls.put("getSlice", held -> held.reader().getSlice("f32"));
        calls.put("getSlice for the first time", held -> held.reader().getSlice("bf16"));
        calls.put("tensor", held -> held.reader().tensor("f32"));
        calls.put("tensor for the first time", held -> held.reader().tensor("bf16"));
        calls.put("asSource", held -> held.reader().asSource());
        calls.put("a channel of the source", held -> read(held.source().open("f32")));
        calls.put("slice.get", held -> held.slice().get(JAVA_BYTE, COUNT));
        calls.put("tensor.data.get", held -> held.f32().data().get(JAVA_BYTE, 0));
        calls.put("tensor.getFloat", held -> held.f32().getFloat(3, 3));
        calls.put("tensor.getDouble", held -> held.f32().getDouble(3, 3));
        calls.put("tensor.getLong", held -> held.i64().getLong(3));
        calls.put("tensor.getInt", held -> held.i64().getInt(3));
        calls.put("tensor.getBoolean", held -> held.bool().getBoolean(3));
        calls.put("tensor.toFloatArray", held -> held.f32().toFloatArray());
        calls.put(
                "tensor.toFloatArray of a view", held -> held.f32().select(1, 1).toFloatArray());
        calls.put("tensor.toDoubleArray", held -> held.f32().toDoubleArray());
        calls.put("tensor.toLongArray", held -> held.i64().toLongArray());
        calls.put("tensor.toIntArray", held -> held.i64().toIntArray());
        calls.put("tensor.toBooleanArray", held -> held.bool().toBooleanArray());
        calls.put("tensor.toByteArray", held -> held.bool().toByteArray());
        calls.put("tensor.contiguous of a view", held -> held.f32().select(1, 1).contiguous());
        return calls;
    }

    private static ByteBuffer read(ReadableByteChannel channel) throws IOException {
        ByteBuffer some = ByteBuffer.allocate(COUNT);
        assertThat(channel.read(some)).isPositive();
        return some;
    }

    private static Stream<ReadOptions> options() {
        return Stream.of(true, false)
                .flatMap(mmap -> Stream.of(true, false)
                        .map(crc -> ReadOptions.defaults().withMmap(mmap).withVerifyCrc(crc)));
    }

    @TestFactory
    Stream<DynamicTest> afterCloseTheHeaderAnswersAndTheDataDoesNot() {
        return options().flatMap(option -> {
            String with = " (mmap " + option.mmap() + ", CRC " + option.verifyCrc() + ")";
            return Stream.concat(
                    ofTheHeader().entrySet().stream()
                            .map(call -> DynamicTest.dynamicTest(
                                    call.getKey() + with,
                                    () -> onClosed(
                                            option,
                                            held -> assertThatCode(() ->
                                                            call.getValue().on(held))
                                                    .doesNotThrowAnyException()))),
                    ofTheData().entrySet().stream()
                            .map(call -> DynamicTest.dynamicTest(
                                    call.getKey() + with,
                                    () -> onClosed(
                                            option,
                                            held -> assertThatThrownBy(() ->
                                                            call.getValue().on(held))
                                                    .isInstanceOf(IllegalStateException.class)))));
        });
    }

    private void onClosed(ReadOptions option, Consumer<Held> check) throws IOException {
        StreamReader reader = StreamReader.open(file, option);
        Held held = Held.of(reader);
        // Each call works before; that it was made must not matter.
        Stream.of(ofTheHeader(), ofTheData())
                .flatMap(calls -> calls.entrySet().stream())
                .filter(call -> !call.getKey().contains("first time"))
                .forEach(call -> assertThatCode(() -> call.getValue().on(held))
                        .as(call.getKey())
                        .doesNotThrowAnyException());
        for (int times = 0; times < 2; times++) {
            reader.close();
            check.accept(held);
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void aReaderThatWasNeverAskedIsClosedAsWell(ReadOptions option) throws IOException {
        StreamReader reader = StreamReader.open(file, option);
        reader.close();
        assertThatThrownBy(() -> reader.getSlice("f32"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(file + ": the reader is closed");
        assertThat(reader.keys()).containsExactlyInAnyOrder("f32", "bf16", "i64", "bool");
    }

    /// Of each round, one thread closes while others make any calls: they get values, or the one exception.
    @ParameterizedTest
    @MethodSource("options")
    void whileAnotherThreadClosesOnlyValuesOrIllegalStateComeOut(ReadOptions option) throws Exception {
        List<Call> calls = new ArrayList<>(ofTheHeader().values());
        calls.addAll(ofTheData().values());
        for (int round = 0; round < 25; round++) {
            StreamReader reader = StreamReader.open(file, option);
            boolean early = round % 2 == 0; // Before anything is mapped.
            Held held = early ? null : Held.of(reader);
            AtomicBoolean closed = new AtomicBoolean();
            AtomicLong made = new AtomicLong();
            try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
                List<Future<Set<String>>> threads = new ArrayList<>();
                for (int t = 0; t < 4; t++) {
                    int first = t * calls.size() / 4;
                    threads.add(pool.submit(() -> callUntilClosed(reader, held, calls, first, closed, made)));
                }
                while (made.get() < (early ? 1 : 40)) {
                    Thread.onSpinWait();
                }
                close(reader);
                closed.set(true);
                for (Future<Set<String>> thread : threads) {
                    assertThat(thread.get()).isEmpty();
                }
            }
        }
    }

    /// It refuses while a channel reads into a tensor's memory.
    private static void close(StreamReader reader) throws IOException {
        while (true) {
            try {
                reader.close();
                return;
            } catch (IllegalStateException e) {
                assertThat(e).hasMessageContaining("cannot be closed while");
            }
        }
    }

    /// The failures that are none of the expected.
    private static Set<String> callUntilClosed(
            StreamReader reader,
            @Nullable Held known,
            List<Call> calls,
            int first,
            AtomicBoolean closed,
            AtomicLong made) {
        Set<String> others = new TreeSet<>();
        for (int i = first, after = 0; after < calls.size(); i++) {
            after += closed.get() ? 1 : 0;
            made.incrementAndGet();
            try {
                Held held = known == null ? Held.of(reader) : known;
                calls.get(i % calls.size()).on(held);
            } catch (IllegalStateException e) {
                // As it should be. The virtual machine interrupts a thread to which it brings the end of an arena.
                Thread.interrupted();
            } catch (IOException | RuntimeException | Error e) {
                others.add(e.toString());
            }
        }
        return others;
    }
}
