package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

@SuppressWarnings("InputStreamSlowMultibyteRead") // They bring what the tests need, and no more.
class ReadAheadChannelTest {
    @Test
    void allBytesComeThroughInTheirOrder() throws IOException {
        byte[] bytes = new byte[3_000_001];
        new Random(1).nextBytes(bytes);
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (ReadAheadChannel channel = new ReadAheadChannel(new ByteArrayInputStream(bytes))) {
            Channels.newInputStream(channel).transferTo(read);
            assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
        assertThat(read.toByteArray()).isEqualTo(bytes);
    }

    @Test
    void aFaultComesAfterTheBytesBeforeIt() throws IOException {
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("no medium");
            }
        };
        InputStream stream = new SequenceInputStream(new ByteArrayInputStream(new byte[] {1, 2, 3}), failing);
        try (ReadAheadChannel channel = new ReadAheadChannel(stream)) {
            assertThat(channel.read(ByteBuffer.allocate(8))).isEqualTo(3);
            assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(8)))
                    .isInstanceOf(IOException.class)
                    .hasMessage("no medium");
        }
    }

    /// As a pipe of Windows does.
    @Test
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void anInterruptEndsAReadOfAStreamThatHeedsNone() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        InputStream stalled = new InputStream() {
            @Override
            public int read() {
                while (true) {
                    try {
                        released.await();
                        return -1;
                    } catch (InterruptedException e) {
                        // Windows does not know of it.
                    }
                }
            }
        };
        try (ReadAheadChannel channel = new ReadAheadChannel(stalled)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
                    .isInstanceOf(ClosedByInterruptException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(channel.isOpen()).isFalse();
        } finally {
            released.countDown();
        }
    }
}
