package dev.stsw.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.format.HeaderException.Fault;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileHeaderTest {
    private static final String EMPTY = ":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";

    @Test
    void ofTheLargestSizeIsRead() throws HeaderException {
        byte[] header = HeaderFaultTest.bytes("{}", Header.MAX_JSON_BYTES);

        assertThat(Header.parse(ByteBuffer.wrap(header), header.length).tensors())
                .isEmpty();
    }

    @Test
    void oneByteLargerIsRefused() {
        byte[] header = HeaderFaultTest.bytes("{}", Header.MAX_JSON_BYTES + 1);

        HeaderFaultTest.assertFault(Fault.TOO_LARGE, header, header.length);
    }

    @Test
    void ofBracketsAloneDoesNotExhaustTheStack() {
        for (String open : List.of("[", "{\"a\":")) {
            byte[] header = HeaderFaultTest.bytes("{\"a\":{\"x\":" + open.repeat(100_000), 0);
            HeaderFaultTest.assertFault(Fault.NOT_JSON, header, header.length);
        }
    }

    @Test
    void withNamesOfOneHashCodeStaysFast() throws HeaderException {
        // "Aa" and "BB" have the same hash code, and so has every string made of 17 such pairs.
        String tensors = IntStream.range(0, 1 << 17)
                .mapToObj(i -> "\""
                        + IntStream.range(0, 17)
                                .mapToObj(bit -> (i >> bit & 1) == 0 ? "Aa" : "BB")
                                .reduce("", String::concat)
                        + "\"" + EMPTY)
                .reduce(
                        new StringBuilder(),
                        (all, one) -> all.append(all.isEmpty() ? "" : ",").append(one),
                        (a, b) -> a)
                .toString();
        byte[] header = HeaderFaultTest.bytes("{" + tensors + "}", 0);

        assertThat(Header.parse(ByteBuffer.wrap(header), header.length).tensors())
                .hasSize(1 << 17);
    }

    @Test
    void withAMillionTensorsIsReadFromEndToEnd() throws HeaderException {
        List<TensorSpec> tensors = IntStream.range(0, 1_000_000)
                .mapToObj(i -> TensorSpec.of("layer." + i + ".weight", DType.U8, i % 7))
                .toList();
        Header written = Header.of(tensors, null, 8, true);

        Header read = Header.parse(ByteBuffer.wrap(written.toBytes()), written.dataStart() + written.dataSize());

        assertThat(read.tensors()).hasSize(1_000_000);
        for (int i = 0; i < 1_000_000; i += 997) {
            assertThat(read.tensors().get(i).toSpec()).isEqualTo(tensors.get(i));
            assertThat(read.find(tensors.get(i).name()).orElseThrow().offsetBegin())
                    .isEqualTo(written.tensors().get(i).offsetBegin());
        }
    }

    @Test
    void withAMillionFieldsInOneTensorStaysFast() throws HeaderException {
        StringBuilder json = new StringBuilder("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]");
        for (int i = 0; i < 1_000_000; i++) {
            json.append(",\"").append(i).append("\":0");
        }
        byte[] header = HeaderFaultTest.bytes(json + "}}", 0);

        assertThat(Header.parse(ByteBuffer.wrap(header), header.length).tensors())
                .hasSize(1);
    }

    @Test
    void withTenMillionDimensionsStaysFast() throws HeaderException {
        byte[] header = HeaderFaultTest.bytes(
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[0" + ",1".repeat(10_000_000) + "],\"data_offsets\":[0,0]}}", 0);

        assertThat(Header.parse(ByteBuffer.wrap(header), header.length)
                        .tensors()
                        .get(0)
                        .shape()
                        .rank())
                .isEqualTo(10_000_001);
    }

    @Test
    void withANumberOfTenMillionDigitsIsRefusedFast() {
        byte[] header = HeaderFaultTest.bytes("{\"a\":{\"x\":" + "9".repeat(10_000_000) + "}}", 0);

        HeaderFaultTest.assertFault(Fault.NOT_JSON, header, header.length);
    }
}
