"""The words that everything else speaks in: cases, groups, and the bars that the results are held against."""

from dataclasses import dataclass, field
from typing import Optional


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
    rounds: Optional[int] = None  # fewer than asked for; -1: many, for it is short, and noise is large
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
    "load": "All tensors into memory of the process's own, file in the page cache",
    "convert": "Convert a PyTorch checkpoint, input in the page cache",
    "copy": "Copy a safetensors file under other names, input in the page cache",
    "million": "Open a file with a header of many tensors",
    "many": "Open many small files, one after the other",
    "start": "Start-up of the command line",
    "sparse": "Memory at larger sizes (sparse inputs, one run)",
    "limits": "What verifying is made of",
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
    Bar("copy under other names takes at most a tenth more time than `cp` and fsync", "copy-rename", "copy-cp", 1 / 1.1),
    Bar("header of 1,000,000 tensors ≥ 4 × the reference", "million-java", "million-python", 4),
    Bar("header of 1,000,000 tensors: at most half the reference's memory", "million-java", "million-python", 0.5, True),
    Bar("`inspect` within the time of `import safetensors.numpy`", "inspect", "import", 1),
]

LIMITS = [
    Limit("write, verify and convert in at most 64 MB", ["write-stream", "verify-warm", "verify-cold", "convert", "convert-crc"], 64_000_000),
    Limit("the same at larger sizes", ["sparse-verify", "sparse-convert"], 64_000_000),
]

# Against the fastest of these peers, whatever it leaves out (checksums, waiting for the disk, checking the file).
COMPARISONS = [
    ("write with CRC, durable, against what is not", "write-crc", ["write-torch", "write-numpy", "write-stsw", "write-rust", "write-djl"]),
    ("write with CRC, durable, against what is", "write-crc", ["write-torch-fsync", "write-rust-fsync"]),
    ("mapped read, first touch", "touch-java", ["touch-numpy", "touch-rust", "touch-jlama"]),
    ("mapped read, already mapped", "touch-java-again", ["touch-numpy-again", "touch-rust-again", "touch-jlama-again"]),
    ("all tensors into own memory", "load-native", ["load-torch", "load-rust", "load-djl"]),
    ("convert a checkpoint", "convert", ["convert-python", "convert-python-mmap"]),
    ("copy under other names", "copy-rename", ["copy-python"]),
    ("open a header of 1,000,000 tensors", "million-java", ["million-python", "million-rust", "million-jlama"]),
    ("open 10,000 small files", "many-java", ["many-python", "many-rust", "many-jlama", "many-djl"]),
    ("open them again in the same process", "many-java-again", ["many-rust-again"]),
    ("start: `inspect` against `import safetensors.numpy`", "inspect", ["import"]),
]
