#!/usr/bin/env python3
"""Builds what people install: see build.sh. Needs Python 3.10, a JDK 25, and npm for the npm packages."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import packages
import runtimes
import trials
from common import ROOT, TARGET, Settings, Skipped, log, run

WHAT = ["maven", "wheel", "npm", "archives", "sums", "try"]


def jar(settings: Settings) -> Path:
    """The command line in one jar, as ./stsw builds it."""
    target = TARGET / "stsw.jar"
    if not target.exists():
        log("jar")
        run([ROOT / "mvnw", "-q", "-B", "-f", ROOT / "pom.xml", "-Pquick", "package", "-pl", "cli", "-am", *settings.maven()])
        shutil.copy2(ROOT / "cli/target/stsw.jar", target)
    return target


def maven(settings: Settings, folder: Path) -> None:
    """A Maven repository in a folder, with sources, Javadoc and a list of what is inside of each artifact."""
    log("maven")
    shutil.rmtree(folder, ignore_errors=True)
    command = [ROOT / "mvnw", "-q", "-B", "-f", ROOT / "pom.xml", "-Pquick,release,integrations"]
    if os.environ.get("STSW_SIGN"):
        command[-1] += ",sign"
    run([*command, "deploy", "-Dexamples.skip=true", *settings.maven(), f"-DaltDeploymentRepository=stsw::file:{folder}"])


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
    unknown = [name for name in what if name not in WHAT]
    if unknown:
        sys.exit(f"build.sh: what is {unknown[0]}? One of: {' '.join(WHAT)}")
    what = what or WHAT
    settings = Settings.read()
    TARGET.mkdir(exist_ok=True)
    (TARGET / "stsw.jar").unlink(missing_ok=True)
    print(f"stsw {settings.version}, commit {settings.commit or 'unknown'}", flush=True)
    failures = []

    def attempt(name, step) -> None:
        try:
            step()
        except Skipped as reason:
            print(f"SKIPPED: {name}: {reason}", flush=True)
            if os.environ.get("CI") == "true":
                failures.append(name)

    if "maven" in what:
        maven(settings, TARGET / "maven")
    if "wheel" in what:
        attempt("wheel", lambda: packages.wheel(settings, jar(settings), TARGET / "wheel"))
    if "npm" in what or "archives" in what:
        found = runtimes.all_platforms(jar(settings), attempt)
        if "npm" in what:
            attempt("npm", lambda: packages.npm(settings, jar(settings), found, TARGET / "npm"))
        if "archives" in what:
            packages.archives(settings, jar(settings), found, TARGET / "archives")
    if "sums" in what:
        sums()
    if "try" in what:
        for name, trial in trials.TRIALS.items():
            attempt(name, lambda: trial(settings))
    if failures:
        sys.exit(f"build.sh: not everything could be built or tried: {', '.join(failures)}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as failure:
        sys.exit(f"build.sh: {' '.join(map(str, failure.cmd[:4]))} … ended with exit code {failure.returncode}")
