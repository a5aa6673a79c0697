"""Runs stsw, its peers and the machine's limits side by side. Started by ../run.sh; see there."""

import argparse
import datetime
import glob
import json
import os
import platform
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

import cases
import measure
import model
import report

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TARGET = os.path.join(ROOT, "benchmarks", "target")
PYSTSW = "stsw==1.0.0"


def arguments():
    parser = argparse.ArgumentParser(prog="benchmarks/run.sh", description=__doc__)
    parser.add_argument("--size", default="2GB", help="of the model: 200MB, 2GB (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--dir", help="where the files go (default: beside the checkout); needs about four times the size")
    parser.add_argument("--python", help="a Python that has torch and safetensors")
    parser.add_argument("--only", help="groups, separated by commas: " + ", ".join(cases.GROUPS))
    parser.add_argument("--quick", action="store_true", help="200 MB, one round, no peers, no document: does everything run?")
    parser.add_argument("--results", help="also write the results of every run into this file, as JSON")
    parser.add_argument("--document", help="write the report here (default: docs/benchmarks.md, if all groups ran)")
    options = parser.parse_args()
    if options.quick:
        options.size, options.rounds, options.python = "200MB", 1, None
    options.java = find_java()
    options.bytes = int(float(options.size[:-2]) * {"MB": 10**6, "GB": 10**9}[options.size[-2:]])
    return options


def find_java():
    """The java command of a JDK 25 or newer, where ./stsw looks for it first."""
    places = [os.environ.get("STSW_JAVA", ""), os.environ.get("JAVA_HOME", ""), *sorted(glob.glob("/usr/lib/jvm/*"), reverse=True)]
    places.append(os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("java") or ""))))
    for home in places:
        java, release = os.path.join(home, "bin", "java"), os.path.join(home, "release")
        if os.access(java, os.X_OK) and os.path.exists(release):
            with open(release) as file:
                version = re.search(r'JAVA_VERSION="(\d+)', file.read())
            if version and int(version.group(1)) >= 25:
                return java
    sys.exit("found no JDK 25 or newer: set JAVA_HOME to one")


class Skipped:
    """What could not be run, and why; said at once and in the report."""

    def __init__(self):
        self.lines = []

    def __call__(self, line):
        self.lines.append(line)
        print(f"SKIPPED: {line}", file=sys.stderr)


def has(python, module):
    return bool(python) and subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0


def tools(options, skipped):
    """Our own programs, compiled against the packaged command line, and the peers that are there."""
    stsw, jar = os.path.join(ROOT, "stsw"), os.path.join(ROOT, "cli", "target", "stsw.jar")
    sources = os.path.join(ROOT, "benchmarks", "src", "main", "java", "dev", "stsw", "benchmarks")
    classes = os.path.join(TARGET, "classes")
    subprocess.run([stsw, "--version"], check=True, stdout=subprocess.DEVNULL)
    javac = os.path.join(os.path.dirname(options.java), "javac")
    files = sorted(glob.glob(os.path.join(sources, "*.java")))
    subprocess.run([javac, "-d", classes, "-cp", jar, *files], check=True)
    program = ["-cp", classes + os.pathsep + jar, "dev.stsw.benchmarks.SideBySide"]
    small = ["-XX:+UseSerialGC", "-Xms4m", "-XX:+UseCompactObjectHeaders", "-XX:TieredStopAtLevel=1"]
    found = {"stsw": stsw, "java": [options.java, *program], "small_java": [options.java, *small, *program]}
    python = options.python
    if not has(python, "safetensors.torch"):
        skipped("torch and safetensors: " + (f"{python} does not have them" if python else "no --python"))
        python = None
    found["python"] = [python, os.path.join(HERE, "peers.py")] if python else None
    found["numpy"] = has(python, "numpy")
    found["pystsw"] = python and python_stsw(python, skipped)
    found["c"] = compiled(skipped)
    return found


def python_stsw(python, skipped):
    folder = os.path.join(TARGET, "python")
    if not os.path.isdir(os.path.join(folder, "stsw")):
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", folder, PYSTSW]
        if subprocess.run(pip).returncode != 0:
            skipped(f"the Python stsw: pip could not install {PYSTSW}")
            return None
    os.environ["PYTHONPATH"] = folder
    return folder


def compiled(skipped):
    compiler, program = shutil.which("cc"), os.path.join(TARGET, "touch")
    if compiler is None:
        skipped("the C loop: there is no cc")
        return None
    subprocess.run([compiler, "-O2", "-o", program, os.path.join(HERE, "touch.c")], check=True)
    return program


def files(folder, options, found, skipped):
    """Makes what is measured."""
    place = {name: os.path.join(folder, name) for name in ("many", "million", "model.safetensors", "checked.safetensors")}
    place["model"], place["checked"] = place["model.safetensors"], place["checked.safetensors"]
    place["out"] = os.path.join(folder, "out.safetensors")
    place["example"] = os.path.join(folder, "example.safetensors")
    place["checkpoint"] = place["sparse_checkpoint"] = place["sparse_checked"] = None
    wanted = options.only.split(",") if options.only else list(cases.GROUPS)
    make("write_model", place["model"], options.bytes)
    place["size"] = os.path.getsize(place["model"])
    example = os.path.join(ROOT, "examples", "tiny-transformer.pt")
    convert(found["stsw"], example, place["example"])
    convert(found["stsw"], place["model"], place["checked"])
    if "million" in wanted:
        make("write_many_tensors", place["million"], 50_000 if options.quick else 1_000_000)
    if "many" in wanted:
        make("write_many_files", place["many"], 500 if options.quick else 10_000)
    if found["python"] is None:
        return place
    if "convert" in wanted:
        place["checkpoint"] = os.path.join(folder, "model.pt")
        subprocess.run([*found["python"], "make-checkpoint", place["model"], place["checkpoint"]], check=True, stdout=subprocess.DEVNULL)
    if "sparse" in wanted and shutil.disk_usage(folder).free > 12 * 10**9:
        place["sparse_checkpoint"] = os.path.join(folder, "sparse.pt")
        subprocess.run([*found["python"], "make-sparse-checkpoint", place["sparse_checkpoint"], str(9 * 10**9)], check=True, stdout=subprocess.DEVNULL)
        place["sparse_checked"] = os.path.join(folder, "sparse.safetensors")
        make("write_sparse_checked", place["sparse_checked"], 20 * 10**9)
    elif "sparse" in wanted:
        skipped("memory at larger sizes: less than 12 GB are free")
    return place


def make(function, path, number):
    subprocess.run([sys.executable, os.path.join(HERE, "model.py"), function, path, str(number)], check=True)


def convert(stsw, source, target):
    subprocess.run([stsw, "convert", source, target, "--crc32"], check=True, stdout=subprocess.DEVNULL)


def rounds(case, asked):
    """Of a case that says -1, many: it is short, and noise is large."""
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
        skipped(f"{case.label}: {fault}")
        return None
    finally:
        remove(case.out)
    rate = f" {case.size / run['seconds'] / 1e9:6.2f} GB/s" if case.size else ""
    print(f"{case.group:<12}{turn + 1:>3}  {case.label:<50}{run['seconds']:9.3f} s{run['peak'] / 1e6:7.0f} MB  others {run['others'] * 100:3.0f} %{rate}", flush=True)
    return [*runs, run]


def remove(path):
    if path and os.path.exists(path):
        os.remove(path)


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def machine(options, folder, found, place):
    """What the figures depend on; nothing that names this machine."""
    processor = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "") if os.path.exists("/proc/cpuinfo") else platform.processor()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    source, kind = (output("findmnt", "-nT", folder, "-o", "SOURCE,FSTYPE").split() + ["", ""])[:2]
    version = subprocess.run([options.java, "-version"], capture_output=True, text=True).stderr.splitlines()
    facts = {
        "date": datetime.date.today().isoformat(),
        "processor": f"{processor}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GB",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "disk": f"{kind} on {os.path.basename(source)}",
        "JDK": version[1] if len(version) > 1 else "",
        "stsw": output(found["stsw"], "--version"),
        "model": f"{place['size'] / 1e9:.2f} GB, {sum(1 for _ in model.tensors(options.bytes))} tensors, {options.rounds} rounds",
    }
    if found["python"]:
        show = "import sys, torch, safetensors, numpy; print(sys.version.split()[0], 'torch', torch.__version__, 'safetensors', safetensors.__version__, 'numpy', numpy.__version__)"
        facts["Python"] = output(found["python"][0], "-c", show)
    return facts


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through the finally below: gigabytes must not stay behind
    skipped, load = Skipped(), os.getloadavg()[0]
    os.makedirs(TARGET, exist_ok=True)
    found = tools(options, skipped)
    folder = tempfile.mkdtemp(prefix="stsw-benchmarks-", dir=options.dir or os.path.dirname(ROOT))
    try:
        place = files(folder, options, found, skipped)
        wanted = options.only.split(",") if options.only else list(cases.GROUPS)
        todo = [case for case in cases.cases(place, found) if case.group in wanted]
        results = measured(todo, options.rounds, skipped)
        data = {
            "command": f"benchmarks/run.sh --size {options.size} --rounds {options.rounds}",
            "machine": machine(options, folder, found, place) | {"load average": f"{load:.1f} before the runs, {os.getloadavg()[0]:.1f} at their end"},
            "skipped": skipped.lines,
            "floor": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
            "results": results,
        }
    finally:
        shutil.rmtree(folder)
    if options.results:
        with open(options.results, "w") as file:
            json.dump(data, file, indent=1)
    print("\n" + report.verdicts({result["name"]: result for result in results}))
    document = options.document or (None if options.quick or options.only else os.path.join(ROOT, "docs", "benchmarks.md"))
    if document:
        report.write(data, document)


if __name__ == "__main__":
    main()
