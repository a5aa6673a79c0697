#!/usr/bin/env python3
"""Builds what people install: see build.sh. Needs Python 3.10, a JDK 25, and npm for the npm packages."""

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import packages
import runtimes
import trials
from common import PLATFORMS, ROOT, TARGET, Settings, Skipped, built_commit, expect, log, maven_wrapper, this_platform

WHAT = ["maven", "wheel", "npm", "archives", "sums", "try"]


def jar(settings: Settings) -> Path:
    """The command line in one jar: the one that STSW_JAR names, or else as ./stsw builds it."""
    target = TARGET / "stsw.jar"
    given = os.environ.get("STSW_JAR")
    if not target.exists() and given:
        shutil.copy2(given, target)
    if not target.exists():
        log("jar")
        maven_wrapper(["-Pquick", "package", "-pl", "cli", "-am", *settings.maven()])
        shutil.copy2(ROOT / "cli/target/stsw.jar", target)
        expect(built_commit(target) == settings.commit, f"the jar says that it is commit {built_commit(target)}")
    return target


def maven(settings: Settings, folder: Path) -> None:
    """A Maven repository in a folder, with sources, Javadoc and a list of what is inside of each artifact."""
    log("maven")
    shutil.rmtree(folder, ignore_errors=True)
    profiles = "-Pquick,release,integrations" + (",sign" if os.environ.get("STSW_SIGN") else "")
    place = f"-DaltDeploymentRepository=stsw::{folder.as_uri()}"
    maven_wrapper([profiles, "deploy", "-Dexamples.skip=true", *settings.maven(), place])


def sums() -> None:
    """SHA-256 of every file that people download, in the form that sha256sum -c reads."""
    log("sums")
    lines = []
    for kind in ("archives", "wheel", "npm"):
        for file in sorted((TARGET / kind).glob("*.*")):
            if file.is_file():
                lines.append(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {kind}/{file.name}\n")
    (TARGET / "SHA256SUMS").write_text("".join(lines))


def main(what: list[str]) -> None:
    here = "--here" in what
    what = [name for name in what if name != "--here"]
    unknown = [name for name in what if name not in WHAT]
    if unknown:
        sys.exit(f"build.sh: what is {unknown[0]}? One of: {' '.join(WHAT)}")
    what = what or WHAT
    tried = [kind for kind in what if kind != "try"] or WHAT
    settings = Settings.read()
    TARGET.mkdir(exist_ok=True)
    (TARGET / "stsw.jar").unlink(missing_ok=True)
    print(f"stsw {settings.version}, commit {settings.commit or 'unknown'}", flush=True)
    failures = []

    # Programs that not every machine has: with --here, what needs them is only said to be missing.
    spared = ("npm", "gradle") if here else ()

    def attempt(name, step) -> None:
        try:
            step()
        except Skipped as reason:
            print(f"SKIPPED: {name}: {reason}", flush=True)
            if os.environ.get("CI") == "true" and name not in spared:
                failures.append(name)

    if "maven" in what:
        maven(settings, TARGET / "maven")
    if "wheel" in what:
        attempt("wheel", lambda: packages.wheel(settings, jar(settings), TARGET / "wheel"))
    if "npm" in what or "archives" in what:
        found = runtimes.of_platforms([this_platform()] if here else list(PLATFORMS), attempt)
        if "npm" in what:
            attempt("npm", lambda: packages.npm(settings, jar(settings), found, TARGET / "npm"))
        if "archives" in what:
            packages.archives(settings, jar(settings), found, TARGET / "archives", level=6 if here else 9)
    if "sums" in what:
        sums()
    if "try" in what:
        wanted = {name: trial for name, (kind, trial) in trials.TRIALS.items() if kind in tried}

        def tries(name: str) -> None:
            attempt(name, lambda: wanted[name](settings))

        # Two at a time: they wait for processes and pip. Not those of Maven, which share this checkout's folders.
        apart = [name for name in wanted if trials.TRIALS[name][0] != "maven"]
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(tries, apart))
        for name in wanted:
            if name not in apart:
                tries(name)
    if failures:
        sys.exit(f"build.sh: not everything could be built or tried: {', '.join(failures)}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as failure:
        sys.exit(f"build.sh: {' '.join(map(str, failure.cmd[:4]))} … ended with exit code {failure.returncode}")
