package dev.stsw;

import dev.stsw.format.Header;
import dev.stsw.format.HeaderException;
import dev.stsw.format.TensorMeta;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;

/// The reference's verdicts about two thousand files (`headers.tsv`), and what follows from them for endlessly many
/// others: a file that it accepts, rewritten without changing what it says, is accepted and says the same; one that
/// is broken in a way that no JSON, no UTF-8 or no safetensors file can be, is refused.
///
/// Bytes choose the file and what is done to it. Nothing here asks our parser what it thinks; see [JsonTokens].
final class Verdicts {
    private static final List<Verdict> ALL = load();
    /// Most can be done to these.
    private static final List<Verdict> ACCEPTED =
            ALL.stream().filter(Verdict::weAccept).toList();

    private Verdicts() {}

    /// @param deviates whether we refuse it although the reference accepts it
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Verdict(String name, boolean accepted, boolean deviates, byte[] file) {
        boolean weAccept() {
            return accepted && !deviates;
        }
    }

    /// A file, and what must become of it; `original` has the same tensors, if it is accepted.
    @SuppressWarnings("ArrayRecordComponent")
    record Expectation(byte[] file, boolean accepted, byte[] original, String why) {}

    private static List<Verdict> load() {
        try {
            return Golden.rows("headers.tsv").stream()
                    .map(row -> new Verdict(
                            row[0],
                            row[1].equals("accept"),
                            row.length > 4 && !row[4].isEmpty(),
                            Base64.getDecoder().decode(row[3])))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What follows from one of the verdicts, as the bytes choose.
    static Expectation expectation(byte[] bytes) {
        Choices choices = new Choices(bytes);
        List<Verdict> some = choices.next(8) == 0 ? ALL : ACCEPTED;
        Verdict verdict = some.get(choices.next(some.size()));
        if (!verdict.weAccept()) {
            return refused(verdict, choices);
        }
        JsonTokens json = JsonTokens.of(verdict.file);
        List<String> done = new ArrayList<>();
        for (int n = choices.next(6); n > 0; n--) {
            done.add(json.rewrite(choices));
        }
        String why = verdict.name + " " + done;
        if (choices.next(3) > 0) {
            return new Expectation(file(json.bytes(), data(verdict)), true, verdict.file, why);
        }
        if (choices.next(8) == 0) {
            byte[] data = data(verdict);
            int length = data.length == 0 || choices.next(2) == 0 ? data.length + 1 : data.length - 1;
            byte[] file = file(json.bytes(), Arrays.copyOf(data, length));
            return new Expectation(file, false, file, why + " with other data");
        }
        String breach = json.breach(choices);
        byte[] file = file(json.bytes(), data(verdict));
        return new Expectation(file, false, file, why + " and then " + breach);
    }

    /// What the reference refuses stays as it is, or is no UTF-8 besides.
    private static Expectation refused(Verdict verdict, Choices choices) {
        byte[] file = verdict.file.clone();
        int json = JsonTokens.length(file);
        if (json > 0 && choices.next(2) == 0) {
            file[Header.PREFIX_BYTES + choices.next(json)] = (byte) 0xff;
        }
        return new Expectation(file, false, file, verdict.name);
    }

    private static byte[] data(Verdict verdict) {
        int start = Header.PREFIX_BYTES + JsonTokens.length(verdict.file);
        return Arrays.copyOfRange(verdict.file, start, verdict.file.length);
    }

    private static byte[] file(byte[] json, byte[] data) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(ByteBuffer.allocate(Header.PREFIX_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .array());
        file.writeBytes(json);
        file.writeBytes(data);
        return file.toByteArray();
    }

    /// Fails where our verdict is not what follows from the reference's.
    static void check(byte[] bytes) {
        Expectation expected = expectation(bytes);
        List<TensorMeta> found;
        try {
            found = tensors(expected.file);
        } catch (HeaderException e) {
            if (expected.accepted) {
                throw new AssertionError("refused: " + expected.why, e);
            }
            return;
        }
        if (!expected.accepted) {
            throw new AssertionError("accepted: " + expected.why);
        }
        try {
            if (!found.equals(tensors(expected.original))) {
                throw new AssertionError("other tensors: " + expected.why);
            }
        } catch (HeaderException e) {
            throw new AssertionError(e);
        }
    }

    private static List<TensorMeta> tensors(byte[] file) throws HeaderException {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        int length = Header.jsonLength(bytes, file.length);
        Header header = Header.parse(bytes.slice(0, Header.PREFIX_BYTES + length), file.length);
        return header.tensors().stream()
                .sorted(Comparator.comparing(TensorMeta::name))
                .toList();
    }

    /// Numbers that bytes choose; 0 when they are used up.
    static final class Choices {
        private final byte[] bytes;
        private int at;

        Choices(byte[] bytes) {
            this.bytes = bytes;
        }

        int next(int bound) {
            int value = 0;
            for (int limit = 1; limit < bound; limit <<= 8) {
                value = value << 8 | (at < bytes.length ? bytes[at++] & 0xff : 0);
            }
            return Integer.remainderUnsigned(value, bound);
        }
    }
}
