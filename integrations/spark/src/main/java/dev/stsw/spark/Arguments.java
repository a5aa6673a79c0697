package dev.stsw.spark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A command line: paths, options with a value ({@code --report x} or {@code --report=x}) and switches. */
final class Arguments {
    /** Wrong usage; the message is for the user. */
    static final class UsageException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }

    private final Set<String> withValue;
    private final Set<String> switches;
    private final List<String> paths = new ArrayList<>();
    private final Map<String, String> values = new HashMap<>();

    private Arguments(Set<String> withValue, Set<String> switches) {
        this.withValue = withValue;
        this.switches = switches;
    }

    /** Knows these options, which take a value. */
    static Arguments of(String... options) {
        return new Arguments(Set.of(options), Set.of());
    }

    /** Knows these switches, too. */
    Arguments withSwitches(String... names) {
        return new Arguments(withValue, Set.of(names));
    }

    /**
     * Reads a command line.
     *
     * @throws UsageException if it has an unknown option, one without its value, or one twice
     */
    Arguments parse(String[] args) {
        for (int i = 0; i < args.length; i++) {
            if (!args[i].startsWith("--")) {
                paths.add(args[i]);
                continue;
            }
            int equals = args[i].indexOf('=');
            String name = args[i].substring(2, equals < 0 ? args[i].length() : equals);
            String value = "";
            if (withValue.contains(name)) {
                if (equals < 0 && i + 1 == args.length) {
                    throw new UsageException("option --" + name + " needs a value");
                }
                value = equals < 0 ? args[++i] : args[i].substring(equals + 1);
            } else if (!switches.contains(name) || equals >= 0) {
                throw new UsageException("unknown option " + args[i]);
            }
            if (values.put(name, value) != null) {
                throw new UsageException("option --" + name + " is given twice");
            }
        }
        if (paths.isEmpty()) {
            throw new UsageException("a path is missing");
        }
        return this;
    }

    List<String> paths() {
        return paths;
    }

    boolean has(String option) {
        return values.containsKey(option);
    }

    /** The value of an option that is there. */
    String get(String option) {
        String value = values.get(option);
        if (value == null) {
            throw new UsageException("option --" + option + " is missing");
        }
        return value;
    }

    String get(String option, String otherwise) {
        return values.getOrDefault(option, otherwise);
    }
}
