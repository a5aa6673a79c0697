"""The words of docs/benchmarks.md."""

from chart import median

TEXT = """# Benchmarks

stsw against its peers and against the limits of the machine, in the same run: the cases of each group take turns, and the
figures are medians; peers that take long have only one or two rounds. `stats`, `diff` and `hash`: [look](benchmarks/look.md). This page is written by the command that repeats it:

    {command}

{machine}

What else ran on the machine, the kernel's own threads among it, took {others} % of the processors during the median run.{busy}
Processor time is that of the whole process, its start and its preparation included. Charts: blue stsw, grey peers, yellow
limits of the machine; the thin lines go from the least to the most.

## The bars

Ratios of medians of the same run: speeds of stsw against that of the other, unless memory is meant.

{bars}

{limits}{skipped}## Against the fastest peer

Of those that were there, with whatever it leaves out: in these runs no peer handles checksums, and few wait for the disk.

{comparisons}

{sections}
## Single operations

`./mvnw -q -Pbenchmarks,quick package -pl benchmarks -am`, then `java -jar benchmarks/target/benchmarks.jar`, runs JMH over
headers, checksums, conversions and slices; `-h` explains its options.
"""

BUSY = """ **It was
busy, so take the times for what they are: processor time says more, and a quiet machine most of all.**"""

NOTES = {
    "write": """Seconds of the write itself: all tensors are in memory before (but for the run from one block, which shows the memory that
writing takes). stsw and `dd` end with an fsync; stsw also renames the file and syncs the folder. The Python stsw cannot
write checksums for so many tensors, so it runs without. DJL's PyTorch engine ends the virtual machine at the first BF16
tensor, so it has the same bytes as F16. Jlama has no writer.""",
    "verify-warm": """In-process means without the start of the virtual machine, and after a file of 32 MB was verified three times, which loads
and compiles what is needed. The whole process has to start, and runs code that is not compiled yet: of its 0.4 s of processor
time, a third is copying, a quarter sums and code of ours, a fifth the virtual machine itself (`perf record`).""",
    "verify-cold": """Only the file itself is dropped from the page cache, not the programs. `dd iflag=direct` reads with one request at a time.
The speed of this (virtual) disk varies by a factor of two, so this group has more rounds than others.""",
    "read": """From opening the file to the last byte. Peak memory counts the mapped pages of the page cache. At the first touch, most
of the time goes into mapping the pages, which the kernel does in the same way for all. Jlama reads the whole file when it
opens it, which is a part of its first touch. DJL cannot map.""",
    "load": """From opening the file to the last tensor, into memory that nobody else can change. Python, DJL and the heap copy out of
a mapping or a buffer; the crate reads the file as one piece.""",
    "convert": "The Python runs are whole processes, from the start of Python to its end, and do not wait for the disk; stsw and `cp` do.",
    "copy": """A prefix is taken off the names, so the header and the order of the tensors change, and their bytes do not. Whole
processes; stsw and `cp, fsync` wait for the disk.""",
    "million": "The header is close to the format's limit of 100 MB. DJL has no opening without reading.",
    "many": "Of ten tensors and less than 3 kB each. Once more means the sixth pass of one process: during the first, most of the time goes into\ncompiling in the virtual machine.",
    "start": "Whole processes, run one after the other.",
    "sparse": "The inputs are holes, as long as a real file; the output of convert is written in full.",
    "micro": "JMH, one core, a matrix of 4 million elements (16.8 MB of floats) out of and into the heap; more is better.",
    "limits": "In-process, after a warm-up: reading in blocks of 1 MiB, as `verify` does, and CRC-32 in blocks of 256 KiB, which fit into a core's own cache.",
}


def speed(result):
    return result["size"] / median(result) / 1e9


def limit_of_verify(found):
    """What a verifier can reach at most, from what its two parts take by themselves."""
    cores = next((n for n in (2, 1) if f"copy-{n}" in found and f"crc-{n}" in found), None)
    if cores is None or "dd-warm" not in found or "verify-warm-java" not in found:
        return ""
    copy, crc, dd, ours = (speed(found[name]) for name in (f"copy-{cores}", f"crc-{cores}", "dd-warm", "verify-warm-java"))
    most = 1 / (1 / copy + 1 / crc)
    where = "two cores together" if cores == 2 else "one core"
    return f"""**The limit of verify, warm.** Each byte has to be copied out of the page cache, and then summed. (A mapping would save the
copy, but whoever cuts a mapped file while CRC-32 reads it ends the virtual machine.) On this machine {where} copy
{copy:.1f} GB/s and sum {crc:.1f} GB/s, so both take about 1/{copy:.1f} + 1/{crc:.1f} s for a GB: {most:.1f} GB/s, {most / dd:.2f} times what
`dd` reaches on one core, which copies and does not look. stsw reaches {ours:.1f} GB/s in-process."""


def floor_of_start(found):
    """What the virtual machine takes without us."""
    if "floor" not in found or "import" not in found or "inspect" not in found:
        return ""
    floor, python, ours = (median(found[name]) * 1000 for name in ("floor", "import", "inspect"))
    launcher = ours - median(found["inspect-direct"]) * 1000 if "inspect-direct" in found else 0
    rest = f" The launcher, a shell script, takes {launcher:.0f} ms of it." if launcher > 0 else ""
    return f"""**The floor of start-up.** A program that prints one line, with the options of `./stsw` and an archive of loaded classes of
its own, takes {floor:.0f} ms on this virtual machine; `import safetensors.numpy` takes {python:.0f} ms, and `stsw inspect` {ours:.0f} ms.{rest}"""
