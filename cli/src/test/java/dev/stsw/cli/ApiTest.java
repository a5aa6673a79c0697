package dev.stsw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stsw.Tensor;
import dev.stsw.format.DType;
import dev.stsw.stream.TensorSources;
import dev.stsw.torch.Checkpoint;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/// The public API is what docs/api.txt says, so that a review sees each change of it.
///
/// After a change that is meant, with `STSW_API=write` in the environment, the test writes the file anew.
class ApiTest {
    private static final Path BASELINE = Cli.ROOT.resolve("docs/api.txt");
    /// One of each exported package; their other classes lie beside them.
    private static final List<Class<?>> EXPORTED =
            List.of(DType.class, TensorSources.class, Tensor.class, Checkpoint.class);

    @Test
    void itIsWhatTheBaselineSays() throws Exception {
        List<String> api = new ArrayList<>();
        for (Class<?> one : EXPORTED) {
            for (String name : classesBeside(one)) {
                Class<?> type = Class.forName(name, false, one.getClassLoader());
                if (isVisible(type)) {
                    api.addAll(describe(type));
                }
            }
        }
        if ("write".equals(System.getenv("STSW_API"))) {
            Files.write(BASELINE, api);
        }
        assertThat(api).as("the public API; %s", BASELINE).isEqualTo(Files.readAllLines(BASELINE));
    }

    private static Set<String> classesBeside(Class<?> one) throws IOException, URISyntaxException {
        Path place =
                Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
        String folder = one.getPackageName().replace('.', '/') + "/";
        Set<String> names = new TreeSet<>();
        if (Files.isDirectory(place)) {
            try (Stream<Path> files = Files.list(place.resolve(folder))) {
                files.forEach(file -> add(names, folder, folder + file.getFileName()));
            }
        } else {
            try (ZipFile jar = new ZipFile(place.toFile())) {
                jar.stream().forEach(entry -> add(names, folder, entry.getName()));
            }
        }
        return names;
    }

    private static void add(Set<String> names, String folder, String file) {
        if (file.startsWith(folder)
                && file.endsWith(".class")
                && file.indexOf('/', folder.length()) < 0
                && !file.endsWith("-info.class")) {
            names.add(file.substring(0, file.length() - ".class".length()).replace('/', '.'));
        }
    }

    private static boolean isVisible(Class<?> type) {
        for (Class<?> outer = type; outer != null; outer = outer.getDeclaringClass()) {
            if ((outer.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) == 0) {
                return false;
            }
        }
        return !type.isAnonymousClass() && !type.isLocalClass();
    }

    private static List<String> describe(Class<?> type) {
        List<String> lines = new ArrayList<>();
        Set<String> members = new TreeSet<>();
        for (Field field : type.getDeclaredFields()) {
            if (isOpen(field.getModifiers()) && !field.isSynthetic()) {
                members.add(field.toGenericString());
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (isOpen(constructor.getModifiers()) && !constructor.isSynthetic()) {
                members.add(constructor.toGenericString());
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            if (isOpen(method.getModifiers()) && !method.isSynthetic()) {
                members.add(method.toGenericString());
            }
        }
        String parents = Stream.concat(
                        Stream.ofNullable(type.getGenericSuperclass()).filter(parent -> parent != Object.class),
                        Arrays.stream(type.getGenericInterfaces()))
                .map(parent -> " : " + parent.getTypeName())
                .reduce("", String::concat);
        lines.add(type.toGenericString() + parents);
        members.forEach(member -> lines.add("    " + member));
        lines.add("");
        return lines;
    }

    private static boolean isOpen(int modifiers) {
        return (modifiers & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0;
    }
}
