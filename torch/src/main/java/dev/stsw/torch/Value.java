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

    /** Values without content, and contents that nobody needs: floats and bytes are skipped, not stored. */
    enum Atom implements Value {
        NONE("None"),
        TRUE("bool"),
        FALSE("bool"),
        FLOAT("float"),
        HUGE_INT("int"),
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

    /** A list, tuple or set. */
    final class Items implements Value {
        enum Kind {
            LIST,
            TUPLE,
            SET
        }

        final Kind kind;
        final List<Value> values;

        Items(Kind kind, List<Value> values) {
            this.kind = kind;
            this.values = values;
        }

        boolean is(Kind expected) {
            return kind == expected;
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
}
