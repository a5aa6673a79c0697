package dev.stsw.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.ChecksumException;
import dev.stsw.format.HeaderException;
import dev.stsw.stream.Verification.Outcome;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SequentialReaderTest {
    private final MemorySource source =
            new MemorySource().with("a", 1, 2, 3).with("empty").with("b", 4, 5, 6, 7, 8);

    private byte[] file(boolean crc32) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SequentialWriter.to(out).withCrc32(crc32).write(source);
        return out.toByteArray();
    }

    /** A byte a read, as slow pipes may do it. */
    private static ReadableByteChannel trickling(byte[] bytes) {
        return Channels.newChannel(new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] to, int at, int length) {
                return super.read(to, at, Math.min(1, length));
            }
        });
    }

    private static SequentialReader open(byte[] bytes) throws IOException {
        return SequentialReader.open("pipe", trickling(bytes));
    }

    @Test
    void everyCutIsAnErrorThatSaysWhere() throws IOException {
        byte[] whole = file(true);
        open(whole).finish();
        for (int cut = 0; cut < whole.length; cut++) {
            byte[] part = Arrays.copyOf(whole, cut);
            assertThatThrownBy(() -> open(part).finish())
                    .as("cut at %s", cut)
                    .isInstanceOf(HeaderException.class)
                    .hasMessageStartingWith("pipe: ");
        }
    }

    @Test
    void everyFlippedBitOfTheDataIsFound() throws IOException {
        byte[] whole = file(true);
        int dataStart = (int) open(whole).header().dataStart();
        for (int bit = 8 * dataStart; bit < 8 * whole.length; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(open(flipped).verify((done, total) -> {}).outcome()).isEqualTo(Outcome.DAMAGED);
            SequentialSource read = open(flipped).asSource(true, () -> {
                throw new AssertionError();
            });
            assertThatThrownBy(() ->
                            SequentialWriter.to(new ByteArrayOutputStream()).write(read))
                    .isInstanceOf(ChecksumException.class);
        }
    }

    @Test
    void whatFollowsTheLastTensorIsAnErrorForVerificationAndForWhatIsMadeOfIt() throws IOException {
        byte[] longer = Arrays.copyOf(file(true), file(true).length + 1);
        assertThatThrownBy(() -> open(longer).verify((done, total) -> {})).hasMessageContaining("but it goes on");
        SequentialSource read = open(longer).asSource(true, () -> {
            throw new AssertionError();
        });
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThatThrownBy(() -> SequentialWriter.to(out)
                        .write(read.toTheEnd(TensorSources.select(read, name -> name.equals("a")))))
                .hasMessageContaining("but it goes on");
    }

    @Test
    void withoutChecksumsNothingIsProved() throws IOException {
        Verification found = open(file(false)).verify((done, total) -> {});
        assertThat(found.outcome()).isEqualTo(Outcome.UNPROVEN);
        assertThat(found.ok()).isFalse();
    }

    @Test
    void whatIsAskedForLaterWaitsAside() throws IOException {
        AtomicInteger closed = new AtomicInteger();
        SequentialSource read = open(file(true)).asSource(true, () -> new HeapAside(closed));
        assertThat(all(read.open("b"))).containsExactly(4, 5, 6, 7, 8);
        assertThat(all(read.open("a"))).containsExactly(1, 2, 3);
        assertThat(all(read.open("empty"))).isEmpty();
        assertThatThrownBy(() -> read.open("c")).hasMessage("pipe: no tensor 'c', or read before");
        read.close();
        assertThat(closed).hasValue(1);
    }

    @Test
    void aFileOfAnotherKindIsNamed() {
        byte[] page = "<!DOCTYPE html><html><body>404</body></html>".getBytes(StandardCharsets.US_ASCII);
        assertThatThrownBy(() -> open(page)).isInstanceOf(HeaderException.class).hasMessageContaining("HTML");
        assertThatThrownBy(() -> open(new byte[0]))
                .isInstanceOf(HeaderException.class)
                .hasMessageContaining("empty");
    }

    private static byte[] all(ReadableByteChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(100);
        while (channel.read(bytes) >= 0) {}
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    private record HeapAside(ByteArrayOutputStream bytes, AtomicInteger closed) implements Aside {
        HeapAside(AtomicInteger closed) {
            this(new ByteArrayOutputStream(), closed);
        }

        @Override
        public long append(ReadableByteChannel more) throws IOException {
            long begin = bytes.size();
            bytes.writeBytes(all(more));
            return begin;
        }

        @Override
        public ReadableByteChannel range(long begin, long size) {
            return Channels.newChannel(new ByteArrayInputStream(bytes.toByteArray(), (int) begin, (int) size));
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }
}
