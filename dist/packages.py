"""Packages and archives out of the jar and the runtimes."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from common import DIST, PLATFORMS, ROOT, TARGET, Settings, Skipped, jdk, log, run, this_platform

# Times in archives: the same content makes the same bytes.
TIME = 1767225600  # 2026-01-01


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def filled(settings: Settings, source: Path, target: Path, **more: str) -> None:
    target.write_text(settings.fill(source.read_text("utf-8"), **more), "utf-8")


def licences(target: Path) -> None:
    """Ours, and whose work comes along; a runtime has its own in runtime/legal."""
    shutil.copy(ROOT / "LICENSE", target / "LICENSE")
    shutil.copy(DIST / "NOTICE", target / "NOTICE")


def wheel(settings: Settings, jar: Path, target: Path) -> None:
    log("wheel")
    stage = fresh(TARGET / "stage/wheel")
    shutil.copytree(DIST / "python/stsw", stage / "stsw", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(jar, stage / "stsw/stsw.jar")
    shutil.copy(DIST / "python/README.md", stage)
    licences(stage)
    filled(settings, DIST / "python/pyproject.toml", stage / "pyproject.toml", version=settings.python_version)
    fresh(target)
    # pip builds with hatchling, in an environment of its own.
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run(
        [*pip, "-w", str(target), str(stage)],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(TIME)},
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise Skipped(f"pip cannot build here: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")


def npm(settings: Settings, jar: Path, runtimes: dict[str, Path], target: Path) -> None:
    log("npm")
    if shutil.which("npm") is None:
        raise Skipped("there is no npm")
    fresh(target)
    names = {}
    for name, runtime in runtimes.items():
        system, processor, _ = PLATFORMS[name]
        stage = fresh(TARGET / f"stage/npm-{name}")
        filled(settings, DIST / "npm/platform/package.json", stage / "package.json", os=system, cpu=processor)
        package = json.loads((stage / "package.json").read_text("utf-8"))
        if system == "linux":
            package["libc"] = ["glibc"]
        (stage / "package.json").write_text(json.dumps(package, indent=2) + "\n", "utf-8")
        shutil.copytree(runtime, stage / "runtime")
        licences(stage)
        names[package["name"]] = settings.version
        if name == this_platform():
            npm_caches(settings, jar, stage)
        run(["npm", "pack", "--silent", "--pack-destination", target, stage], stdout=subprocess.DEVNULL)
    stage = fresh(TARGET / "stage/npm-stsw")
    shutil.copytree(DIST / "npm/stsw", stage, dirs_exist_ok=True)
    shutil.copy(jar, stage / "lib/stsw.jar")
    licences(stage)
    shutil.copy(DIST / "npm/README.md", stage)
    for file in (stage / "package.json", stage / "lib/java.js"):
        filled(settings, file, file)
    package = json.loads((stage / "package.json").read_text("utf-8"))
    package["optionalDependencies"] = names
    (stage / "package.json").write_text(json.dumps(package, indent=2) + "\n", "utf-8")
    run(["npm", "pack", "--silent", "--pack-destination", target, stage], stdout=subprocess.DEVNULL)


def npm_caches(settings: Settings, jar: Path, stage: Path) -> None:
    """Caches of loaded classes know the jar by its size and time, and npm gives every file the same time."""
    copy = TARGET / "stage/npm-jar/stsw.jar"
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(jar, copy)
    os.utime(copy, (499162500, 499162500))  # 1985-10-26 08:15:00 UTC
    for name, work in caches(copy).items():
        train(stage / "runtime", copy, stage / name, work)


def caches(jar: Path) -> dict[str, list[str]]:
    scratch = TARGET / "stage/training"
    shutil.rmtree(scratch, ignore_errors=True)
    return {"stsw-read.aot": ["dev.stsw.cli.Training", str(scratch)], "stsw.aot": ["dev.stsw.cli.Main", "selftest"]}


def launcher_flags() -> list[str]:
    """The options for Java that all launchers have; trials.py compares those of Python and Node.js with them."""
    return (ROOT / "stsw").read_text("utf-8").split("small='")[1].split("'")[0].split()


def train(runtime: Path, jar: Path, cache: Path, work: list[str]) -> None:
    flags = launcher_flags()
    java = [runtime / "bin/java", *flags, f"-XX:AOTCacheOutput={cache}", "-cp", jar, *work]
    run(java, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def manuals(jar: Path) -> Path:
    """Man pages and completions, out of the command line's own definitions."""
    target = TARGET / "stage/manuals"
    if not target.exists():
        # Compiled first: of the package of the command line, from one class loader with it.
        classes = fresh(TARGET / "stage/manuals-classes")
        run([jdk() / "bin/javac", "-proc:none", "-cp", jar, "-d", classes, DIST / "Manuals.java"])
        run([jdk() / "bin/java", "-cp", f"{jar}{os.pathsep}{classes}", "dev.stsw.cli.Manuals", target])
    return target


def archives(settings: Settings, jar: Path, runtimes: dict[str, Path], target: Path, level: int = 9) -> None:
    """Of gzip's level 6, they are a hundredth larger, and made in a third of the time."""
    log("archives")
    fresh(target)
    shutil.rmtree(TARGET / "stage/manuals", ignore_errors=True)
    bom = TARGET / "maven"
    boms = sorted(bom.glob("dev/stsw/stsw-cli/*/*cyclonedx.json")) if bom.exists() else []
    for name, runtime in [("", None), *runtimes.items()]:
        root = f"stsw-{settings.version}" + (f"-{name}" if name else "")
        stage = fresh(TARGET / "stage" / root)
        (stage / "bin").mkdir()
        (stage / "lib").mkdir()
        if not name.startswith("windows"):
            shutil.copy2(ROOT / "stsw", stage / "bin/stsw")
        if not name or name.startswith("windows"):
            text = (ROOT / "stsw.cmd").read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            (stage / "bin/stsw.cmd").write_bytes(text)
        shutil.copy2(jar, stage / "lib/stsw.jar")
        shutil.copytree(manuals(jar), stage / "share")
        licences(stage)
        shutil.copy(DIST / "archive-README.md", stage / "README.md")
        shutil.copy(ROOT / "CHANGELOG.md", stage)
        if boms:
            shutil.copy(boms[-1], stage / "sbom.cdx.json")
        if runtime is not None:
            shutil.copytree(runtime, stage / "runtime")
        os.utime(stage / "lib/stsw.jar", (TIME, TIME))
        if name == this_platform():
            # The launcher makes its caches itself, beside the jar.
            for command in (["--version"], ["convert", "--help"]):
                run([stage / "bin/stsw", *command], stdout=subprocess.DEVNULL)
            for left in (stage / "lib/.java", stage / "lib/.lock"):
                left.unlink(missing_ok=True)
        if name and not name.startswith("windows"):
            tar(stage, target / f"{root}.tar.gz", level)
        else:
            zipped(stage, target / f"{root}.zip")


def members(stage: Path) -> list[Path]:
    return sorted(path for path in stage.rglob("*") if path.is_file())


def is_executable(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o100)


def tar(stage: Path, target: Path, level: int) -> None:
    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = TIME
        entry.mode = 0o755 if entry.mode & 0o100 else 0o644
        return entry

    plain_tar = target.with_suffix("")
    with tarfile.open(plain_tar, "w", format=tarfile.PAX_FORMAT) as archive:
        for file in members(stage):
            archive.add(file, f"{stage.name}/{file.relative_to(stage)}", filter=plain)
    run(["gzip", "-n", f"-{level}", "-f", plain_tar])


def zipped(stage: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in members(stage):
            entry = zipfile.ZipInfo(f"{stage.name}/{file.relative_to(stage).as_posix()}", (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix: the permissions below count
            entry.external_attr = (0o100755 if is_executable(file) else 0o100644) << 16
            archive.writestr(entry, file.read_bytes())
