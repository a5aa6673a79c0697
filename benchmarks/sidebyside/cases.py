"""What is run against what, and the bars that the results are held against."""

from dataclasses import dataclass, field
from typing import Callable, Optional


@dataclass
class Case:
    """One command of one group; `who` is ours, peer or limit."""

    group: str
    name: str
    label: str
    who: str
    command: list
    inside: bool = False  # the seconds that the program prints itself, not those of the process
    prepare: list = field(default_factory=list)  # (function, path) before every run
    out: Optional[str] = None  # what it writes: deleted before and after
    rounds: Optional[int] = None  # fewer than asked for
    size: Optional[int] = None  # bytes, where a rate makes sense


@dataclass
class Bar:
    """`ours` is at least `least` times as fast as `other` (or, with `memory`, takes at most that part of it)."""

    text: str
    ours: str
    other: str
    least: float
    memory: bool = False


@dataclass
class Limit:
    """No run of these cases has more resident memory than that."""

    text: str
    cases: list
    bytes: int


GROUPS = {
    "write": "Durable write",
    "verify-warm": "Verify, file in the page cache",
    "verify-cold": "Verify, file not in the page cache",
    "read": "Mapped read that touches every byte, file in the page cache",
    "convert": "Convert a PyTorch checkpoint, input in the page cache",
    "million": "Open a file with a header of many tensors",
    "many": "Open many small files, one after the other",
    "start": "Start-up of the command line",
    "sparse": "Memory at larger sizes (sparse inputs, one run)",
}

BARS = [
    Bar("durable write with CRC ≥ 2 × the reference's `save_file` (not durable)", "write-crc", "write-torch", 2),
    Bar("durable write with CRC ≥ 1.3 × the Python stsw (without CRC)", "write-crc", "write-stsw", 1.3),
    Bar("durable write with CRC ≥ 0.8 × `dd oflag=direct conv=fsync`", "write-crc", "write-dd-direct", 0.8),
    Bar("CRC changes write throughput by less than 5 %", "write-crc", "write-plain", 0.95),
    Bar("verify, warm, whole process ≥ 0.9 × `dd of=/dev/null bs=4M`", "verify-warm", "dd-warm", 0.9),
    Bar("verify, warm, in-process ≥ 0.9 × `dd of=/dev/null bs=4M`", "verify-warm-java", "dd-warm", 0.9),
    Bar("verify, cold, whole process ≥ 0.85 × `dd iflag=direct bs=4M`", "verify-cold", "dd-cold", 0.85),
    Bar("verify, cold, in-process ≥ 0.85 × `dd iflag=direct bs=4M`", "verify-cold-java", "dd-cold", 0.85),
    Bar("mapped read, first touch ≥ 0.9 × a C loop", "touch-java", "touch-c", 0.9),
    Bar("mapped read, already mapped ≥ 0.9 × a C loop", "touch-java-again", "touch-c-again", 0.9),
    Bar("convert ≥ 3 × Python end to end", "convert", "convert-python", 3),
    Bar("convert --crc32 ≥ 3 × Python end to end", "convert-crc", "convert-python", 3),
    Bar("convert takes at most a tenth more time than `cp` and fsync", "convert", "convert-cp", 1 / 1.1),
    Bar("header of 1,000,000 tensors ≥ 4 × the reference", "million-java", "million-python", 4),
    Bar("header of 1,000,000 tensors: at most half the reference's memory", "million-java", "million-python", 0.5, True),
    Bar("`inspect` within the time of `import safetensors.numpy`", "inspect", "import", 1),
]

LIMITS = [
    Limit("write, verify and convert in at most 64 MB", ["write-stream", "verify-warm", "verify-cold", "convert", "convert-crc"], 64_000_000),
    Limit("the same at larger sizes", ["sparse-verify", "sparse-convert"], 64_000_000),
]


def cases(place, tools):
    """All cases that can be run with these tools. `place` names files, `tools` commands; a tool that is not there is None."""
    from measure import cold, warm

    java, stsw, python, numpy, peer_stsw, c = (tools[name] for name in ("java", "stsw", "python", "numpy", "pystsw", "c"))
    model, checked, checkpoint, out = place["model"], place["checked"], place["checkpoint"], place["out"]
    size = place["size"]
    blocks = f"count={-(-size // (4 << 20))}"
    heat, chill = [(warm, checked)], [(cold, checked)]

    def write(name, label, who, command):
        return Case("write", name, label, who, command, inside=who != "limit", out=out, size=size, prepare=[(warm, model)])

    found = [
        write("write-crc", "stsw, CRC-32", "ours", [*java, "write", model, out, "crc", "memory"]),
        write("write-plain", "stsw, no CRC-32", "ours", [*java, "write", model, out, "plain", "memory"]),
        write("write-stream", "stsw, CRC-32, from one block of 1 MiB", "ours", [*tools["small_java"], "write", model, out, "crc", "stream"]),
        python and write("write-torch", "safetensors.torch.save_file (not durable)", "peer", [*python, "save-torch", model, out]),
        python and write("write-torch-fsync", "safetensors.torch.save_file, fsync", "peer", [*python, "save-torch", model, out, "durable"]),
        python and write("write-numpy", "safetensors.numpy.save_file (not durable)", "peer", [*python, "save-numpy", model, out]),
        peer_stsw and write("write-stsw", "Python stsw 1.0.0, no CRC-32", "peer", [*python, "save-stsw", model, out]),
        write("write-dd-direct", "dd oflag=direct conv=fsync bs=4M", "limit", ["dd", "if=/dev/zero", f"of={out}", "bs=4M", blocks, "oflag=direct", "conv=fsync"]),
        write("write-dd", "dd conv=fsync bs=4M", "limit", ["dd", "if=/dev/zero", f"of={out}", "bs=4M", blocks, "conv=fsync"]),
        Case("verify-warm", "verify-warm", "stsw verify, whole process", "ours", [stsw, "verify", checked], prepare=heat, size=size),
        Case("verify-warm", "verify-warm-java", "stsw, in-process", "ours", [*java, "verify", checked], inside=True, prepare=heat, size=size),
        Case("verify-warm", "dd-warm", "dd of=/dev/null bs=4M", "limit", ["dd", f"if={checked}", "of=/dev/null", "bs=4M"], prepare=heat, size=size),
        Case("verify-cold", "verify-cold", "stsw verify, whole process", "ours", [stsw, "verify", checked], prepare=chill, size=size),
        Case("verify-cold", "verify-cold-java", "stsw, in-process", "ours", [*java, "verify", checked], inside=True, prepare=chill, size=size),
        Case("verify-cold", "dd-cold", "dd iflag=direct bs=4M", "limit", ["dd", f"if={checked}", "of=/dev/null", "iflag=direct", "bs=4M"], prepare=chill, size=size),
        Case("verify-cold", "cat-cold", "cat | cat", "limit", ["sh", "-c", f"cat '{checked}' | cat >/dev/null"], prepare=chill, size=size),
        *touching(model, place["example"], java, python if numpy else None, c, size),
        checkpoint and Case("convert", "convert", "stsw convert", "ours", [stsw, "convert", checkpoint, out], prepare=[(warm, checkpoint)], out=out, size=size),
        checkpoint and Case("convert", "convert-crc", "stsw convert --crc32", "ours", [stsw, "convert", checkpoint, out, "--crc32"], prepare=[(warm, checkpoint)], out=out, size=size),
        checkpoint and Case("convert", "convert-python", "torch.load, save_file (not durable)", "peer", [*python, "convert", checkpoint, out], prepare=[(warm, checkpoint)], out=out, size=size),
        checkpoint and Case("convert", "convert-python-mmap", "torch.load(mmap=True), save_file (not durable)", "peer", [*python, "convert", checkpoint, out, "mapped"], prepare=[(warm, checkpoint)], out=out, size=size),
        checkpoint and Case("convert", "convert-cp", "cp, fsync", "limit", ["sh", "-c", f"cp '{checkpoint}' '{out}' && sync '{out}'"], prepare=[(warm, checkpoint)], out=out, size=size),
        Case("million", "million-java", "stsw, in-process", "ours", [*java, "open", place["million"]], inside=True),
        python and Case("million", "million-python", "safe_open", "peer", [*python, "open-file", place["million"]], inside=True, rounds=3),
        Case("many", "many-java", "stsw, in-process", "ours", [*java, "open-all", place["many"]], inside=True),
        python and Case("many", "many-python", "safe_open", "peer", [*python, "open-all", place["many"]], inside=True),
        Case("start", "inspect", "stsw inspect", "ours", [stsw, "inspect", place["example"]], rounds=-1),
        python and Case("start", "import", "python -c 'import safetensors.numpy'", "peer", [python[0], "-c", "import safetensors.numpy"], rounds=-1),
        place["sparse_checked"] and Case("sparse", "sparse-verify", "stsw verify, 20 GB", "ours", [stsw, "verify", place["sparse_checked"]], rounds=1, size=20 * 10**9),
        place["sparse_checkpoint"] and Case("sparse", "sparse-convert", "stsw convert --crc32, checkpoint of 9 GB", "ours", [stsw, "convert", place["sparse_checkpoint"], out, "--crc32"], rounds=1, out=out, size=9 * 10**9),
    ]
    return [case for case in found if case]


def touching(model, example, java, python, c, size):
    from measure import warm

    for suffix, passes, note in ("", "1", "first touch"), ("-again", "3", "already mapped"):
        for name, label, who, command in (
            ("touch-java", "stsw, slices", "ours", [*java, "touch", model, passes, example]),
            ("touch-c", "C loop over mmap", "limit", c and [c, model, passes]),
            ("touch-numpy", "numpy.memmap sum", "peer", python and [*python, "touch", model, passes]),
        ):
            if command:
                yield Case("read", name + suffix, f"{label}, {note}", who, command, inside=True, prepare=[(warm, model)], size=size)
