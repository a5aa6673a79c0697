package dev.stsw.spark;

import dev.stsw.format.TensorMeta;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.Literal;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * Which tensors a query wants, as far as their file, name and dtype tell: what fails it is never read. These columns are
 * never null, so that two truth values are enough.
 */
final class TensorFilter implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final List<String> COLUMNS = List.of("file", "name", "dtype");
    private static final int FILE = 0;

    private final String operator;
    /** Which column it compares; -1 if it joins other filters. */
    private final int column;

    private final HashSet<String> values;
    private final ArrayList<TensorFilter> children;

    private TensorFilter(String operator, int column, Set<String> values, List<TensorFilter> children) {
        this.operator = operator;
        this.column = column;
        this.values = new HashSet<>(values);
        this.children = new ArrayList<>(children);
    }

    /** Says the same as Spark's; null if that looks at other columns, or is not understood. */
    static @Nullable TensorFilter of(Predicate predicate) {
        String operator = predicate.name();
        Expression[] children = predicate.children();
        return switch (operator) {
            case "AND", "OR", "NOT" -> joined(operator, children);
            case "IS_NOT_NULL" -> columnOf(children[0]) < 0 ? null : new TensorFilter("AND", -1, Set.of(), List.of());
            case "=", "<=>", "<>" ->
                columnOf(children[0]) >= 0
                        ? compared(operator, children)
                        : compared(operator, children[1], children[0]);
            case "STARTS_WITH", "ENDS_WITH", "CONTAINS", "IN" -> compared(operator, children);
            default -> null;
        };
    }

    private static @Nullable TensorFilter joined(String operator, Expression[] children) {
        List<TensorFilter> parts = new ArrayList<>();
        for (Expression child : children) {
            TensorFilter part = child instanceof Predicate predicate ? of(predicate) : null;
            if (part == null) {
                return null;
            }
            parts.add(part);
        }
        return new TensorFilter(operator, -1, Set.of(), parts);
    }

    private static @Nullable TensorFilter compared(String operator, Expression... sides) {
        int column = columnOf(sides[0]);
        Set<String> values = new HashSet<>();
        for (int i = 1; i < sides.length; i++) {
            if (!(sides[i] instanceof Literal<?> literal) || !(literal.value() instanceof UTF8String text)) {
                return null;
            }
            values.add(text.toString());
        }
        return column < 0 ? null : new TensorFilter(operator, column, values, List.of());
    }

    private static int columnOf(Expression expression) {
        return expression instanceof NamedReference reference && reference.fieldNames().length == 1
                ? COLUMNS.indexOf(reference.fieldNames()[0])
                : -1;
    }

    /** Whether the file alone decides. */
    boolean isAboutFile() {
        return column >= 0 ? column == FILE : children.stream().allMatch(TensorFilter::isAboutFile);
    }

    /** Whether a tensor passes all of these. */
    static boolean all(List<TensorFilter> filters, TensorFile file, TensorMeta tensor) {
        return filters.stream()
                .allMatch(filter ->
                        filter.test(file.name(), tensor.name(), tensor.dtype().name()));
    }

    /** Whether a tensor passes; of its texts only those need be there that the filter looks at. */
    boolean test(String file, @Nullable String name, @Nullable String dtype) {
        return switch (operator) {
            case "AND" -> children.stream().allMatch(child -> child.test(file, name, dtype));
            case "OR" -> children.stream().anyMatch(child -> child.test(file, name, dtype));
            case "NOT" -> !children.get(0).test(file, name, dtype);
            default -> compare(column == FILE ? file : column == 1 ? name : dtype);
        };
    }

    private boolean compare(@Nullable String text) {
        if (text == null) {
            throw new IllegalArgumentException("a filter of column " + COLUMNS.get(column) + " was given none");
        }
        return switch (operator) {
            case "STARTS_WITH" -> text.startsWith(value());
            case "ENDS_WITH" -> text.endsWith(value());
            case "CONTAINS" -> text.contains(value());
            case "<>" -> !values.contains(text);
            default -> values.contains(text);
        };
    }

    private String value() {
        return values.iterator().next();
    }
}
