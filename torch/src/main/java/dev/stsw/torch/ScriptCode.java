package dev.stsw.torch;

import dev.stsw.torch.Value.Global;
import dev.stsw.torch.Value.Obj;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the source code in a TorchScript archive says of its modules: which of their tensors are parameters and buffers,
 * and so belong to {@code state_dict()}. The others are attributes. The code is read by lines, never run.
 */
final class ScriptCode {
    /** All of the code together; that of real models takes a few megabytes. */
    private static final long MOST_BYTES = 64L << 20;

    private static final int LONGEST_LINE = 1 << 16;

    private static final Pattern CLASS = Pattern.compile("class (\\w+)\\(.*\\):");
    private static final Pattern PARAMETERS = Pattern.compile(" +__parameters__ = \\[(.*)]");
    private static final Pattern BUFFERS = Pattern.compile(" +__buffers__ = \\[(.*)]");
    private static final Pattern NAME = Pattern.compile("\"([^\"\\\\]*)\"");

    /**
     * A module's own tensors by the names of its attributes.
     *
     * @param buffers null where the code does not say it, before torch 1.7: then all others are
     */
    record Members(Set<String> parameters, @Nullable Set<String> buffers) {}

    private final Map<String, Members> modules = new HashMap<>();
    private final Budget budget;

    private ScriptCode(Budget budget) {
        this.budget = budget;
    }

    static ScriptCode read(ZipEntries entries, Budget budget) throws IOException {
        ScriptCode code = new ScriptCode(budget);
        List<String> files = entries.paths().stream()
                .filter(path -> path.startsWith("code/") && path.endsWith(".py"))
                .sorted()
                .toList();
        long left = MOST_BYTES;
        for (String path : files) {
            Blob file = entries.find(path);
            if (file != null && file.size() <= left) {
                left -= file.size();
                code.read(path, file);
            }
        }
        return code;
    }

    private void read(String path, Blob file) throws IOException {
        String module =
                path.substring("code/".length(), path.length() - ".py".length()).replace('/', '.');
        String name = "";
        Set<String> parameters = Set.of();
        try (ByteStream stream = file.stream()) {
            Input input = new Input(stream, path);
            while (input.remaining() > 0) {
                String line = line(input);
                Matcher type = CLASS.matcher(line);
                Matcher named = PARAMETERS.matcher(line);
                Matcher buffers = BUFFERS.matcher(line);
                if (type.matches()) {
                    name = module + "." + type.group(1);
                } else if (named.matches()) {
                    parameters = names(named.group(1));
                    modules.put(name, new Members(parameters, null));
                } else if (buffers.matches()) {
                    modules.put(name, new Members(parameters, names(buffers.group(1))));
                }
            }
        }
    }

    /** Empty for one that is too long to be of interest: what follows of it begins with no class. */
    private static String line(Input input) throws IOException {
        byte[] line = input.lineOrRest(LONGEST_LINE);
        return line == null ? "" : new String(line, StandardCharsets.UTF_8);
    }

    private Set<String> names(String list) throws CheckpointException {
        budget.charge(200 + 4L * list.length());
        Set<String> names = new HashSet<>();
        Matcher name = NAME.matcher(list);
        while (name.find()) {
            names.add(name.group(1));
        }
        return names;
    }

    /** What the code says of an object's class; null if that is no module, or not in the code. */
    @Nullable
    Members of(Obj object) {
        if (!isScripted(object) || !(object.callable instanceof Global type)) {
            return null;
        }
        return modules.get(type.module() + "." + type.name());
    }

    /** Whether an object is of a class of TorchScript's own. */
    static boolean isScripted(Value value) {
        return value instanceof Obj object
                && object.callable instanceof Global type
                && (type.module() + ".").startsWith("__torch__.");
    }
}
