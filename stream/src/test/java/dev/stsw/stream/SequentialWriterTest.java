package dev.stsw.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.Header;
import dev.stsw.format.TensorMeta;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class SequentialWriterTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final MemorySource source =
            new MemorySource().with("a", 1, 2, 3).with("empty").with("b", 4, 5, 6, 7, 8);

    private static long crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }

    private Header written() throws IOException {
        return Header.read(Channels.newChannel(new ByteArrayInputStream(out.toByteArray())), out.size());
    }

    @Test
    void withoutChecksumsOnePassIsEnough() throws IOException {
        SequentialWriter.to(out).withBufferSize(2).write(source);
        assertThat(source.opened).containsExactly("a", "empty", "b");
        Header header = written();
        assertThat(header.metadata()).contains(Map.of("format", "pt"));
        assertThat(header.checksums()).isEmpty();
        byte[] data = Arrays.copyOfRange(out.toByteArray(), (int) header.dataStart(), out.size());
        assertThat(data).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    }

    @Test
    void checksumsCostAFirstPassAndAreThoseOfTheBytes() throws IOException {
        SequentialWriter.to(out)
                .withCrc32(true)
                .withAlignment(64)
                .withMetadata(Map.of())
                .write(source);
        assertThat(source.opened).containsExactly("a", "empty", "b", "a", "empty", "b");
        Header header = written();
        assertThat(header.dataStart() % 64).isZero();
        assertThat(header.checksums().orElseThrow().intact()).isTrue();
        for (TensorMeta tensor : header.tensors()) {
            assertThat(tensor.crc32()).hasValue(crc(source.bytes.get(tensor.name())));
        }
    }

    @Test
    void promisedChecksumsCostOnePassAndMustHold() throws IOException {
        Map<String, Long> sums =
                Map.of("a", crc(new byte[] {1, 2, 3}), "empty", 0L, "b", crc(new byte[] {4, 5, 6, 7, 8}));
        SequentialWriter.to(out).withPromisedSums(sums).write(source);
        assertThat(source.opened).containsExactly("a", "empty", "b");
        assertThat(written().checksums().orElseThrow().intact()).isTrue();
        source.bytes.get("b")[4] = 9;
        assertThatThrownBy(() -> SequentialWriter.to(out).withPromisedSums(sums).write(source))
                .isInstanceOf(IOException.class)
                .hasMessageMatching("tensor 'b': CRC-32 promised [0-9a-f]{8} but was [0-9a-f]{8}: .*");
    }

    @Test
    void aPromiseThatIsMissingIsNoticedBeforeTheFirstByte() {
        assertThatThrownBy(() -> SequentialWriter.to(out)
                        .withPromisedSums(Map.of("a", 1L))
                        .write(source))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessage("no checksum was promised for tensor 'empty'");
        assertThat(out.size()).isZero();
    }

    @Test
    void aSourceThatBringsMoreOrLessThanItDeclaresIsRefused() {
        source.bytes.put("b", new byte[6]);
        assertThatThrownBy(() -> SequentialWriter.to(out).write(source))
                .hasMessage("tensor 'b' has more bytes than the 5 of its dtype and shape");
        source.bytes.put("b", new byte[4]);
        assertThatThrownBy(() -> SequentialWriter.to(out).write(source))
                .hasMessage("tensor 'b' has less bytes than the 5 of its dtype and shape");
    }

    @Test
    void theListenerLearnsTheNamesOfTensorsWheneverTheyAreRead() throws IOException {
        List<String> heard = new ArrayList<>();
        ProgressListener names = new ProgressListener() {
            @Override
            public void progress(long done, long total) {
                heard.add(done + " of " + total);
            }

            @Override
            public void tensor(String name) {
                heard.add(name);
            }
        };
        SequentialWriter.to(out).withCrc32(true).withProgress(names).write(source);
        assertThat(heard).containsSubsequence("a", "b", "a", "b");
        heard.clear();
        SequentialReader.open("pipe", Channels.newChannel(new ByteArrayInputStream(out.toByteArray())))
                .verify(names);
        assertThat(heard).containsSubsequence("a", "b").doesNotHaveDuplicates();
    }

    @Test
    void otherBytesTheSecondTimeAreNoticed() {
        ProgressListener changing = (done, total) -> source.bytes.get("a")[0]++;
        assertThatThrownBy(() -> SequentialWriter.to(out)
                        .withCrc32(true)
                        .withProgress(changing)
                        .write(source))
                .hasMessageStartingWith("tensor 'a' had other bytes when it was read again");
    }

    @Test
    void whatItWroteIsReadBackInOnePass() throws IOException {
        SequentialWriter.to(out).withCrc32(true).write(source);
        SequentialReader reader =
                SequentialReader.open("pipe", Channels.newChannel(new ByteArrayInputStream(out.toByteArray())));
        Verification found = reader.verify((done, total) -> {});
        assertThat(found.ok()).as(found.toString()).isTrue();
        assertThat(found.checked()).isEqualTo(3);
        assertThat(found.file()).isEqualTo("pipe");
    }

    @Test
    void aConversionFlowsFromOnePipeIntoTheOther() throws IOException {
        SequentialWriter.to(out).write(source);
        byte[] first = out.toByteArray();
        out.reset();
        SequentialReader reader = SequentialReader.open("in", Channels.newChannel(new ByteArrayInputStream(first)));
        try (SequentialSource in = reader.asSource(true, () -> {
            throw new AssertionError("nothing needs to wait");
        })) {
            SequentialWriter.to(out).write(in.toTheEnd(TensorSources.rename(in, name -> "x." + name)));
        }
        assertThat(written().names()).isEqualTo(List.of("x.a", "x.empty", "x.b"));
        assertThat(ByteBuffer.wrap(out.toByteArray(), (int) written().dataStart(), 8))
                .isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
    }
}
