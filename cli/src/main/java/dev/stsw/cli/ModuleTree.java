package dev.stsw.cli;

import dev.stsw.format.TensorMeta;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Tensors as a tree by their dotted names. Numbered modules that are alike (same names, dtypes and shapes below) are
/// one node, `{0..31}`, with all of their tensors counted.
final class ModuleTree {
    private final Map<String, ModuleTree> children = new LinkedHashMap<>();
    private String name = "";
    private @Nullable TensorMeta tensor;
    private long tensors;
    private long parameters;
    private long bytes;

    /// @param count what each tensor stands for
    static ModuleTree of(List<TensorMeta> tensors, ToLongFunction<TensorMeta> count) {
        ModuleTree root = new ModuleTree();
        for (TensorMeta tensor : tensors) {
            root.add(tensor, count.applyAsLong(tensor));
        }
        root.fold();
        return root;
    }

    private void add(TensorMeta leaf, long count) {
        ModuleTree node = this;
        node.count(leaf, count);
        String path = leaf.name();
        for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.')) {
            node = node.child(path.substring(0, dot));
            node.count(leaf, count);
            path = path.substring(dot + 1);
        }
        node = node.child(path);
        node.count(leaf, count);
        node.tensor = leaf;
    }

    private ModuleTree child(String key) {
        ModuleTree child = children.computeIfAbsent(key, k -> new ModuleTree());
        child.name = key;
        return child;
    }

    private void count(TensorMeta leaf, long count) {
        tensors++;
        parameters += count;
        bytes += leaf.byteSize();
    }

    /// Puts alike neighbours together, from below, and joins a module with its only child.
    ///
    /// @return what is below, in words that are the same for nodes that are alike
    private String fold() {
        StringBuilder below = new StringBuilder();
        if (tensor != null) {
            below.append(tensor.dtype()).append(tensor.shape());
        }
        Map<String, List<ModuleTree>> alike = new LinkedHashMap<>();
        for (ModuleTree child : children.values()) {
            String form = child.fold();
            String key = isNumber(child.name) ? "#" + form : child.name.length() + child.name + form;
            alike.computeIfAbsent(key, k -> new ArrayList<>()).add(child);
        }
        children.clear();
        for (Map.Entry<String, List<ModuleTree>> group : alike.entrySet()) {
            ModuleTree folded = merged(group.getValue());
            children.put(folded.name, folded);
            below.append('(').append(folded.name).append(group.getKey()).append(')');
        }
        join();
        return below.toString();
    }

    private static boolean isNumber(String text) {
        return text.length() < 10 && text.matches("0|[1-9][0-9]*");
    }

    private static ModuleTree merged(List<ModuleTree> alike) {
        ModuleTree first = alike.get(0);
        if (alike.size() > 1) {
            TreeMap<Integer, Integer> runs = new TreeMap<>();
            alike.stream()
                    .mapToInt(node -> Integer.parseInt(node.name))
                    .sorted()
                    .forEach(number -> {
                        Map.Entry<Integer, Integer> last = runs.lastEntry();
                        runs.put(last != null && last.getValue() == number - 1 ? last.getKey() : number, number);
                    });
            List<String> texts = new ArrayList<>();
            runs.forEach((from, to) -> texts.add(from.equals(to) ? "" + from : from + ".." + to));
            first.name = "{" + String.join(",", texts) + "}";
            first.repeat(alike);
        }
        return first;
    }

    private void repeat(List<ModuleTree> alike) {
        int times = alike.size();
        tensors = alike.stream().mapToLong(node -> node.tensors).sum();
        parameters = alike.stream().mapToLong(node -> node.parameters).sum();
        bytes = alike.stream().mapToLong(node -> node.bytes).sum();
        children.values().forEach(child -> child.multiply(times));
    }

    private void multiply(int times) {
        tensors *= times;
        parameters *= times;
        bytes *= times;
        children.values().forEach(child -> child.multiply(times));
    }

    private void join() {
        for (ModuleTree child : List.copyOf(children.values())) {
            while (child.children.size() == 1 && child.tensor == null) {
                ModuleTree only = child.children.values().iterator().next();
                child.name += "." + only.name;
                child.tensor = only.tensor;
                child.children.clear();
                child.children.putAll(only.children);
            }
        }
    }

    /// Of a tensor, or of the first one of those that were put together.
    Optional<TensorMeta> tensor() {
        return Optional.ofNullable(tensor);
    }

    long tensors() {
        return tensors;
    }

    long parameters() {
        return parameters;
    }

    long bytes() {
        return bytes;
    }

    /// A node on paper.
    ///
    /// @param node it
    /// @param label its name behind the lines that lead to it
    record Line(ModuleTree node, String label) {}

    /// The nodes below this one in the order of reading.
    ///
    /// @param depth how many levels
    List<Line> lines(int depth) {
        List<Line> lines = new ArrayList<>();
        addLines("", depth, lines);
        return lines;
    }

    private void addLines(String indent, int depth, List<Line> lines) {
        int left = children.size();
        for (ModuleTree child : children.values()) {
            left--;
            lines.add(new Line(child, indent + (left == 0 ? "└─ " : "├─ ") + child.name));
            if (depth > 1) {
                child.addLines(indent + (left == 0 ? "   " : "│  "), depth - 1, lines);
            }
        }
    }

    /// Writes the members of its JSON object.
    void writeTo(Json object, int depth) {
        object.name("name").string(name);
        object.name("tensors").number(tensors);
        object.name("parameters").number(parameters);
        object.name("nbytes").number(bytes);
        if (tensor != null) {
            TensorMeta one = tensor;
            object.name("dtype").string(one.dtype().name());
            object.name("shape").numbers(one.shape().toArray());
        }
        if (depth > 1 && !children.isEmpty()) {
            object.name("children")
                    .array(array -> children.values()
                            .forEach(child -> array.object(member -> child.writeTo(member, depth - 1))));
        }
    }
}
