package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.torch.CheckpointException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pickles with arrays and files in them that lie, contain themselves or unfold end in one clear error. */
@Timeout(20)
class HostilePicklesTest {
    @TempDir
    private Path folder;

    private Checkpoint open(byte[] file) throws IOException {
        return Listing.open(Files.write(folder.resolve("hostile.pkl"), file));
    }

    private void isRefused(byte[] file, Kind kind, String words) {
        assertThatThrownBy(() -> open(file).close())
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(words);
    }

    private static PickleBytes bytes(PickleBytes pickle, byte[] content) {
        byte[] length = ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(content.length)
                .array();
        return pickle.op('B').raw(length).raw(content);
    }

    /** {@code {'w': array}}, without the end of the state: data, then this. */
    private static PickleBytes array(String dtype, long... shape) {
        return PickleBytes.start()
                .op('}')
                .text("w")
                .global("numpy.core.multiarray", "_reconstruct")
                .global("numpy", "ndarray")
                .numbers(0)
                .text("b")
                .op(0x87, 'R', '(')
                .number(1)
                .numbers(shape)
                .global("numpy", "dtype")
                .text(dtype)
                .op(0x89, 0x88, 0x87, 'R', '(')
                .number(3)
                .text("<")
                .op('N', 'N', 'N', 't', 'b', 0x89);
    }

    private static byte[] done(PickleBytes pickle) {
        return pickle.op('t', 'b', 's').stop();
    }

    @Test
    void theArrayThatTheOthersAreBentFromIsRead() throws IOException {
        try (Checkpoint checkpoint = open(done(bytes(array("f4", 2), new byte[8])))) {
            assertThat(checkpoint.tensors()).singleElement().hasToString("TensorSpec[name=w, dtype=F32, shape=[2]]");
        }
    }

    @Test
    void anArrayMustTakeExactlyTheBytesThatAreThere() {
        isRefused(done(bytes(array("f4", 3), new byte[8])), Kind.CORRUPT, "takes 12 bytes");
        isRefused(done(bytes(array("f4", 1), new byte[8])), Kind.CORRUPT, "takes 4 bytes");
        isRefused(done(bytes(array("f8", 1L << 60, 16), new byte[8])), Kind.CORRUPT, "makes no tensor");
        isRefused(done(bytes(array("f4", -2), new byte[8])), Kind.CORRUPT, "in its shape");
        isRefused(done(array("f4", 2).op('N')), Kind.CORRUPT, "a None for its elements");
    }

    @Test
    void byteStringsLongerThanTheFileAreRefused() {
        isRefused(
                array("f4", 2).op('B').raw(HexFormat.of().parseHex("ffffffff")).stop(), Kind.CORRUPT, "remain");
        for (int opcode : new int[] {0x8e, 0x96}) {
            for (String length : new String[] {"ffffffffffffffff", "ffffffffffffff7f", "0000000000010000"}) {
                byte[] file = array("f4", 2)
                        .op(opcode)
                        .raw(HexFormat.of().parseHex(length))
                        .stop();
                isRefused(file, Kind.CORRUPT, "remain");
            }
        }
        isRefused(
                array("f4", 2).op('X').raw(HexFormat.of().parseHex("00ffffff")).stop(), Kind.CORRUPT, "remain");
        byte[] line = ("V" + "x".repeat(200_000)).getBytes(StandardCharsets.US_ASCII);
        isRefused(array("f4", 2).raw(line).stop(), Kind.CORRUPT, "remain");
        isRefused(
                array("f4", 2)
                        .raw(("S'" + "x".repeat(200_000) + "\n").getBytes(StandardCharsets.US_ASCII))
                        .stop(),
                Kind.CORRUPT,
                "without quotes");
    }

    @Test
    void textThatStandsForNoBytesIsNoArray() {
        String encode = "c_codecs\nencode\n";
        PickleBytes wide = array("u1", 1)
                .raw(encode.getBytes(StandardCharsets.US_ASCII))
                .text("\u0100")
                .text("latin1")
                .op(0x86, 'R');
        isRefused(done(wide), Kind.CORRUPT, "for its elements");
        PickleBytes longAndWide = array("u1", 3000)
                .raw(encode.getBytes(StandardCharsets.US_ASCII))
                .text("x".repeat(2999) + "\u0100")
                .text("latin1")
                .op(0x86, 'R');
        isRefused(done(longAndWide), Kind.CORRUPT, "for its elements");
    }

    @Test
    void arraysOfObjectsThatHoldThemselvesEnd() {
        // The list is remembered, and then put into itself: as the data of an array without dimensions.
        PickleBytes file = array("O").op(']', 'q', 1).op('h', 1, 'a');
        isRefused(done(file), Kind.NOT_A_CHECKPOINT, "no tensors in the file");
        PickleBytes deep = PickleBytes.start();
        for (int i = 0; i < 5000; i++) {
            deep.global("numpy.core.multiarray", "_reconstruct")
                    .op(')', 'R', '(')
                    .number(1)
                    .op(')', 'N', 0x89);
        }
        deep.op(']');
        for (int i = 0; i < 5000; i++) {
            deep.op('t', 'b', 0x85, 0x85, '0', ']');
        }
        assertThatThrownBy(() -> open(deep.stop()).close()).isInstanceOf(CheckpointException.class);
    }

    @Test
    void theFirstNameOfNumpysFunctionIsKnown() throws IOException {
        String file = new String(done(bytes(array("f4", 2), new byte[8])), StandardCharsets.ISO_8859_1)
                .replace("numpy.core.multiarray\n", "numpy.core._internal\n");
        try (Checkpoint checkpoint = open(file.getBytes(StandardCharsets.ISO_8859_1))) {
            assertThat(checkpoint.tensors()).hasSize(1);
            assertThat(checkpoint.report().unknownGlobals()).isEmpty();
        }
    }

    private static byte[] deviceTensor(byte[] values) {
        return bytes(
                        PickleBytes.start()
                                .op('}')
                                .text("w")
                                .global("torch._utils", "_rebuild_device_tensor_from_numpy")
                                .op('(')
                                .raw(bare(array("f4", 2))),
                        values)
                .op('t', 'b')
                .global("torch", "bfloat16")
                .text("xla:0")
                .op(0x89, 't', 'R', 's')
                .stop();
    }

    /** Without the dict around it, and its name. */
    private static byte[] bare(PickleBytes array) {
        byte[] all = array.stop();
        int start = PickleBytes.start().op('}').text("w").stop().length - 1;
        return java.util.Arrays.copyOfRange(all, start, all.length - 1);
    }

    @Test
    void halvesOfFloatsThatWouldHaveToBeRoundedAreRefused() throws IOException {
        try (Checkpoint checkpoint = open(deviceTensor(new byte[] {0, 0, -128, 63, 0, 0, 0, 64}))) {
            assertThat(Listing.bytes(checkpoint, "w")).containsExactly(-128, 63, 0, 64);
        }
        for (int at : new int[] {0, 1, 4, 5}) {
            byte[] values = {0, 0, -128, 63, 0, 0, 0, 64};
            values[at] = 1;
            try (Checkpoint checkpoint = open(deviceTensor(values))) {
                assertThatThrownBy(() -> Listing.bytes(checkpoint, "w"))
                        .isInstanceOf(CheckpointException.class)
                        .hasMessageContaining("bfloat16 cannot hold");
            }
        }
    }

    /** {@code {'w': tensor}} whose storage is loaded from these bytes. */
    private static PickleBytes loaded(byte[] nested) {
        PickleBytes file = PickleBytes.start()
                .op('}')
                .text("w")
                .global("torch._utils", "_rebuild_tensor_v2")
                .op('(');
        file.global("torch.storage", "_load_from_bytes");
        return bytes(file, nested)
                .op(0x85, 'R')
                .number(0)
                .numbers(2)
                .numbers(1)
                .op(0x89)
                .global("collections", "OrderedDict")
                .op(')', 'R', 't', 'R', 's');
    }

    /** A file of torch.save before 1.6, with one storage as its object. */
    private static byte[] legacy(byte[] object, long elements, byte[] data) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(PickleBytes.start()
                .op(0x8a, 10)
                .raw(HexFormat.of().parseHex("6cfc9c46f9206aa85019"))
                .stop());
        file.writeBytes(PickleBytes.start().number(1001).stop());
        file.writeBytes(PickleBytes.start().op('}').stop());
        file.writeBytes(object);
        file.writeBytes(PickleBytes.start().op(']').text("0").op('a').stop());
        file.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(elements)
                .array());
        file.writeBytes(data);
        return file.toByteArray();
    }

    private static byte[] storage(long elements) {
        return PickleBytes.start().storage("FloatStorage", "0", elements).stop();
    }

    @Test
    void aFileInAByteStringIsRead() throws IOException {
        byte[] data = {0, 0, -128, 63, 0, 0, 0, 64};
        try (Checkpoint checkpoint = open(loaded(legacy(storage(2), 2, data)).stop())) {
            assertThat(Listing.bytes(checkpoint, "w")).isEqualTo(data);
        }
    }

    @Test
    void aFileInAByteStringThatLiesIsRefusedWithItsPlace() {
        isRefused(loaded(new byte[] {1, 2, 3}).stop(), Kind.CORRUPT, "the byte string of 3 bytes at byte ");
        isRefused(loaded(new byte[0]).stop(), Kind.CORRUPT, "the byte string of 0 bytes at byte ");
        isRefused(loaded(legacy(storage(1L << 40), 1L << 40, new byte[8])).stop(), Kind.CORRUPT, "elements of 4 bytes");
        isRefused(loaded(legacy(storage(3), 2, new byte[8])).stop(), Kind.CORRUPT, "elements of 4 bytes");
        byte[] dangerous = PickleBytes.start().global("os", "system").stop();
        isRefused(loaded(legacy(dangerous, 2, new byte[8])).stop(), Kind.HOSTILE, "os.system");
    }

    @Test
    void filesInFilesInByteStringsAreNotFollowed() {
        byte[] file = legacy(storage(2), 2, new byte[8]);
        for (int i = 0; i < 50; i++) {
            PickleBytes object = PickleBytes.start().global("torch.storage", "_load_from_bytes");
            file = legacy(bytes(object, file).op(0x85, 'R').stop(), 2, new byte[8]);
        }
        byte[] nested = file;
        isRefused(loaded(nested).stop(), Kind.CORRUPT, "storage");
    }

    @Test
    void oneByteStringThatIsLoadedAgainAndAgainEndsInALimit() {
        byte[] nested = legacy(storage(2), 2, new byte[8]);
        PickleBytes file = PickleBytes.start().op(']');
        bytes(file, nested).op('q', 1, '0');
        file.global("torch.storage", "_load_from_bytes").op('q', 2, '0', '(');
        for (int i = 0; i < 3_000_000; i++) {
            file.op('h', 2, 'h', 1, 0x85, 'R', '0');
        }
        assertThatThrownBy(() -> open(file.op('e').stop()).close()).isInstanceOf(CheckpointException.class);
    }

    @Test
    void whatJoblibWroteIsNamed() {
        byte[] file = PickleBytes.start()
                .global("joblib.numpy_pickle", "NumpyArrayWrapper")
                .stop();
        isRefused(file, Kind.UNSUPPORTED, "joblib.dump");
    }
}
