"""What is run against what: all cases that can be run with the tools that are there."""

import os

from cases import GROUPS, Case
from measure import cold, warm

BLOCK = 4 << 20
MANY = -1  # rounds where each is short, or the disk's speed varies
SLOW = 2  # rounds of peers that take long, so that the whole takes no more than a quarter of an hour


class Rows:
    """`place` names files, `tools` commands; a tool or a file that is not there is None, and so are the cases with it."""

    def __init__(self, place, tools):
        self.place, self.size = place, place["size"]
        self.stsw, self.java, self.small_java = tools["stsw"], tools["java"], tools["small_java"]
        self.python, self.pystsw, self.c = tools["python"], tools["pystsw"], tools["c"]
        self.rust, self.djl, self.jlama = tools["rust"], tools["djl"], tools["jlama"]
        self.floor, self.direct = tools["floor"], tools["direct"]

    def all(self, groups):
        found = [case for group in GROUPS if group in groups for case in getattr(self, group.replace("-", "_"))(group)]
        return [case for case in found if case]

    def write(self, group):
        model, out = self.place["model"], self.place["out"]

        def row(name, label, who, tool, *words):
            command = tool and [*tool, *words]
            rounds = SLOW if who == "peer" else None
            return command and Case(group, name, label, who, command, inside=who != "limit", out=out, size=self.size, prepare=[(warm, model)], rounds=rounds)

        dd = ["dd", "if=/dev/zero", f"of={out}", "bs=4M", f"count={-(-self.size // BLOCK)}"]
        return [
            row("write-crc", "stsw, CRC-32", "ours", self.java, "write", model, out, "crc", "memory"),
            row("write-plain", "stsw, no CRC-32", "ours", self.java, "write", model, out, "plain", "memory"),
            row("write-stream", "stsw, CRC-32, from one block of 1 MiB", "ours", self.small_java, "write", model, out, "crc", "stream"),
            *(row(f"dump-{n}", f"stsw dump, CRC-32, {n} worker{'s' * (n > 1)}", "ours", self.java, "dump", model, out, str(n)) for n in (1, 2, 4)),
            row("write-torch", "safetensors.torch.save_file (not durable)", "peer", self.python, "save-torch", model, out),
            row("write-torch-fsync", "safetensors.torch.save_file, fsync", "peer", self.python, "save-torch", model, out, "durable"),
            row("write-numpy", "safetensors.numpy.save_file (not durable)", "peer", self.python, "save-numpy", model, out),
            row("write-stsw", "Python stsw 1.0.0, no CRC-32", "peer", self.pystsw and self.python, "save-stsw", model, out),
            row("write-rust", "Rust serialize_to_file (not durable)", "peer", self.rust, "write", model, out),
            row("write-rust-fsync", "Rust serialize_to_file, fsync", "peer", self.rust, "write", model, out, "durable"),
            row("write-djl", "DJL NDList.encode, as F16 (not durable)", "peer", self.djl, "write", self.place["f16"], out),
            row("write-dd-direct", "dd oflag=direct conv=fsync bs=4M", "limit", dd, "oflag=direct", "conv=fsync"),
            row("write-dd-two", "two dd oflag=direct at once, half of it each", "limit", ["sh", "-c", two(dd, self.size, "seek", "oflag=direct conv=notrunc,fsync")]),
            row("write-dd", "dd conv=fsync bs=4M", "limit", dd, "conv=fsync"),
        ]

    def verify_warm(self, group):
        return self.verify(group, "warm", warm, [("dd-warm", "dd of=/dev/null bs=4M", self.dd())])

    def verify_cold(self, group):
        cat = ["sh", "-c", f"cat '{self.place['checked']}' | cat >/dev/null"]
        return self.verify(group, "cold", cold, [("dd-cold", "dd iflag=direct bs=4M", self.dd("iflag=direct")), ("dd-cold-two", "two dd iflag=direct at once, half of it each", ["sh", "-c", two(self.dd(), self.size, "skip", "iflag=direct")]), ("cat-cold", "cat into a pipe", cat)])

    def verify(self, group, state, prepare, limits):
        checked = self.place["checked"]
        same = {"prepare": [(prepare, checked)], "size": self.size, "rounds": MANY}
        return [
            Case(group, f"verify-{state}", "stsw verify, whole process", "ours", [self.stsw, "verify", checked], **same),
            Case(group, f"verify-{state}-java", "stsw, in-process, after a small file", "ours", [*self.java, "verify", checked, self.place["warm_up_checked"]], inside=True, **same),
            *(Case(group, name, label, "limit", command, **same) for name, label, command in limits),
        ]

    def dd(self, *flags):
        return ["dd", f"if={self.place['checked']}", "of=/dev/null", "bs=4M", *flags]

    def read(self, group):
        model = self.place["model"]
        for suffix, passes, note in ("", "1", "first touch"), ("-again", "3", "already mapped"):
            for name, label, who, tool, *words in (
                ("touch-java", "stsw, slices", "ours", self.java, self.place["warm_up"]),
                ("touch-c", "C loop over mmap", "limit", self.c),
                ("touch-numpy", "numpy.memmap sum", "peer", self.python),
                ("touch-rust", "Rust memmap2, tensors", "peer", self.rust),
                ("touch-jlama", "Jlama, tensors", "peer", self.jlama, self.place["warm_up"]),
            ):
                if tool:
                    command = [*tool, "touch", model, passes, *words]
                    yield Case(group, name + suffix, f"{label}, {note}", who, command, inside=True, prepare=[(warm, model)], size=self.size)

    def load(self, group):
        model = self.place["model"]
        for name, label, who, tool, *words in (
            ("load-heap", "stsw, slices into arrays of the heap", "ours", self.java, "load", model, "heap"),
            ("load-native", "stsw, withMmap(false)", "ours", self.java, "load", model, "native"),
            ("load-torch", "safetensors.torch.load_file, clone", "peer", self.python, "load", model),
            ("load-rust", "Rust fs::read, deserialize", "peer", self.rust, "load", model),
            ("load-djl", "DJL NDList.decode, as F16", "peer", self.djl, "load", self.place["f16"]),
            ("load-c", "C read into malloc", "limit", self.c, "load", model),
        ):
            if tool:
                yield Case(group, name, label, who, [*tool, *words], inside=True, prepare=[(warm, words[1])], size=self.size, rounds=SLOW if who == "peer" else None)

    def convert(self, group):
        checkpoint = self.place["checkpoint"]
        if checkpoint is None:
            return []
        size = os.path.getsize(checkpoint)
        return [
            self.conversion(group, "convert", "stsw convert", "ours", checkpoint, size),
            self.conversion(group, "convert-crc", "stsw convert --crc32", "ours", checkpoint, size, "--crc32"),
            self.conversion(group, "convert-workers", "stsw convert --crc32 --workers 2", "ours", checkpoint, size, "--crc32", "--workers", "2"),
            self.python and self.conversion(group, "convert-python", "torch.load, save_file (not durable)", "peer", checkpoint, size),
            self.python and self.conversion(group, "convert-python-mmap", "torch.load(mmap=True), save_file (not durable)", "peer", checkpoint, size, "mapped"),
            self.cp(group, "convert-cp", "cp, fsync", checkpoint, size, True),
        ]

    def copy(self, group):
        model, shards = self.place["model"], self.place["shards"]
        return [
            self.conversion(group, "copy-rename", "stsw convert --strip-prefix", "ours", model, self.size, "--strip-prefix", "model."),
            self.conversion(group, "copy-crc", "stsw convert --strip-prefix --crc32", "ours", model, self.size, "--strip-prefix", "model.", "--crc32"),
            self.conversion(group, "copy-workers", "stsw convert --strip-prefix --workers 2", "ours", model, self.size, "--strip-prefix", "model.", "--workers", "2"),
            shards and self.conversion(group, "copy-merge", "stsw convert of four files", "ours", shards, self.size),
            self.python and Case(group, "copy-python", "load_file, other names, save_file (not durable)", "peer", [*self.python, "rename", model, self.place["out"]], prepare=[(warm, model)], out=self.place["out"], size=self.size, rounds=SLOW),
            self.cp(group, "copy-cp", "cp, fsync", model, self.size, True),
            self.cp(group, "copy-cp-quick", "cp (not durable)", model, self.size, False),
        ]

    def conversion(self, group, name, label, who, source, size, *words):
        command = [self.stsw, "convert", source, self.place["out"], *words] if who == "ours" else [*self.python, "convert", source, self.place["out"], *words]
        return Case(group, name, label, who, command, prepare=[(warm, source)], out=self.place["out"], size=size, rounds=SLOW if who == "peer" else None)

    def cp(self, group, name, label, source, size, durable):
        out = self.place["out"]
        command = f"cp '{source}' '{out}'" + (f" && sync '{out}'" if durable else "")
        return Case(group, name, label, "limit", ["sh", "-c", command], prepare=[(warm, source)], out=out, size=size)

    def million(self, group):
        return self.opening(group, "open", self.place["million"], "open-file", "safe_open", SLOW)

    def many(self, group):
        djl = self.djl and Case(group, "many-djl", "DJL NDList.decode, reads the tensors as well", "peer", [*self.djl, "load-all", self.place["many"]], inside=True, rounds=1)
        again = [
            Case(group, "many-java-again", "stsw, the same files once more", "ours", [*self.java, "open-all", self.place["many"], "6"], inside=True),
            self.rust and Case(group, "many-rust-again", "Rust, the same files once more", "peer", [*self.rust, "open-all", self.place["many"], "6"], inside=True),
        ]
        return [*self.opening(group, "open-all", self.place["many"], "open-all", "safe_open", None), djl, *again]

    def opening(self, group, verb, path, python_verb, python_label, python_rounds):
        def peer(name, label, tool, word, limit=None):
            return tool and Case(group, f"{group}-{name}", label, "peer", [*tool, word, path], inside=True, rounds=limit)

        return [
            Case(group, f"{group}-java", "stsw, in-process", "ours", [*self.java, verb, path], inside=True),
            peer("python", python_label, self.python, python_verb, python_rounds),
            peer("rust", "Rust memmap2, deserialize", self.rust, verb),
            peer("jlama", "Jlama SafeTensorIndex, reads the tensors as well", self.jlama, verb, 1),
        ]

    def start(self, group):
        example = self.place["example"]

        def row(name, label, who, command):
            return command and Case(group, name, label, who, command, rounds=MANY)

        return [
            row("inspect", "stsw inspect", "ours", [self.stsw, "inspect", example]),
            row("inspect-direct", "the java command of it, without the launcher", "ours", self.direct and [*self.direct, "inspect", example]),
            row("import", "python -c 'import safetensors.numpy'", "peer", self.python and [self.python[0], "-c", "import safetensors.numpy"]),
            row("floor", "java: hello, world, with the same options", "limit", self.floor),
        ]

    def sparse(self, group):
        checked, checkpoint, out = self.place["sparse_checked"], self.place["sparse_checkpoint"], self.place["out"]

        def row(name, label, path, *words):
            size = path and os.path.getsize(path)
            target = out if words[0] == "convert" else None
            return path and Case(group, name, f"{label} of {size / 1e9:.0f} GB", "ours", [self.stsw, *words], rounds=1, out=target, size=size)

        return [
            row("sparse-verify", "stsw verify", checked, "verify", checked),
            row("sparse-convert", "stsw convert --crc32, checkpoint", checkpoint, "convert", checkpoint, out, "--crc32"),
        ]

    def limits(self, group):
        checked = self.place["checked"]
        for threads, cores in ("1", "one core"), ("2", "two cores"):
            if int(threads) <= os.cpu_count():
                yield Case(group, f"copy-{threads}", f"read out of the page cache, {cores}", "limit", [*self.java, "copy", checked, threads], inside=True, prepare=[(warm, checked)], size=self.size)
                yield Case(group, f"crc-{threads}", f"CRC-32 of bytes in the core's cache, {cores}", "limit", [*self.java, "crc", str(self.size), threads], inside=True, size=self.size)


def two(dd, size, place, flags):
    """Two of `dd` at once, each with one half: what the disk does with two requests at a time."""
    half = -(-size // BLOCK) // 2
    start = " ".join(f"'{word}'" for word in dd if not word.startswith("count="))
    return f"{start} count={half} {flags} & {start} {place}={half} count={-(-size // BLOCK) - half} {flags} && wait $!"
