"""Turns results into docs/benchmarks.md and bar charts."""

import json
import os
import statistics
import sys

import cases
import micro
from chart import chart, median
from prose import BUSY, NOTES, TEXT, floor_of_start, limit_of_verify


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


def comparisons(found):
    lines = ["| | stsw | fastest peer | | times as fast |", "|---|---|---|---|---|"]
    for title, ours, peers in cases.COMPARISONS:
        rivals = [found[name] for name in peers if name in found]
        if ours in found and rivals:
            fastest = min(rivals, key=median)
            mine, theirs = median(found[ours]), median(fastest)
            lines.append(f"| {title} | {seconds(mine)} | {seconds(theirs)} | {fastest['label']} | {theirs / mine:.2f} |")
    return "\n".join(lines) if len(lines) > 2 else "No peer was there."


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


def machine(facts):
    return "\n".join(["| | |", "|---|---|"] + [f"| {name} | {value} |" for name, value in facts.items()])


# Sections behind this line come from scripts of their own, and stay.
KEPT = "<!-- Measured by other scripts, which each section names. -->"


def kept(document):
    if not os.path.exists(document):
        return ""
    with open(document) as file:
        before, line, after = file.read().partition(KEPT)
    return f"\n{line}{after}" if line else ""


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
    if data["micro"]:
        sections.append(f"## Typed access\n\n{micro.table(data['micro'])}\n\n{NOTES['micro']}\n")
    skipped = "".join(f"- {line}\n" for line in data["skipped"])
    others_own = kept(document)
    with open(document, "w") as file:
        file.write(
            TEXT.format(
                machine=machine(data["machine"]),
                bars=verdicts(found),
                comparisons=comparisons(found),
                limits="".join(part + "\n\n" for part in (limit_of_verify(found), floor_of_start(found)) if part),
                sections="\n".join(sections),
                skipped=f"Not run:\n\n{skipped}\n" if skipped else "",
                others=f"{others * 100:.0f}",
                busy=BUSY if others > 0.15 else "",
                command=data["command"],
            )
            + others_own
        )


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        write(json.load(file), sys.argv[2])
