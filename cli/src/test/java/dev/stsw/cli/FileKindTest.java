package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileKindTest {

    private static FileKind of(byte... start) {
        return FileKind.of(ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void whatTorchWroteIsACheckpoint() {
        assertThat(of((byte) 'P', (byte) 'K', (byte) 3, (byte) 4)).isEqualTo(FileKind.CHECKPOINT);
        assertThat(of((byte) 0x80, (byte) 2, (byte) 0x8a)).isEqualTo(FileKind.CHECKPOINT);
        byte[] tar = new byte[262];
        System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
        assertThat(of(tar)).isEqualTo(FileKind.CHECKPOINT);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x280, 0x580, 0x04034b50})
    void aHeaderWhoseLengthLooksLikeAMagicNumberIsStillAHeader(int length) {
        ByteBuffer start = ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN);
        start.putLong(length).put((byte) '{').flip();
        assertThat(FileKind.of(start)).isEqualTo(FileKind.SAFETENSORS);
    }

    @Test
    void everythingElseIsLeftToTheStrictReader() {
        assertThat(of()).isEqualTo(FileKind.SAFETENSORS);
        assertThat(of((byte) 0x80)).isEqualTo(FileKind.SAFETENSORS);
        assertThat(of("<html>".getBytes(StandardCharsets.US_ASCII))).isEqualTo(FileKind.SAFETENSORS);
    }
}
