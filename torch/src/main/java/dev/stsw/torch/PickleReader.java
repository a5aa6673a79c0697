package dev.stsw.torch;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.Atom;
import dev.stsw.torch.Value.Bytes;
import dev.stsw.torch.Value.Dict;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.Obj;
import dev.stsw.torch.Value.Text;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Pickles of protocols 1 to 5 (and what protocol 0 shares with them) as inert values. Opcodes as in CPython's {@code
 * Lib/pickle.py}; nothing is looked up, created or called.
 */
final class PickleReader {
    /** What a persistent id stands for: the storages of a checkpoint. */
    interface PersistentIds {
        Value load(Value id) throws CheckpointException;
    }

    /** torch's names have tens of characters. */
    private static final int LONGEST_GLOBAL = 1024;

    /** Two texts are made, joined and looked up. */
    private static final int STEPS_OF_A_NAME = 8;

    private static final int HIGHEST_PROTOCOL = 5;

    /** Nothing can be put into it, so one is enough. */
    private static final Items EMPTY_TUPLE = new Items(Items.Kind.TUPLE, List.of());

    private final Input input;
    private final Budget budget;
    private final Globals globals;
    private final PersistentIds persistentIds;
    private final @Nullable Origin origin;
    private final PickleScalars scalars;
    private PickleStack stack;
    private Memo memo;

    /** How often a function whose arguments must be looked at was put on the stack and not called yet. */
    private long uncalled;

    /** For pickles whose byte strings are of no use. */
    PickleReader(Input input, Budget budget, Globals globals, PersistentIds persistentIds) {
        this(input, null, budget, globals, persistentIds);
    }

    /** @param origin where byte strings of the pickle can be read later */
    PickleReader(Input input, @Nullable Origin origin, Budget budget, Globals globals, PersistentIds persistentIds) {
        this.input = input;
        this.origin = origin;
        this.budget = budget;
        this.globals = globals;
        this.persistentIds = persistentIds;
        this.scalars = new PickleScalars(input, origin, budget);
        this.stack = new PickleStack(budget);
        this.memo = new Memo(budget);
    }

    /** Reads one pickle, up to and with its STOP. The next may follow in the same input. */
    Value read() throws IOException {
        stack = new PickleStack(budget);
        memo = new Memo(budget);
        try {
            for (int opcode = input.u8(); opcode != '.'; opcode = input.u8()) {
                budget.work(1);
                if (!scalar(opcode) && !container(opcode) && !memory(opcode) && !object(opcode)) {
                    throw unknown(opcode);
                }
            }
            if (uncalled != 0) {
                throw input.fault(
                        Kind.HOSTILE, "refused: the file names a function like 'builtins.getattr' without calling it");
            }
            return stack.pop();
        } catch (PickleStack.Misuse e) {
            throw input.fault(Kind.CORRUPT, "not a sound pickle: " + e.getMessage());
        }
    }

    private boolean scalar(int opcode) throws IOException {
        switch (opcode) {
            case 'N' -> stack.push(Atom.NONE);
            case 0x88 -> stack.push(Atom.TRUE);
            case 0x89 -> stack.push(Atom.FALSE);
            case 'K' -> stack.push(scalars.integer(input.u8()));
            case 'M' -> stack.push(scalars.integer(input.u16()));
            case 'J' -> stack.push(scalars.integer(input.i32()));
            case 0x8a -> stack.push(scalars.longInteger(input.u8()));
            case 0x8b -> stack.push(scalars.longInteger(input.i32()));
            case 'I' -> stack.push(scalars.integerLine());
            case 'L' -> stack.push(scalars.longLine());
            case 'F' -> stack.push(scalars.floatLine());
            case 'G' -> stack.push(isScale() ? scalars.real() : scalars.skip(8, Atom.FLOAT));
            case 0x8c -> stack.push(scalars.text(input.u8()));
            case 'X' -> stack.push(scalars.text(input.u32()));
            case 0x8d -> stack.push(scalars.text(input.i64()));
            case 'V' -> stack.push(scalars.textLine());
            case 'U' -> stack.push(scalars.oldText(input.u8()));
            case 'T' -> stack.push(scalars.oldText(input.i32()));
            case 'S' -> stack.push(scalars.oldTextLine());
            case 'C' -> stack.push(scalars.bytes(input.u8()));
            case 'B' -> stack.push(scalars.bytes(input.u32()));
            case 0x8e, 0x96 -> stack.push(scalars.bytes(input.i64()));
            default -> {
                return false;
            }
        }
        return true;
    }

    /** {@code (torch.per_tensor_affine, scale, zero_point)} is the only place where a float matters. */
    private boolean isScale() {
        return stack.top() instanceof Value.Global scheme
                && (scheme.is("torch.per_tensor_affine") || scheme.is("torch.per_tensor_symmetric"));
    }

    private boolean container(int opcode) throws IOException {
        switch (opcode) {
            case ')' -> stack.push(EMPTY_TUPLE);
            case 0x85 -> stack.push(items(Items.Kind.TUPLE, stack.pop(1)));
            case 0x86 -> stack.push(items(Items.Kind.TUPLE, stack.pop(2)));
            case 0x87 -> stack.push(items(Items.Kind.TUPLE, stack.pop(3)));
            case 't' -> stack.push(items(Items.Kind.TUPLE, stack.popToMark()));
            case ']' -> stack.push(items(Items.Kind.LIST, new ArrayList<>(0)));
            case 'l' -> stack.push(items(Items.Kind.LIST, new ArrayList<>(stack.popToMark())));
            case 'a' -> append(stack.pop(1));
            case 'e' -> append(stack.popToMark());
            case '}' -> stack.push(dict());
            case 'd' -> {
                List<Value> entries = stack.popToMark();
                stack.push(dict());
                setItems(entries);
            }
            case 's' -> setItems(stack.pop(2));
            case 'u' -> setItems(stack.popToMark());
            case 0x8f -> stack.push(items(Items.Kind.SET, new ArrayList<>(0)));
            case 0x90 -> append(stack.popToMark());
            case 0x91 -> stack.push(items(Items.Kind.SET, new ArrayList<>(stack.popToMark())));
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean memory(int opcode) throws IOException {
        switch (opcode) {
            case 0x80 -> protocol(input.u8());
            case 0x95 -> frame(input.i64());
            case '(' -> stack.mark();
            case '0' -> stack.drop();
            case '1' -> stack.popToMark();
            case '2' -> stack.push(counted(stack.peek()));
            case 'q' -> memo.put(input.u8(), stack.peek());
            case 'r' -> memo.put(input.u32(), stack.peek());
            case 'p' -> memo.put(scalars.indexLine(), stack.peek());
            case 0x94 -> memo.add(stack.peek());
            case 'h' -> stack.push(remembered(input.u8()));
            case 'j' -> stack.push(remembered(input.u32()));
            case 'g' -> stack.push(remembered(scalars.indexLine()));
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean object(int opcode) throws IOException {
        switch (opcode) {
            case 'c' -> stack.push(global(globalLine(), globalLine()));
            case 0x93 -> {
                Value name = stack.pop();
                stack.push(global(globalText(stack.pop()), globalText(name)));
            }
            case 'R', 0x81 -> {
                Value arguments = stack.pop();
                stack.push(call(stack.pop(), arguments));
            }
            case 0x92 -> {
                // The keyword arguments are of no use to us.
                stack.pop();
                Value arguments = stack.pop();
                stack.push(call(stack.pop(), arguments));
            }
            case 'o' -> {
                List<Value> all = stack.popToMark();
                if (all.isEmpty()) {
                    throw new PickleStack.Misuse("an object without a class");
                }
                stack.push(call(all.get(0), items(Items.Kind.TUPLE, all.subList(1, all.size()))));
            }
            case 'i' -> {
                Value type = global(globalLine(), globalLine());
                stack.push(call(type, items(Items.Kind.TUPLE, stack.popToMark())));
            }
            case 'b' -> build(stack.pop());
            case 'Q' -> {
                budget.work(STEPS_OF_A_NAME);
                budget.charge(48); // A new reference each time, though the id may be a remembered one.
                stack.push(persistentIds.load(stack.pop()));
            }
            case 'P' ->
                throw input.fault(
                        Kind.UNSUPPORTED,
                        "written with pickle protocol 0, which torch itself cannot load; save it with the default protocol");
            default -> {
                return false;
            }
        }
        return true;
    }

    private CheckpointException unknown(int opcode) {
        return switch (opcode) {
            case 0x82, 0x83, 0x84 ->
                input.fault(Kind.UNSUPPORTED, "needs Python's extension registry, which no checkpoint does");
            case 0x97, 0x98 -> input.fault(Kind.UNSUPPORTED, "its data lies in buffers outside of the file");
            default ->
                input.fault(
                        Kind.CORRUPT,
                        String.format(Locale.ROOT, "not a sound pickle: no opcode 0x%02x exists", opcode));
        };
    }

    private void protocol(int version) throws CheckpointException {
        if (version > HIGHEST_PROTOCOL) {
            throw input.fault(
                    Kind.UNSUPPORTED, "pickle protocol " + version + ", expected " + HIGHEST_PROTOCOL + " at most");
        }
    }

    private void frame(long length) throws CheckpointException {
        if (length < 0 || length > input.remaining()) {
            throw input.fault(
                    Kind.CORRUPT, "a frame of " + length + " bytes, but only " + input.remaining() + " remain");
        }
    }

    private Value remembered(long index) throws CheckpointException {
        Value value = memo.get(index);
        if (value == null) {
            throw input.fault(Kind.CORRUPT, "not a sound pickle: nothing is remembered as number " + index);
        }
        return counted(value);
    }

    private Items items(Items.Kind kind, List<Value> values) throws CheckpointException {
        budget.charge(48 + 8L * values.size());
        return new Items(kind, values);
    }

    private Dict dict() throws CheckpointException {
        budget.charge(80);
        return new Dict();
    }

    private void append(List<Value> values) throws CheckpointException {
        budget.charge(12L * values.size());
        Value target = stack.peek();
        if (target instanceof Items items && !items.is(Items.Kind.TUPLE)) {
            items.values.addAll(values);
        } else if (target instanceof Obj object) {
            if (object.appended == null) {
                object.appended = items(Items.Kind.LIST, new ArrayList<>(0));
            }
            object.appended.values.addAll(values);
        } else {
            throw new PickleStack.Misuse("appends to a " + target.describe());
        }
    }

    private void setItems(List<Value> entries) throws IOException {
        Value target = stack.peek();
        Dict dict;
        if (target instanceof Obj object) {
            if (object.entries == null) {
                object.entries = dict();
            }
            dict = object.entries;
        } else if (target instanceof Dict plain) {
            dict = plain;
        } else {
            throw new PickleStack.Misuse("sets entries of a " + target.describe());
        }
        if (entries.size() % 2 != 0) {
            throw new PickleStack.Misuse("a dict key without a value");
        }
        budget.charge(12L * entries.size());
        for (int i = 0; i < entries.size(); i += 2) {
            Value key = entries.get(i);
            // As in Python. Nothing is hashed here either: entries are a list until someone asks for names.
            if (key instanceof Dict || (key instanceof Items items && !items.is(Items.Kind.TUPLE))) {
                throw input.fault(Kind.HOSTILE, "a " + key.describe() + " as the key of a dict");
            }
            dict.put(key instanceof Bytes bytes && bytes.isText() ? longKey(bytes) : key, entries.get(i + 1));
        }
    }

    /** A name of more than a thousand characters: rare, but as good as any. */
    private Value longKey(Bytes text) throws IOException {
        if (text.size() > PickleScalars.LONGEST_TEXT) {
            return text;
        }
        budget.charge(56 + text.size());
        return new Text(new String(Streams.all(text.blob()), StandardCharsets.ISO_8859_1));
    }

    private Value call(Value callable, Value arguments) throws IOException {
        if (!(callable instanceof Value.Global) && !(callable instanceof Obj)) {
            throw new PickleStack.Misuse("calls a " + callable.describe());
        }
        if (callable instanceof Value.Global global && global.is("_codecs.encode")) {
            return encoded(arguments);
        }
        if (callable instanceof Value.Global global && global.is(Globals.LOAD_FROM_BYTES)) {
            Value storage = NestedFile.storage(arguments, budget, globals);
            return storage == null ? new Obj(callable, arguments) : storage;
        }
        budget.charge(40);
        Obj object = new Obj(callable, arguments);
        // How StyleGAN's modules are saved: with their source code, which is not run, and their state as an entry.
        if (callable instanceof Value.Global global
                && global.name().equals("_reconstruct_persistent_obj")
                && object.argument(0) instanceof Dict meta) {
            object.state = meta.get("state");
        }
        return isLookedInto(callable) ? lookedInto(object) : object;
    }

    private Value counted(Value value) {
        uncalled += isLookedInto(value) ? 1 : 0;
        return value;
    }

    /** Functions that are harmless or not by what they are called with. */
    private static boolean isLookedInto(Value value) {
        return value instanceof Value.Global global
                && (global.is("builtins.getattr")
                        || global.is("dill._dill._load_type")
                        || global.is("dill.dill._load_type"));
    }

    private Value lookedInto(Obj call) throws CheckpointException {
        uncalled--;
        try {
            if (call.isOf("builtins.getattr")) {
                return globals.attribute(call);
            }
            Globals.requireHarmlessType(call);
            return call;
        } catch (CheckpointException e) {
            throw input.fault(e.kind(), e.problem());
        }
    }

    /** How protocols 0 to 2 write byte strings: {@code _codecs.encode(text, 'latin1')}. */
    private Value encoded(Value arguments) throws CheckpointException {
        Value text = arguments instanceof Items items && !items.values.isEmpty() ? items.values.get(0) : Atom.NONE;
        if (text instanceof Bytes bytes) {
            return bytes.asBytes();
        }
        if (origin == null || !(text instanceof Text shortText)) {
            return Atom.BYTES;
        }
        String string = shortText.value();
        boolean latin1 = string.chars().allMatch(c -> c <= 0xff);
        budget.charge(200 + string.length());
        return latin1 ? Bytes.of(string.getBytes(StandardCharsets.ISO_8859_1), origin) : Atom.BYTES;
    }

    private void build(Value state) throws CheckpointException {
        if (!(stack.peek() instanceof Obj object)) {
            throw new PickleStack.Misuse("sets the state of a " + stack.peek().describe());
        }
        object.state = state;
    }

    private String globalLine() throws IOException {
        byte[] line = input.line(LONGEST_GLOBAL);
        if (line == null) {
            throw input.fault(Kind.HOSTILE, "a class name of more than " + LONGEST_GLOBAL + " bytes");
        }
        return new String(line, StandardCharsets.UTF_8);
    }

    private String globalText(Value value) throws CheckpointException {
        if (value instanceof Text text && text.value().length() <= LONGEST_GLOBAL) {
            return text.value();
        }
        throw input.fault(Kind.HOSTILE, "a " + value.describe() + " as the name of a class");
    }

    private Value global(String module, String name) throws CheckpointException {
        budget.work(STEPS_OF_A_NAME);
        try {
            return counted(globals.name(module, name));
        } catch (CheckpointException e) {
            throw input.fault(e.kind(), e.problem());
        }
    }
}
