"""The Python half of the end-to-end check: what ./stsw writes, judged by the reference, by torch, and by a few lines of zlib.

    python check.py --stsw ../stsw            converts and compares (a few minutes: every conversion starts a JVM)
    python check.py --written FOLDER          judges files that a Java test wrote, listed in FOLDER/manifest.tsv

Prints a line a group; exits 1 upon any difference. What cannot be checked is SKIPPED, and an error where CI=true.
"""

import argparse
import importlib.util
import os
import sys
import tempfile
import traceback
from pathlib import Path

GROUPS = ("identity", "checksums", "documented", "torch", "legacy", "hostile")


class Skip(Exception):
    """Something that this check needs is not here."""


def main() -> int:
    arguments = parse(sys.argv[1:])
    in_ci = os.environ.get("CI") == "true"
    try:
        import checks
    except ImportError as missing:
        print(f"SKIPPED: all of interop, {missing} (see interop/requirements.txt)")
        return 1 if in_ci else 0
    bad = 0
    for name, check in chosen(checks, arguments):
        try:
            done, differences = check()
        except Skip as why:
            print(f"SKIPPED: {name}: {why}", flush=True)
            bad += in_ci
            continue
        except Exception:
            done, differences = "stopped", [traceback.format_exc()]
        print(f"{'FAIL' if differences else 'ok  '} {name}: {done}", flush=True)
        shown = differences if arguments.verbose else differences[:10]
        for difference in shown:
            print(f"     {difference[:500]}")
        if shown != differences:
            print(f"     and {len(differences) - 10} more (--verbose)")
        bad += bool(differences)
    return 1 if bad else 0


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stsw", type=Path, help="the launcher to run")
    parser.add_argument("--written", type=Path, metavar="FOLDER", help="files of ours to judge")
    parser.add_argument("--models", type=int, default=40, help="random models to convert (40)")
    parser.add_argument(
        "--hostile",
        type=int,
        default=20,
        metavar="N",
        help="try every Nth hostile file (20); 1 takes long",
    )
    parser.add_argument("--verbose", action="store_true", help="list all differences")
    parser.add_argument(
        "--only", choices=[*GROUPS, "transformers"], action="append", help="only this group; repeatable"
    )
    arguments = parser.parse_args(words)
    if not arguments.stsw and not arguments.written:
        parser.error("nothing to check: give --stsw or --written")
    return arguments


def extra() -> list[str]:
    """Groups that run only where their package happens to be."""
    return ["transformers"] if importlib.util.find_spec("transformers") else []


def chosen(checks, arguments: argparse.Namespace):
    if arguments.written:
        yield "written", lambda: checks.written(arguments.written)
    if not arguments.stsw:
        return
    with tempfile.TemporaryDirectory(prefix="stsw-interop-") as folder:
        stsw = checks.Stsw(arguments.stsw.resolve(), Path(folder))
        options = {"identity": arguments.models, "hostile": arguments.hostile}
        for name in arguments.only or [*GROUPS, *extra()]:
            check = getattr(checks, name + "_" if name in ("torch", "transformers") else name)
            yield (
                name,
                lambda check=check, name=name: check(
                    stsw, *([options[name]] if name in options else [])
                ),
            )


if __name__ == "__main__":
    sys.modules["check"] = sys.modules["__main__"]  # So that Skip is one class, whoever imports it.
    sys.exit(main())
