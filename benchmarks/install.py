#!/usr/bin/env python3
"""Measures each way in that dist/build.sh made: bytes to download, bytes on disk, and how quickly `inspect` starts.

    benchmarks/install.py [--rounds 15] [--python PYTHON] [--write]

Prints a section of docs/benchmarks.md, and with --write puts it there. Each way in is installed into an empty folder, out of dist/target, and
inspects a file of 291 tensors: at its first run, which makes its cache of loaded classes where it did not come along; with
all of its files dropped from the page cache; and warm. Medians of rounds in turn. PYTHON has safetensors and numpy, which is
what the peer, `import safetensors.numpy`, needs. Runs on Linux, as root or not.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "dist"), str(ROOT / "benchmarks/sidebyside")]

import measure  # noqa: E402
import model  # noqa: E402
import runtimes  # noqa: E402
import trials  # noqa: E402
from common import TARGET, Settings, built_commit, jdk, run, this_platform  # noqa: E402

# What the way in through an archive and through pip may take, warm.
BUDGET_SECONDS, BUDGET_BYTES = 0.100, 48e6


@dataclass
class Way:
    """One way in: what is downloaded, where it was installed, and what starts it."""

    name: str
    command: list[str]
    environment: dict[str, str]
    downloads: list[Path] = field(default_factory=list)
    place: Path | None = None
    java: list[Path] = field(default_factory=list)  # folders of a JDK that was there before
    first: float = 0.0
    disk: int = 0
    runs: dict[str, list[dict]] = field(default_factory=lambda: {"cold": [], "warm": []})

    def files(self, *others: Path) -> list[Path]:
        folders = [folder for folder in (self.place, *others) if folder]
        return [file for folder in folders for file in folder.rglob("*") if file.is_file() and not file.is_symlink()]

    def bytes(self) -> int:
        return sum(file.stat().st_size for file in self.files())

    def median(self, state: str, what: str) -> float:
        return statistics.median(one[what] for one in self.runs[state])


def archive(settings: Settings, place: Path) -> Way:
    file = TARGET / "archives" / f"stsw-{settings.version}-{this_platform()}.tar.gz"
    run(["tar", "xzf", file, "-C", place])
    stsw = place / f"stsw-{settings.version}-{this_platform()}/bin/stsw"
    return Way("archive", [str(stsw)], trials.bare(place), [file], place)


def portable(settings: Settings, place: Path) -> Way:
    file = TARGET / "archives" / f"stsw-{settings.version}.zip"
    shutil.unpack_archive(file, place)
    stsw = place / f"stsw-{settings.version}/bin/stsw"
    stsw.chmod(0o755)
    return Way("archive without a runtime", [str(stsw)], trials.bare(place, STSW_JAVA=str(jdk())), [file], place, [jdk() / "lib"])


def pip(settings: Settings, place: Path) -> Way:
    wheel, runtime = trials.built_wheel(), runtimes.wheel_of(this_platform())
    run([sys.executable, "-m", "venv", "--without-pip", place / "venv"])
    install = [sys.executable, "-m", "pip", "--python", place / "venv/bin/python", "install", "--quiet"]
    run([*install, "--no-index", "--disable-pip-version-check", wheel, runtime])
    return Way("pip", [str(place / "venv/bin/stsw")], trials.bare(place), [wheel, runtime], place)


def npm(settings: Settings, place: Path) -> Way:
    main, runtime = trials.npm_files(settings)
    command = ["npm", "install", "-g", main, runtime, "--prefix", place, "--offline", "--omit=optional"]
    run([*command, "--no-audit", "--no-fund", "--silent"])
    return Way("npm", [str(place / "bin/stsw")], trials.bare(place), [main, runtime], place)


def started(way: Way, arguments: list[str]) -> dict:
    return measure.run([*way.command, *arguments], inside=False, env=way.environment)


def megabytes(number: float) -> str:
    return f"{number / 1e6:.1f} MB"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def sizes(ways: list[Way]) -> list[str]:
    lines = ["| way in | to download | on disk | with its caches of classes |", "|---|---|---|---|"]
    for way in ways:
        downloads = " + ".join(megabytes(file.stat().st_size) for file in way.downloads)
        lines.append(f"| {way.name} | {downloads} | {megabytes(way.disk)} | {megabytes(way.bytes())} |")
    return lines


def starts(ways: list[Way], peer: Way | None) -> list[str]:
    head = "| `inspect` of 291 tensors | first run | cold | warm | of 100 ms | processor time | peak memory | of 48 MB |"
    lines = [head + (" peer's warm, processor time |" if peer else ""), "|---|---|---|---|---|---|---|---|" + ("---|" if peer else "")]
    for way in [*ways, *([peer] if peer else [])]:
        warm, peak = way.median("warm", "seconds"), way.median("warm", "peak")
        cells = [way.name, milliseconds(way.first) if way.first else "", milliseconds(way.median("cold", "seconds")) if way.place else ""]
        cells += [milliseconds(warm), f"{warm / BUDGET_SECONDS:.2f}", milliseconds(way.median("warm", "cpu"))]
        cells += [megabytes(peak), f"{peak / BUDGET_BYTES:.2f}"]
        if peer:
            cells.append(", ".join(f"{peer.median('warm', what) / way.median('warm', what):.2f}" for what in ("seconds", "cpu")))
        lines.append("| " + " | ".join(cells) + " |")
    return lines


TITLE = "## Sizes and start-up of each way in"


def section(ways: list[Way], others: list[Way], peer: Way | None, options: argparse.Namespace, settings: Settings) -> str:
    busy = statistics.median(one["others"] for way in ways for one in way.runs["warm"])
    node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    text = f"""Of stsw {settings.version} (commit {built_commit(TARGET / "stsw.jar")}), on {this_platform()}, with Python {sys.version.split()[0]} and Node {node}; medians of {options.rounds} rounds in turn.
What else ran on the machine took {busy * 100:.0f} % of the processors during the median run. First run: it makes the cache of loaded classes, where
none came along. Cold: all files of the way in, its Java too, are dropped from the page cache. The budget is for the archive and pip; npm has Node's
own start on top. Peak memory is that of the largest process. The peer's times are as a multiple of each row's. By
`dist/build.sh` and `benchmarks/install.py --write --rounds {options.rounds}{" --python PYTHON" if peer else ""}`."""
    return "\n".join([TITLE, "", *sizes(ways), "", *starts([*ways, *others], peer), "", text, ""])


def write(made: str) -> None:
    """In the place of the section of this name, or at the end of the page."""
    page = ROOT / "docs/benchmarks.md"
    before, found, after = page.read_text("utf-8").partition(TITLE)
    following = after.partition("\n## ")
    page.write_text((before if found else before.rstrip("\n") + "\n\n") + made + (f"\n## {following[2]}" if following[1] else ""), "utf-8")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--python", help="a Python with safetensors and numpy")
    options.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    chosen = options.parse_args()
    settings = Settings.read()
    with tempfile.TemporaryDirectory(prefix="stsw-install-") as folder:
        file = Path(folder) / "model.safetensors"
        model.write_model(file, 12_000_000)
        ways = []
        for make in (archive, pip, npm, portable):
            place = Path(folder) / make.__name__
            place.mkdir()
            way = make(settings, place)
            way.disk = way.bytes()
            start = time.perf_counter()
            started(way, ["inspect", str(file)])
            way.first = time.perf_counter() - start
            started(way, ["convert", "--help"])  # makes the cache of the other commands
            ways.append(way)
        node = shutil.which("node")
        others = [Way("for comparison: `node -e 0`", [node, "-e", "0"], dict(os.environ))] if node else []
        peer = None
        if chosen.python:
            peer = Way("for comparison: `import safetensors.numpy`", [chosen.python, "-c", "import safetensors.numpy"], dict(os.environ))
        for _ in range(chosen.rounds):
            for way in ways:
                for one in way.files(*way.java):
                    measure.cold(one)
                way.runs["cold"].append(started(way, ["inspect", str(file)]))
                started(way, ["inspect", str(file)])
                way.runs["warm"].append(started(way, ["inspect", str(file)]))
            for way in [*others, *([peer] if peer else [])]:
                started(way, [])
                way.runs["warm"].append(started(way, []))
        made = section(ways, others, peer, chosen, settings)
        print(made, end="")
        if chosen.write:
            write(made)


if __name__ == "__main__":
    main()
