package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.format.TensorSpec;
import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.CheckpointOptions.Shared;
import dev.stsw.torch.CheckpointReport.Omission;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the options choose, and what the report says about the rest. */
class SelectionTest {
    private static final CheckpointOptions DEFAULTS = CheckpointOptions.defaults();

    @TempDir
    private Path folder;

    /** {@code {"epoch": 3, "model": {"net.a": …, "net.b": …, "c": …}, "ema": {"w": {"net.a": …}}}}, all one tensor of 4. */
    private Checkpoint nested(CheckpointOptions options) throws IOException {
        PickleBytes pickle = PickleBytes.start().op('}', '(').text("epoch").number(3);
        pickle.text("model").op('}', '(');
        whole(pickle.text("net.a"));
        part(pickle.text("net.b"), 1);
        part(pickle.text("c"), 2).op('u');
        pickle.text("ema").op('}', '(').text("w").op('}', '(');
        whole(pickle.text("net.a")).op('u', 'u', 'u');
        return Listing.open(
                Crafted.of(pickle.stop()).with("data/0", new byte[16]).write(folder), options);
    }

    private static PickleBytes whole(PickleBytes pickle) {
        return pickle.tensor("FloatStorage", "0", 4, 0, new long[] {4}, new long[] {1});
    }

    private static PickleBytes part(PickleBytes pickle, long offset) {
        return pickle.tensor("FloatStorage", "0", 4, offset, new long[] {2}, new long[] {1});
    }

    private static List<String> names(Checkpoint checkpoint) {
        return checkpoint.tensors().stream().map(TensorSpec::name).toList();
    }

    @Test
    void theUsualKeyIsFoundAndTheRestReported() throws IOException {
        try (Checkpoint checkpoint = nested(DEFAULTS)) {
            assertThat(names(checkpoint)).containsExactly("net.a", "net.b", "c");
            assertThat(checkpoint.report().key()).isEqualTo("model");
            assertThat(checkpoint.report().dropped())
                    .containsExactly(new Omission("epoch", "int"), new Omission("ema", "dict of 1"));
            assertThat(checkpoint.report().alternatives()).containsExactly("ema");
        }
    }

    @Test
    void aDottedPathReachesIntoTheFile() throws IOException {
        try (Checkpoint checkpoint = nested(DEFAULTS.withKey("ema.w"))) {
            assertThat(names(checkpoint)).containsExactly("net.a");
            assertThat(checkpoint.report().dropped())
                    .containsExactlyInAnyOrder(new Omission("epoch", "int"), new Omission("model", "dict of 3"));
        }
    }

    @Test
    void theEmptyPathIsTheWholeFile() throws IOException {
        try (Checkpoint checkpoint = nested(DEFAULTS.withKey("").withShared(Shared.DUPLICATE))) {
            assertThat(names(checkpoint)).containsExactly("model.net.a", "model.net.b", "model.c", "ema.w.net.a");
            assertThat(checkpoint.report().skipped()).containsExactly(new Omission("epoch", "int"));
        }
    }

    @Test
    void aKeyThatIsNotThereListsThoseThatAre() {
        assertThatThrownBy(() -> nested(DEFAULTS.withKey("state_dict")))
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND))
                .hasMessage("crafted.pt: no key 'state_dict'; it has 'epoch', 'model', 'ema'");
    }

    @Test
    void aKeyWithoutTensorsIsRefused() {
        assertThatThrownBy(() -> nested(DEFAULTS.withKey("epoch")))
                .hasMessage("crafted.pt: no tensors under the key 'epoch'; it holds a int");
    }

    @Test
    void aPrefixIsStrippedWhereItIs() throws IOException {
        try (Checkpoint checkpoint = nested(DEFAULTS.withStripPrefix("net."))) {
            assertThat(names(checkpoint)).containsExactly("a", "b", "c");
            assertThat(checkpoint.report().renamed()).isEqualTo(Map.of("net.a", "a", "net.b", "b"));
        }
    }

    @Test
    void aPrefixThatNoNameHasIsWarnedAbout() throws IOException {
        try (Checkpoint checkpoint = nested(DEFAULTS.withStripPrefix("module."))) {
            assertThat(checkpoint.report().warnings()).contains("no tensor's name begins with 'module.'");
        }
    }

    @Test
    void theFilterHoldsTensorsBack() throws IOException {
        try (Checkpoint checkpoint = nested(DEFAULTS.withStripPrefix("net.").withFilter(name -> !name.equals("b")))) {
            assertThat(names(checkpoint)).containsExactly("a", "c");
            assertThat(checkpoint.report().dropped()).contains(new Omission("net.b", "held back by the filter"));
        }
    }

    @Test
    void aTensorThatCannotBeReadMayBeHeldBack() throws IOException {
        byte[] pickle = whole(PickleBytes.start().op('}', '(').text("good"))
                .text("bad")
                .tensor("ComplexDoubleStorage", "0", 1, 0, new long[] {1}, new long[] {1})
                .op('u')
                .stop();
        Path file = Crafted.of(pickle).with("data/0", new byte[16]).write(folder);

        assertThatThrownBy(() -> Listing.open(file))
                .hasMessageStartingWith("crafted.pt: tensor 'bad' is of dtype torch.complex128");
        try (Checkpoint checkpoint = Listing.open(file, DEFAULTS.withFilter(name -> !name.equals("bad")))) {
            assertThat(names(checkpoint)).containsExactly("good");
        }
    }

    @Test
    void viewsThatOverlapAreEachGivenOut() throws IOException {
        try (Checkpoint checkpoint = nested(DEFAULTS)) {
            assertThat(checkpoint.report().shared()).isEmpty();
            assertThat(checkpoint.report().warnings())
                    .containsExactly("tensors 'net.a' and 'net.b' share memory, and 1 other pairs, "
                            + "but are not the same; each was given its own copy");
        }
        assertThatThrownBy(() -> nested(DEFAULTS.withShared(Shared.ERROR)))
                .hasMessage("crafted.pt: tensors 'net.a' and 'net.b' share memory");
    }

    /** One tensor under three names, as a T5 is saved. */
    private Checkpoint tied(CheckpointOptions options) throws IOException {
        PickleBytes pickle = PickleBytes.start().op('}', '(');
        for (String name : List.of("shared.weight", "encoder.weight", "decoder.weight")) {
            whole(pickle.text(name));
        }
        return Listing.open(
                Crafted.of(pickle.op('u').stop()).with("data/0", new byte[16]).write(folder), options);
    }

    @Test
    void ofTiedTensorsTheFirstNameOfTheFileIsKept() throws IOException {
        try (Checkpoint checkpoint = tied(DEFAULTS)) {
            assertThat(names(checkpoint)).containsExactly("shared.weight");
            assertThat(checkpoint.report().shared())
                    .containsExactly(
                            Map.entry("encoder.weight", "shared.weight"), Map.entry("decoder.weight", "shared.weight"));
        }
    }

    @Test
    void aNameThatIsToBeKeptGoesBeforeTheFirst() throws IOException {
        try (Checkpoint checkpoint = tied(DEFAULTS.withKept(List.of("none", "decoder.weight", "encoder.weight")))) {
            assertThat(names(checkpoint)).containsExactly("decoder.weight");
            assertThat(checkpoint.metadata().orElseThrow())
                    .containsEntry("shared.weight", "decoder.weight")
                    .containsEntry("encoder.weight", "decoder.weight");
        }
    }

    @Test
    void moreOutputThanAllowedIsRefused() throws IOException {
        nested(DEFAULTS.withMaxOutputBytes(32)).close();
        assertThatThrownBy(() -> nested(DEFAULTS.withMaxOutputBytes(31)))
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.kind()).isEqualTo(Kind.LIMIT))
                .hasMessageContaining("more than 31 bytes");
    }

    @Test
    void unknownClassesAreReportedOrRefused() throws IOException {
        PickleBytes pickle = PickleBytes.start().op('}', '(').text("args");
        pickle.global("argparse", "Namespace").op(')', 0x81, '}', 'b').text("w");
        Path file = Crafted.of(whole(pickle).op('u').stop())
                .with("data/0", new byte[16])
                .write(folder);

        try (Checkpoint checkpoint = Listing.open(file)) {
            assertThat(checkpoint.report().unknownGlobals()).containsExactly("argparse.Namespace");
        }
        assertThatThrownBy(() -> Listing.open(file, DEFAULTS.withStrict(true)))
                .hasMessageContaining("names 'argparse.Namespace', which is not on torch's allow-list");
    }

    @Test
    void twoTensorsOfOneNameAreRefused() throws IOException {
        PickleBytes pickle = whole(PickleBytes.start().op('}', '(').text("a.b"));
        pickle.text("a").op('}', '(');
        byte[] bytes = part(pickle.text("b"), 0).op('u', 'u').stop();
        Path file = Crafted.of(bytes).with("data/0", new byte[16]).write(folder);

        assertThatThrownBy(() -> Listing.open(file)).hasMessage("crafted.pt: two tensors are called 'a.b'");
    }
}
