package dev.stsw.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.stsw.ReadOptions;
import dev.stsw.StreamReader;
import dev.stsw.Stsw;
import dev.stsw.Tensor;
import dev.stsw.WriteOptions;
import dev.stsw.format.ChecksumException;
import dev.stsw.format.TensorSource;
import dev.stsw.stream.ForwardingSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class WorkersTest {
    private final NDManager manager = NDManager.newBaseManager("PyTorch");

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void eachIsDoneOnceBySeveralAtATime() throws Exception {
        AtomicIntegerArray done = new AtomicIntegerArray(100);
        CountDownLatch together = new CountDownLatch(3);
        Workers.run(3, 100, index -> {
            together.countDown();
            await(together); // which one worker alone would never leave
            done.incrementAndGet(index);
        });
        for (int i = 0; i < done.length(); i++) {
            assertThat(done.get(i)).isOne();
        }
    }

    @Test
    void theFirstFaultStopsAllAndIsThrown() {
        Set<Integer> begun = ConcurrentHashMap.newKeySet();
        CountDownLatch failed = new CountDownLatch(1);
        assertThatThrownBy(() -> Workers.run(2, 1000, index -> {
                    begun.add(index);
                    if (index == 5) {
                        failed.countDown();
                        throw new IOException("five");
                    }
                    if (index > 5) {
                        await(failed);
                    }
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("five");
        assertThat(begun).hasSizeLessThan(1000);
    }

    @Test
    void aThreadThatIsInterruptedStaysSoAndEverythingIsDone() throws Exception {
        AtomicIntegerArray done = new AtomicIntegerArray(2);
        CountDownLatch both = new CountDownLatch(2);
        Thread.currentThread().interrupt();
        Workers.run(2, 2, index -> {
            both.countDown();
            boolean interrupted = Thread.interrupted();
            await(both);
            done.incrementAndGet(index);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(Thread.interrupted()).isTrue();
        assertThat(done.get(0) + done.get(1)).isEqualTo(2);
    }

    @Test
    void aLargeModelArrivesInItsOrder() throws Exception {
        Map<String, Tensor> tensors = large();
        Path file = folder.resolve("model.safetensors");
        Stsw.dump(tensors, file, WriteOptions.defaults().withCrc32(true));
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        try (StreamReader reader =
                        StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true));
                TensorSource source = watched(reader.asSource(), threads, true)) {
            NDList arrays = DjlTensors.load(source, manager);
            assertThat(arrays).hasSize(tensors.size());
            for (int i = 0; i < arrays.size(); i++) {
                String name = source.tensors().get(i).name();
                assertThat(arrays.get(i).getName()).isEqualTo(name);
                assertThat(DjlTensors.fromNDArray(arrays.get(i)).data().mismatch(data(tensors, name)))
                        .isEqualTo(-1);
            }
        }
        assertThat(threads).hasSizeLessThanOrEqualTo(Runtime.getRuntime().availableProcessors());
    }

    @Test
    void aSourceForOneThreadIsReadByTheCallingOne() throws Exception {
        Path file = folder.resolve("model.safetensors");
        Stsw.dump(large(), file);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        try (StreamReader reader = StreamReader.open(file)) {
            DjlTensors.load(watched(reader.asSource(), threads, false), manager).close();
        }
        assertThat(threads).containsExactly(Thread.currentThread());
    }

    @Test
    void noArrayOfAnyThreadStaysAfterAFault() throws Exception {
        Path file = folder.resolve("model.safetensors");
        Stsw.dump(large(), file, WriteOptions.defaults().withCrc32(true));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        try (StreamReader reader =
                StreamReader.open(file, ReadOptions.defaults().withVerifyCrc(true))) {
            assertThatThrownBy(() -> DjlTensors.load(reader.asSource(), manager))
                    .isInstanceOf(ChecksumException.class);
        }
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    private static MemorySegment data(Map<String, Tensor> tensors, String name) {
        Tensor tensor = tensors.get(name);
        assertThat(tensor).isNotNull();
        return tensor.data();
    }

    private static Map<String, Tensor> large() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < 12; i++) {
            float[] values = new float[(1 << 20) + i];
            Arrays.fill(values, i);
            tensors.put("t" + i, Tensor.of(values));
        }
        return tensors;
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new IOException("nobody else came");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static TensorSource watched(TensorSource source, Set<Thread> threads, boolean concurrent) {
        return new ForwardingSource(source) {
            @Override
            public ReadableByteChannel open(String name) throws IOException {
                threads.add(Thread.currentThread());
                return super.open(name);
            }

            @Override
            public boolean concurrent() {
                return concurrent;
            }
        };
    }
}
