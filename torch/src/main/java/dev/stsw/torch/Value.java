package dev.stsw.torch;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pickle describes, as inert data: naming a class makes a {@link Global}, calling one an {@link Obj}. Containers
 * are classes with identity, because a pickle can put one into itself.
 */
sealed interface Value {

    /** Type and size for messages: {@code dict of 3 entries}. */
    String describe();

    /** Values without content, and contents that nobody needs: floats are skipped, not stored. */
    enum Atom implements Value {
        NONE("None"),
        TRUE("bool"),
        FALSE("bool"),
        FLOAT("float"),
        HUGE_INT("int"),
        /** A byte string of which nobody knows where it lies. */
        BYTES("bytes"),
        LONG_TEXT("very long str"),
        /** Text that Java cannot hold and no header may: lone surrogates, broken UTF-8. */
        NOT_UNICODE("str that is not valid Unicode");

        private final String type;

        Atom(String type) {
            this.type = type;
        }

        @Override
        public String describe() {
            return type;
        }
    }

    /** A floating-point number, where one is needed: the scale of a quantized tensor. */
    record Real(double value) implements Value {
        @Override
        public String describe() {
            return "float";
        }
    }

    /** An integer of 64 bits. */
    record Int(long value) implements Value {
        @Override
        public String describe() {
            return "int";
        }
    }

    /** A larger integer. */
    record BigInt(BigInteger value) implements Value {
        @Override
        public String describe() {
            return "int";
        }
    }

    /** A string; of Python 2 too, whose bytes mostly were text. */
    record Text(String value) implements Value {
        @Override
        public String describe() {
            return "str";
        }
    }

    /** A byte string, or a longer text that may stand for one: where it lies. Its content stays there. */
    final class Bytes implements Value {
        private final Origin origin;
        private final long start;
        private final long stored;
        private final Coding coding;
        private final long size;
        private final boolean text;

        /**
         * @param start bytes from the start of the pickle's
         * @param stored how many there are in the pickle
         * @param size how many when decoded
         * @param text whether it is a text as long as nobody says otherwise
         */
        Bytes(Origin origin, long start, long stored, Coding coding, long size, boolean text) {
            this.origin = origin;
            this.start = start;
            this.stored = stored;
            this.coding = coding;
            this.size = size;
            this.text = text;
        }

        /** Of a short one in memory. */
        static Bytes of(byte[] content, Origin around) {
            FileRange range = HeapBytes.blob("byte string", content).stored();
            Origin origin = new Origin(range, around.spool(), around.depth());
            return new Bytes(origin, 0, content.length, Coding.STORED, content.length, false);
        }

        Origin origin() {
            return origin;
        }

        long start() {
            return start;
        }

        boolean isText() {
            return text;
        }

        Bytes asBytes() {
            return new Bytes(origin, start, stored, coding, size, false);
        }

        long size() {
            return size;
        }

        Blob blob() {
            return new Blob("byte string", origin.bytes().slice(start, stored), coding, size, 0);
        }

        @Override
        public String describe() {
            return !text ? "bytes" : size > PickleScalars.LONGEST_TEXT ? "very long str" : "str";
        }
    }

    /** A list, tuple or set. */
    final class Items implements Value {
        enum Kind {
            LIST,
            TUPLE,
            SET
        }

        final Kind kind;
        final List<Value> values;
        private @Nullable Boolean plain;

        Items(Kind kind, List<Value> values) {
            this.kind = kind;
            this.values = values;
        }

        boolean is(Kind expected) {
            return kind == expected;
        }

        /** Whether it holds nothing but numbers, texts and the like; not before all of the file was read. */
        boolean isPlain() {
            if (plain == null) { // A long list may be met very often, and does not change any more.
                plain = values.stream().allMatch(Flattener::isScalar);
            }
            return plain;
        }

        @Override
        public String describe() {
            return (kind == Kind.LIST ? "list" : kind == Kind.TUPLE ? "tuple" : "set") + " of " + values.size();
        }
    }

    /** A dict: entries in the order they were set. A later entry of an equal key replaces the earlier one's value. */
    final class Dict implements Value {
        final List<Value> keys = new ArrayList<>(0);
        final List<Value> values = new ArrayList<>(0);

        void put(Value key, Value value) {
            keys.add(key);
            values.add(value);
        }

        /** The value last set under this text; null if there is none. */
        @Nullable
        Value get(String key) {
            for (int i = keys.size() - 1; i >= 0; i--) {
                if (keys.get(i) instanceof Text text && text.value().equals(key)) {
                    return values.get(i);
                }
            }
            return null;
        }

        @Override
        public String describe() {
            return "dict of " + keys.size();
        }
    }

    /** A class or function by name. Never looked up. */
    record Global(String module, String name) implements Value {
        boolean is(String fullName) {
            return fullName.length() == module.length() + 1 + name.length()
                    && fullName.startsWith(module)
                    && fullName.charAt(module.length()) == '.'
                    && fullName.endsWith(name);
        }

        @Override
        public String toString() {
            return module + "." + name;
        }

        @Override
        public String describe() {
            return "reference to " + Quote.text(toString());
        }
    }

    /** What a call would have made: the callable, its arguments, and what was done to the result. Never called. */
    final class Obj implements Value {
        final Value callable;
        final Value arguments;
        /** Argument of {@code __setstate__}, or the attributes. */
        @Nullable
        Value state;
        /** What was put in by key, as into an OrderedDict. */
        @Nullable
        Dict entries;
        /** What was appended, as to a deque. */
        @Nullable
        Items appended;

        Obj(Value callable, Value arguments) {
            this.callable = callable;
            this.arguments = arguments;
        }

        boolean isOf(String fullName) {
            return callable instanceof Global global && global.is(fullName);
        }

        /** The {@code index}-th positional argument; null if there is none. */
        @Nullable
        Value argument(int index) {
            return arguments instanceof Items items && index < items.values.size() ? items.values.get(index) : null;
        }

        /** The class, where objects of protocols 0 and 1 go through {@code copyreg._reconstructor}. */
        Value type() {
            boolean indirect = isOf("copyreg._reconstructor") || isOf("copy_reg._reconstructor");
            Value type = indirect ? argument(0) : callable;
            return type == null ? callable : type;
        }

        @Override
        public String describe() {
            return type() instanceof Global global ? "object of " + Quote.text(global.toString()) : "object";
        }
    }

    /**
     * A storage in the file.
     *
     * @param type its class, such as {@code torch.FloatStorage}
     * @param key its name in the file
     * @param elements how many the pickle says it has; bytes where the type has no dtype
     * @param viewOffset elements before the part that is meant (files before torch 0.4)
     * @param viewElements size of that part
     */
    record StorageRef(Global type, String key, long elements, long viewOffset, long viewElements) implements Value {
        @Override
        public String describe() {
            return "storage without a tensor";
        }
    }

    /** A tensor that the container describes itself, beside the pickle. */
    record TensorRef(Value storage, long offset, List<Value> sizes, List<Value> strides) implements Value {
        @Override
        public String describe() {
            return "tensor";
        }
    }

    /** An array that lies in the file outside of any pickle. */
    record ArrayRef(NumpyHeader header, Blob blob) implements Value {
        @Override
        public String describe() {
            return "array";
        }
    }

    /** The same of which even the description cannot be read: a structure. */
    record OddArray(String problem) implements Value {
        @Override
        public String describe() {
            return "array";
        }
    }

    /** A storage that a byte string holds, as a file of torch.save: how pickle.dump writes it. */
    record LoadedStorage(StorageRef reference, Blob blob, boolean bigEndian) implements Value {
        @Override
        public String describe() {
            return "storage without a tensor";
        }
    }
}
