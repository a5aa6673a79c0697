package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NoteTest {
    private static List<String> lines(List<Note> notes, boolean verbose) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Output out = new Output(bytes);
        Note.print(notes, verbose, out);
        out.flush();
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static List<Note> notes(int count, String kind, String detail) {
        List<Note> notes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            notes.add(new Note(kind, "part" + i, detail.replace("#", Integer.toString(i))));
        }
        return notes;
    }

    @Test
    void fewAreListed() {
        assertThat(lines(notes(10, Note.SKIPPED, "int"), false)).hasSize(10).contains("skipped: part9 (int)");
    }

    @Test
    void manyAreSummedUpWithTheCommonestReasons() {
        List<Note> notes = notes(3, Note.SKIPPED, "str");
        notes.addAll(notes(150, Note.SKIPPED, "int"));
        notes.addAll(notes(40, Note.SKIPPED, "dict of #"));
        notes.addAll(notes(2, Note.SKIPPED, "float"));
        notes.add(new Note(Note.DROPPED, "optimizer", "dict of 2"));
        notes.addAll(notes(1, Note.SKIPPED, "bool"));
        assertThat(lines(notes, false))
                .containsExactly(
                        "skipped: 196 (int: 150, dict of n: 40, str: 3, 2 other reasons; --verbose lists them)",
                        "dropped: optimizer (dict of 2)");
        assertThat(lines(notes, true)).hasSize(197).contains("skipped: part39 (dict of 39)");
    }

    @Test
    void whatHasNoCommonReasonGetsAnExample() {
        List<Note> notes = new ArrayList<>();
        for (char name = 'a'; name <= 'l'; name++) {
            notes.add(new Note(Note.RENAMED, "model." + name, Character.toString(name)));
        }
        assertThat(lines(notes, false)).containsExactly("renamed: 12 (such as model.a -> a; --verbose lists them)");
    }

    @Test
    void aWarningIsNotHiddenByManyOfAnotherKind() {
        List<Note> notes = notes(42, Note.WARNING, "was not run");
        notes.add(new Note(Note.WARNING, "", "the sums were not checked"));
        notes.addAll(notes(3, Note.WARNING, "# became infinite"));
        assertThat(lines(notes, false))
                .containsExactly(
                        "warning: 42 such as part0 (was not run) (--verbose lists them)",
                        "warning: the sums were not checked",
                        "warning: part0 (0 became infinite)",
                        "warning: part1 (1 became infinite)",
                        "warning: part2 (2 became infinite)");
    }
}
