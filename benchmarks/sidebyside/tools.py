"""Finds and builds what is run: our own programs, and the peers that are there or can be had."""

import glob
import os
import re
import shlex
import shutil
import subprocess
import sys

from measure import telling

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TARGET = os.path.join(ROOT, "benchmarks", "target")
RUST = os.path.join(ROOT, "benchmarks", "peers", "rust")
JVM = os.path.join(ROOT, "benchmarks", "peers", "jvm")
PYSTSW = "stsw==1.0.0"
PEERS = ("python", "pystsw", "rust", "djl", "jlama")


class Skipped:
    """What could not be run, and why; said at once and in the report."""

    def __init__(self):
        self.lines = []

    def __call__(self, line):
        self.lines.append(line)
        print(f"SKIPPED: {line}", file=sys.stderr)


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


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def tools(java, python, peers, skipped):
    """Commands by name; None for those that are not there. `peers` names those that are wanted."""
    found = ours(java, skipped)
    found["c"] = compiled(skipped)
    found |= {"python": None, "pystsw": None, "rust": None, "djl": None, "jlama": None}
    if "python" in peers:
        found["python"] = reference(python, skipped)
    if "pystsw" in peers and found["python"]:
        found["pystsw"] = python_stsw(python, skipped)
    if "rust" in peers:
        found["rust"] = rust(skipped)
    if "djl" in peers or "jlama" in peers:
        found |= {name: command for name, command in jvm(java, skipped).items() if name in peers}
    return found


def ours(java, skipped):
    """Compiled against the packaged command line, so that what is measured is what users run."""
    stsw, jar, classes = os.path.join(ROOT, "stsw"), os.path.join(ROOT, "cli", "target", "stsw.jar"), os.path.join(TARGET, "classes")
    subprocess.run([stsw, "--version"], check=True, stdout=subprocess.DEVNULL)  # builds
    sources = sorted(glob.glob(os.path.join(ROOT, "benchmarks", "src", "main", "java", "dev", "stsw", "benchmarks", "*.java")))
    subprocess.run([beside(java, "javac"), "-d", classes, "-cp", jar, *sources], check=True)
    program = ["-cp", classes + os.pathsep + jar, "dev.stsw.benchmarks.SideBySide"]
    small = ["-XX:+UseSerialGC", "-Xms4m", "-XX:+UseCompactObjectHeaders", "-XX:TieredStopAtLevel=1"]
    direct = launched(stsw)
    if direct is None:
        skipped("the floor of start-up: ./stsw does not end in a java command")
    return {
        "stsw": stsw,
        "java": [java, *program],
        "small_java": [java, *small, *program],
        "direct": direct,
        "floor": direct and floor(java, direct, classes, skipped),
    }


def beside(java, tool):
    return os.path.join(os.path.dirname(java), tool)


def launched(stsw):
    """The java command that `./stsw inspect` ends in, without its arguments."""
    trace = subprocess.run(["sh", "-x", stsw, "inspect", "nothing"], capture_output=True, text=True).stderr.splitlines()
    commands = [shlex.split(line.removeprefix("+ exec ")) for line in trace if line.startswith("+ exec ")]
    return next((command[: command.index("inspect")] for command in reversed(commands) if "inspect" in command), None)


def floor(java, direct, classes, skipped):
    """A program that prints one line, with a cache of classes of its own, and otherwise the options of ./stsw."""
    folder = os.path.join(TARGET, "floor")
    jar, cache, main = os.path.join(folder, "floor.jar"), os.path.join(folder, "floor.aot"), "dev.stsw.benchmarks.Floor"
    os.makedirs(folder, exist_ok=True)
    subprocess.run([beside(java, "jar"), "-cfe", jar, main, "-C", classes, main.replace(".", "/") + ".class"], check=True)
    program = next(i for i, option in enumerate(direct) if option in ("-jar", "-cp"))
    options = [option for option in direct[:program] if not option.startswith("-XX:AOTCache")]
    trained = subprocess.run([*options, f"-XX:AOTCacheOutput={cache}", "-jar", jar], capture_output=True)
    if trained.returncode != 0 or not os.path.exists(cache):
        skipped("the floor of start-up: no cache of classes could be made")
        return None
    return [*options, f"-XX:AOTCache={cache}", "-jar", jar]


def compiled(skipped):
    compiler, program = shutil.which("cc"), os.path.join(TARGET, "limits")
    if compiler is None:
        skipped("what C reaches: there is no cc")
        return None
    subprocess.run([compiler, "-O2", "-o", program, os.path.join(HERE, "limits.c")], check=True)
    return [program]


def reference(python, skipped):
    if not python or subprocess.run([python, "-c", "import numpy, safetensors.torch"], capture_output=True).returncode != 0:
        skipped("torch and safetensors for Python: " + (f"{os.path.basename(python)} does not have them" if python else "no --python"))
        return None
    return [python, os.path.join(HERE, "peers.py")]


def python_stsw(python, skipped):
    folder = os.path.join(TARGET, "python")
    if not os.path.isdir(os.path.join(folder, "stsw")):
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", folder, PYSTSW]
        if subprocess.run(pip).returncode != 0:
            skipped(f"the Python stsw: pip could not install {PYSTSW}")
            return None
    os.environ["PYTHONPATH"] = folder
    return folder


def rust(skipped):
    """The crate that the reference is made of, in the version that its Cargo.toml pins."""
    if shutil.which("cargo") is None:
        skipped("the Rust crate: there is no cargo")
        return None
    folder = os.path.join(TARGET, "rust")
    build = ["cargo", "build", "--quiet", "--release", "--manifest-path", os.path.join(RUST, "Cargo.toml"), "--target-dir", folder]
    built = subprocess.run(build, capture_output=True, text=True)
    if built.returncode != 0:
        skipped(f"the Rust crate: cargo could not build it: {telling(built.stderr)}")
        return None
    return [os.path.join(folder, "release", "stsw-benchmarks-rust")]


def jvm(java, skipped):
    """DJL and Jlama, from Maven Central."""
    build = [os.path.join(ROOT, "mvnw"), "-q", "-B", "-f", os.path.join(ROOT, "pom.xml"), "-Pquick,peers", "package", "-pl", "benchmarks/peers/jvm"]
    environment = os.environ | {"JAVA_HOME": os.path.dirname(os.path.dirname(java))}
    built = subprocess.run(build, capture_output=True, text=True, env=environment)
    if built.returncode != 0:
        skipped(f"DJL and Jlama: Maven could not get or build them: {telling(built.stdout)}")
        return {}
    program = ["-cp", os.path.join(JVM, "target", "lib", "*"), "dev.stsw.benchmarks.peers."]
    offline = ["-Dai.djl.offline=true", f"-DDJL_CACHE_DIR={os.path.join(TARGET, 'djl')}", "--enable-native-access=ALL-UNNAMED"]
    found = {
        "djl": [java, *offline, *program[:-1], program[-1] + "Djl"],
        "jlama": [java, "--add-modules", "jdk.incubator.vector", *program[:-1], program[-1] + "Jlama"],
    }
    started = subprocess.run([*found["djl"], "start"], capture_output=True, text=True)  # unpacks libtorch
    if started.returncode != 0:
        skipped(f"DJL: its PyTorch engine does not start: {telling(started.stderr)}")
        del found["djl"]
    return found


def versions(found):
    """Of the peers that were run."""
    facts = {}
    if found["python"]:
        show = "import sys, torch, safetensors, numpy; print(sys.version.split()[0], 'torch', torch.__version__, 'safetensors', safetensors.__version__, 'numpy', numpy.__version__)"
        facts["Python"] = output(found["python"][0], "-c", show)
    if found["rust"]:
        with open(os.path.join(RUST, "Cargo.toml")) as file:
            crates = re.findall(r'^(memmap2|safetensors) = "=([^"]+)"', file.read(), re.MULTILINE)
        facts["Rust"] = ", ".join([" ".join(output("rustc", "--version").split()[:2]), *(" ".join(crate) for crate in crates)])
    with open(os.path.join(JVM, "pom.xml")) as file:
        properties = dict(re.findall(r"<(\w+)\.version>([^<]+)<", file.read()))
    if found["djl"]:
        facts["DJL"] = f"{properties['djl']}, libtorch {properties['libtorch']}"
    if found["jlama"]:
        facts["Jlama"] = properties["jlama"]
    return facts
