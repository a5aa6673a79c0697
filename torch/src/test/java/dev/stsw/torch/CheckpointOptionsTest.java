package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.stsw.torch.CheckpointOptions.Shared;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointOptionsTest {
    private static final CheckpointOptions OPTIONS = CheckpointOptions.defaults();

    static Stream<ThrowingCallable> nulls() {
        return Stream.of(
                () -> OPTIONS.withFileName(null),
                () -> OPTIONS.withKey(null),
                () -> OPTIONS.withStripPrefix(null),
                () -> OPTIONS.withShared(null),
                () -> OPTIONS.withKept(null),
                () -> OPTIONS.withFilter(null),
                () -> OPTIONS.withScratchFolder(null));
    }

    @ParameterizedTest
    @MethodSource("nulls")
    void nullIsRefusedWhereItIsGiven(ThrowingCallable call) {
        assertThatNullPointerException().isThrownBy(call);
    }

    @Test
    void whatWasGivenCannotBeChangedAfterwards() {
        List<String> names = new ArrayList<>(List.of("a"));
        CheckpointOptions options = OPTIONS.withKept(names);
        names.add("b");
        assertThat(options.kept()).containsExactly("a");
        assertThat(options.shared()).isEqualTo(Shared.KEEP_FIRST);
        assertThat(OPTIONS.kept()).isEmpty();
    }
}
