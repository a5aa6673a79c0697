package dev.stsw.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stsw.torch.CheckpointException.Kind;
import dev.stsw.torch.Value.Items;
import dev.stsw.torch.Value.Obj;
import dev.stsw.torch.Value.Text;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The three tiers of names. */
class GlobalsTest {
    private final Globals globals = new Globals(false, new Budget(0));

    @Test
    void theAllowListIsThatOfTorch() throws IOException {
        // Printed by torch 2.13.0: sorted(torch._weights_only_unpickler._get_allowed_globals()).
        try (InputStream in =
                Objects.requireNonNull(GlobalsTest.class.getResourceAsStream("torch-allowlist-2.13.txt"))) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(Globals.ALLOWED).containsExactlyInAnyOrder(text.strip().split("\n"));
        }
    }

    @Test
    void namesOnTheListAreNotReported() throws IOException {
        globals.name("torch._utils", "_rebuild_tensor_v2");
        globals.name("argparse", "Namespace");

        assertThat(globals.unknown()).containsExactly("argparse.Namespace");
    }

    @ParameterizedTest
    @CsvSource({
        "os,system",
        "posix,system",
        "subprocess,Popen",
        "importlib.util,find_spec",
        "builtins,eval",
        "builtins,setattr",
        "builtins,globals",
        "torch._inductor.codecache,compile_file",
        "numpy.f2py.crackfortran,param_eval",
        "uuid,_get_command_stdout",
        "dill._dill,_create_function",
        "cloudpickle.cloudpickle,_builtin_type",
        "inspect,getsource",
        "__builtin__,execfile",
        "torch.hub,load",
        "operator,attrgetter",
        "io,open"
    })
    void dangerousNamesAreRefused(String module, String name) {
        assertThatThrownBy(() -> globals.name(module, name))
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.kind()).isEqualTo(Kind.HOSTILE))
                .hasMessageContaining("which can run code or reach the system");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Tensor.__init__", "a.b", ".", "system."})
    void dottedNamesAreRefused(String name) {
        assertThatThrownBy(() -> globals.name("torch", name)).hasMessageContaining("reaches into other objects");
    }

    @ParameterizedTest
    @CsvSource({
        "torch.nn.modules.linear,Linear",
        "builtins,slice",
        "pathlib,PosixPath",
        "osmium,system",
        "dill._dill,_load_type",
        "inspect,_empty",
        "functools,partial",
        "operator,itemgetter",
        "uuid,UUID",
        "builtins,getattr",
        "torch.distributed._shard.sharded_tensor.api,ShardedTensor"
    })
    void unknownNamesAreInertUnlessStrict(String module, String name) throws IOException {
        assertThat(globals.name(module, name).is(module + "." + name)).isTrue();
        assertThatThrownBy(() -> new Globals(true, new Budget(0)).name(module, name))
                .hasMessageContaining("not on torch's allow-list");
    }

    private Value attribute(Value target, Value name) throws IOException {
        Value getattr = globals.name("builtins", "getattr");
        return globals.attribute(new Obj(getattr, new Items(Items.Kind.TUPLE, List.of(target, name))));
    }

    @Test
    void anAttributeOfAHarmlessNameIsTheNameBelowIt() throws IOException {
        Value type = globals.name("torch._C", "_VariableFunctionsClass");
        assertThat(attribute(type, new Text("tanh"))).hasToString("torch._C._VariableFunctionsClass.tanh");
        Obj object = new Obj(type, new Items(Items.Kind.TUPLE, List.of()));
        assertThat(attribute(object, new Text("forward"))).isInstanceOf(Obj.class);
    }

    @ParameterizedTest
    @CsvSource({
        "torch.hub,load,exec",
        "torch,serialization,load",
        "torch.serialization,os,system",
        "torch.nn,Module,__globals__",
        "torch,hub,load",
        "numpy.testing._private,utils,runstring",
        "a,b,os",
        "a,b,subprocess",
        "a,builtins,eval",
        "a,b,__class__"
    })
    void anAttributeThatReachesADangerousNameIsRefused(String module, String name, String attribute) {
        assertThatThrownBy(() -> attribute(/* target= */ globals.name(module, name), /* name= */ new Text(attribute)))
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.kind()).isEqualTo(Kind.HOSTILE))
                .hasMessageContaining("which can run code or reach the system");
    }

    @Test
    void namesOutsideOfTheListComeSorted() throws IOException {
        for (String name : List.of("z", "k", "a", "q", "b")) {
            globals.name("some", name);
        }
        assertThat(globals.unknown()).containsExactly("some.a", "some.b", "some.k", "some.q", "some.z");
    }
}
