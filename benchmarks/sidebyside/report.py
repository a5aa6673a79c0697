"""Turns results into docs/benchmarks.md and bar charts."""

import html
import json
import os
import statistics
import sys

import cases

COLOURS = {"ours": "#2a6fb0", "peer": "#b0b7bf", "limit": "#e0a63a"}
KINDS = {"ours": "stsw", "peer": "peers", "limit": "limits of the machine"}


def median(result, what="seconds"):
    return statistics.median(run[what] for run in result["runs"])


def seconds(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def rate(result):
    return result["size"] / median(result) / 1e9


def table(results, floor):
    sized = any(result["size"] for result in results)
    lines = [
        "| | median | least … most |" + (" GB/s |" if sized else "") + " processor time | peak memory |",
        "|---|---|---|" + ("---|" if sized else "") + "---|---|",
    ]
    for result in results:
        times = [run["seconds"] for run in result["runs"]]
        cells = [result["label"], seconds(median(result)), f"{seconds(min(times))} … {seconds(max(times))}"]
        if sized:
            cells.append(f"{rate(result):.2f}" if result["size"] else "")
        cells.append(seconds(median(result, "cpu")))
        peak = max(run["peak"] for run in result["runs"])
        # A program begins its life as a copy of the runner, which counts.
        cells.append(f"{peak / 1e6:.0f} MB" if peak > floor else f"≤ {floor / 1e6:.0f} MB")
        if result["who"] == "ours":
            cells = [f"**{cell}**" for cell in cells]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def verdicts(found):
    lines = ["| bar | measured | |", "|---|---|---|"]
    for bar in cases.BARS:
        if bar.ours not in found or bar.other not in found:
            lines.append(f"| {bar.text} | not run | |")
            continue
        ours, other = found[bar.ours], found[bar.other]
        if bar.memory:
            value = median(ours, "peak") / median(other, "peak")
            met = value <= bar.least
        else:
            value = median(other) / median(ours)
            met = value >= bar.least
        lines.append(f"| {bar.text} | {value:.2f} | {'met' if met else '**not met**'} |")
    for limit in cases.LIMITS:
        peaks = [run["peak"] for name in limit.cases if name in found for run in found[name]["runs"]]
        if peaks:
            met = max(peaks) <= limit.bytes
            lines.append(f"| {limit.text} | {max(peaks) / 1e6:.1f} MB | {'met' if met else '**not met**'} |")
        else:
            lines.append(f"| {limit.text} | not run | |")
    return "\n".join(lines)


def chart(title, results):
    """Bars to the right, one a case, with a thin line from the least to the most."""
    sized = all(result["size"] for result in results)
    unit = "GB/s, more is better" if sized else "seconds, less is better"

    def value(result, time):
        return result["size"] / time / 1e9 if sized else time

    longest = max(value(result, run["seconds"]) for result in results for run in result["runs"])
    left, width, step = 330, 420, 26
    height = 52 + step * len(results)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 90} {height}" '
        'font-family="system-ui, sans-serif" font-size="13">',
        f'<rect width="100%" height="100%" fill="#ffffff"/><text x="12" y="22" font-size="15" font-weight="600">{html.escape(title)}</text>',
        f'<text x="{left + width + 78}" y="22" text-anchor="end" fill="#555555">{unit}</text>',
    ]
    for i, result in enumerate(results):
        y = 38 + step * i
        middle = value(result, median(result))
        ends = sorted(value(result, run["seconds"]) for run in result["runs"])
        scale = width / longest
        parts.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{html.escape(result["label"])}</text>')
        parts.append(f'<rect x="{left}" y="{y}" width="{middle * scale:.1f}" height="19" fill="{COLOURS[result["who"]]}"/>')
        parts.append(f'<path d="M{left + ends[0] * scale:.1f} {y + 9.5}H{left + ends[-1] * scale:.1f}" stroke="#222222"/>')
        parts.append(f'<text x="{left + ends[-1] * scale + 6:.1f}" y="{y + 14}">{middle:.2f}</text>')
    return "\n".join(parts) + "\n</svg>\n"


def machine(facts):
    return "\n".join(["| | |", "|---|---|"] + [f"| {name} | {value} |" for name, value in facts.items()])


def write(data, document):
    folder = os.path.splitext(document)[0]
    os.makedirs(folder, exist_ok=True)
    found = {result["name"]: result for result in data["results"]}
    others = statistics.median(run["others"] for result in data["results"] for run in result["runs"])
    sections = []
    for group, title in cases.GROUPS.items():
        results = [result for result in data["results"] if result["group"] == group]
        if not results:
            continue
        section = f"## {title}\n\n{table(results, data['floor'])}\n"
        if group != "sparse":
            with open(f"{folder}/{group}.svg", "w") as file:
                file.write(chart(title, results))
            section += f"\n![{title}]({os.path.basename(folder)}/{group}.svg)\n"
        if group in NOTES:
            section += f"\n{NOTES[group]}\n"
        sections.append(section)
    skipped = "".join(f"- {line}\n" for line in data["skipped"])
    with open(document, "w") as file:
        file.write(
            TEXT.format(
                machine=machine(data["machine"]),
                bars=verdicts(found),
                sections="\n".join(sections),
                skipped=f"Not run:\n\n{skipped}\n" if skipped else "",
                others=f"{others * 100:.0f}",
                busy=BUSY if others > 0.15 else "",
                command=data["command"],
                keys=", ".join(f"{colour} {KINDS[who]}" for who, colour in (("ours", "blue"), ("peer", "grey"), ("limit", "yellow"))),
            )
        )


TEXT = """# Benchmarks

stsw against its peers and against the limits of the machine, in the same run: the cases of all groups take turns, and the
figures are medians. This page is written by the command that repeats it:

    {command}

{machine}

What else ran on the machine, the kernel's own threads among it, took {others} % of the processors during the median run.{busy}
Processor time is that of the whole process, its start and its preparation included. Charts: {keys}; the thin lines go from the least to the most.

## The bars

Ratios of medians of the same run: speeds of stsw against that of the other, unless memory is meant.

{bars}

{skipped}{sections}
## Single operations

`./mvnw -q -Pbenchmarks,quick package -pl benchmarks -am`, then `java -jar benchmarks/target/benchmarks.jar`, runs JMH over
headers, checksums, conversions and slices; `-h` explains its options.
"""

BUSY = """ **It was
busy, so take the times for what they are: processor time says more, and a quiet machine most of all.**"""

NOTES = {
    "write": "Seconds of the write itself: all tensors are in memory before (but for the run from one block, which shows"
    " the memory that\nwriting takes). stsw and `dd` end with an fsync; stsw also renames the file and syncs the folder. The"
    " Python stsw cannot\nwrite checksums for so many tensors, so it runs without.",
    "verify-cold": "Only the file itself is dropped from the page cache, not the programs. `dd iflag=direct` reads with one"
    " request at a time.",
    "read": "Peak memory counts the mapped pages of the page cache. At the first touch, most of the time goes into mapping the"
    " pages,\nwhich the kernel does in the same way for all.",
    "convert": "The Python runs are whole processes, from the start of Python to its end, and do not wait for the disk; stsw"
    " and `cp` do.",
    "many": "Of ten tensors and less than 3 kB each.",
    "start": "Whole processes, run one after the other.",
    "sparse": "The inputs are holes, as long as a real file; the output of convert is written in full.",
    "million": "The header is close to the format's limit of 100 MB.",
}

if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        write(json.load(file), sys.argv[2])
