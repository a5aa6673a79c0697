"""Runs stsw, its peers and the machine's limits side by side. Started by ../run.sh; see there."""

import argparse
import datetime
import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import cases
import measure
import model
import report
from files import files
from micro import micro
from rows import Rows
from tools import PEERS, ROOT, TARGET, Skipped, find_java, output, tools, versions


def arguments():
    parser = argparse.ArgumentParser(prog="benchmarks/run.sh", description=__doc__)
    parser.add_argument("--size", default="2GB", help="of the model: 200MB, 2GB (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--dir", help="where the files go (default: beside the checkout); needs about ten times the size")
    parser.add_argument("--python", help="a Python that has torch and safetensors")
    parser.add_argument("--peers", default="all", help="all (the default), none, or some of " + ", ".join(PEERS))
    parser.add_argument("--only", help="groups, separated by commas: " + ", ".join([*cases.GROUPS, "micro"]))
    parser.add_argument("--quick", action="store_true", help="200 MB, one round: does everything of ours run, and is the report made?")
    parser.add_argument("--results", help="also write the results of every run into this file, as JSON")
    parser.add_argument("--document", help="write the report here (default: docs/benchmarks.md, if all groups ran)")
    options = parser.parse_args()
    if options.quick:
        options.size, options.rounds = "200MB", 1
        options.document = options.document or os.path.join(TARGET, "quick.md")
        options.dir = options.dir or TARGET
    elif not options.only:
        options.document = options.document or os.path.join(ROOT, "docs", "benchmarks.md")
    options.bytes = int(float(options.size[:-2]) * {"MB": 10**6, "GB": 10**9}[options.size[-2:]])
    options.groups = chosen(parser, options.only or ",".join([*cases.GROUPS, *([] if options.quick else ["micro"])]), [*cases.GROUPS, "micro"])
    options.peers = chosen(parser, {"all": ",".join(PEERS), "none": ""}.get(options.peers, options.peers), PEERS)
    return options


def chosen(parser, text, known):
    names = set(filter(None, text.split(",")))
    if names - set(known):
        parser.error("unknown: " + ", ".join(sorted(names - set(known))))
    return names


def rounds(case, asked):
    if case.rounds is None:
        return asked
    return asked * 4 if case.rounds < 0 else min(asked, case.rounds)


def measured(todo, asked, skipped):
    """Every group by itself; within it the cases take turns, so that a slow minute hits all of them."""
    runs = {case.name: [] for case in todo}
    for group in cases.GROUPS:
        members = [case for case in todo if case.group == group]
        for turn in range(max((rounds(case, asked) for case in members), default=0)):
            for case in members:
                if turn < rounds(case, asked) and runs[case.name] is not None:
                    runs[case.name] = once(case, turn, runs[case.name], skipped)
    return [
        {"group": case.group, "name": case.name, "label": case.label, "who": case.who, "size": case.size, "runs": runs[case.name]}
        for case in todo
        if runs[case.name]
    ]


def once(case, turn, runs, skipped):
    remove(case.out)
    for prepare, path in case.prepare:
        prepare(path)
    if case.group != "start":
        measure.settle()
    try:
        run = measure.run(case.command, case.inside)
    except measure.Failed as fault:
        if case.who == "ours":
            raise
        skipped(f"{cases.GROUPS[case.group]}: {case.label}: {fault}")
        return None
    finally:
        remove(case.out)
    rate = f" {case.size / run['seconds'] / 1e9:6.2f} GB/s" if case.size else ""
    print(f"{case.group:<12}{turn + 1:>3}  {case.label:<50}{run['seconds']:9.3f} s{run['peak'] / 1e6:7.0f} MB  others {run['others'] * 100:3.0f} %{rate}", flush=True)
    return [*runs, run]


def remove(path):
    if path and os.path.exists(path):
        os.remove(path)


def machine(options, java, folder, found, place):
    """What the figures depend on; nothing that names this machine."""
    processor = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "") if os.path.exists("/proc/cpuinfo") else platform.processor()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    source, kind = (output("findmnt", "-nT", folder, "-o", "SOURCE,FSTYPE").split() + ["", ""])[:2]
    version = subprocess.run([java, "-version"], capture_output=True, text=True).stderr.splitlines()
    return {
        "date": datetime.date.today().isoformat(),
        "processor": f"{processor}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GB",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "disk": f"{kind} on {os.path.basename(source)}",
        "JDK": version[1] if len(version) > 1 else "",
        "stsw": output(found["stsw"], "--version"),
        "model": f"{place['size'] / 1e9:.2f} GB, {sum(1 for _ in model.tensors(options.bytes))} tensors, {options.rounds} rounds",
        **versions(found),
    }


def check(todo, data, document):
    """That nothing of ours is missing in the report: what a build can know about benchmarks."""
    with open(document) as file:
        text = file.read()
    for case in todo:
        if case.who == "ours" and (f"**{case.label}**" not in text or not any(result["name"] == case.name for result in data["results"])):
            sys.exit(f"{document}: no figure of {case.label!r}")
    print(f"{document}: {len(data['results'])} rows, all of stsw's among them")


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through the finally below: gigabytes must not stay behind
    skipped, load, start = Skipped(), os.getloadavg()[0], time.monotonic()
    os.makedirs(TARGET, exist_ok=True)
    java = find_java()
    found = tools(java, options.python, options.peers, skipped)
    folder = tempfile.mkdtemp(prefix="stsw-benchmarks-", dir=options.dir or os.path.dirname(ROOT))
    try:
        place = files(folder, options.bytes, options.quick, options.groups, found, skipped)
        todo = Rows(place, found).all(options.groups)
        results = measured(todo, options.rounds, skipped)
        facts = machine(options, java, folder, found, place)
    finally:
        shutil.rmtree(folder)
    scores = micro(java, skipped) if "micro" in options.groups else {}
    facts["load average"] = f"{load:.1f} before the runs, {os.getloadavg()[0]:.1f} at their end"
    facts["duration"] = f"{(time.monotonic() - start) / 60:.0f} minutes"
    data = {
        "command": f"benchmarks/run.sh --size {options.size} --rounds {options.rounds}",
        "machine": facts,
        "skipped": skipped.lines,
        "floor": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "results": results,
        "micro": scores,
    }
    if options.results:
        with open(options.results, "w") as file:
            json.dump(data, file, indent=1)
    if not options.quick:  # small and once: its figures mean nothing
        print("\n" + report.verdicts({result["name"]: result for result in results}))
    if options.document:
        report.write(data, options.document)
        check(todo, data, options.document)


if __name__ == "__main__":
    main()
