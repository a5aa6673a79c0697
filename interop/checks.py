"""The groups of check.py: each says what it did, and lists what differs."""

import io
import json
import logging
import os
import random
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import safetensors
import safetensors.torch
import torch

import make_valid
from check import Skip
from common import BITS, GOLDEN, HERE, join_shape, sha256
from models import Model, Tensor, in_reference_order, save

ENTRY = "stsw.crc32"
FORMAT = HERE.parent / "docs" / "format.md"
EXAMPLE = HERE.parent / "examples" / "tiny-transformer.pt"


class Stsw:
    """The command line, in a folder of its own."""

    def __init__(self, launcher: Path, folder: Path):
        self.launcher, self.folder = launcher, folder
        self.run("--version")  # Builds it, where that has to be done.

    def run(self, *words, timeout: int = 300) -> subprocess.CompletedProcess:
        command = [str(self.launcher), *map(str, words)]
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=timeout
        )

    def convert(self, source: Path, *options: str) -> tuple[bytes | None, str]:
        """The file it writes, or None and its complaint. Exit codes must agree with what is on the disk."""
        target = self.folder / f"{source.name}.out.safetensors"
        target.unlink(missing_ok=True)
        run = self.run("convert", source, target, *options)
        if (run.returncode == 0) != target.exists():
            return (
                None,
                f"exit {run.returncode}, output there: {target.exists()}; {run.stderr.strip()}",
            )
        raw = target.read_bytes() if target.exists() else None
        target.unlink(missing_ok=True)
        return raw, f"exit {run.returncode}: {run.stderr.strip()}"

    def convert_all(self, sources: list[Path], *options: str) -> list[tuple[bytes | None, str]]:
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda source: self.convert(source, *options), sources))

    def write(self, name: str, raw: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(raw)
        return path


def table(path: Path) -> list[list[str]]:
    lines = path.read_text(encoding="ascii").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def unescape(text: str) -> str:
    return json.loads(f'"{text}"')


def parsed(raw: bytes) -> tuple[dict, int]:
    start = 8 + struct.unpack_from("<Q", raw)[0]
    return json.loads(raw[8:start]), start


def described(raw: bytes) -> dict[str, tuple]:
    """name -> dtype, shape, sha256, as the reference reads the file."""
    return {
        name: (t["dtype"], join_shape(t["shape"]), sha256(bytes(t["data"])))
        for name, t in safetensors.deserialize(raw)
    }


def unlike(raw: bytes, expected: dict[str, tuple]) -> list[str]:
    """How the file, as the reference reads it, differs from these tensors."""
    try:
        found = described(raw)
    except safetensors.SafetensorError as error:
        return [str(error)]
    return [] if found == expected else [f"expected {expected}, found {found}"]


def written(folder: Path):
    """Files of a Java test: the reference reads the same tensors, and would write the same bytes."""
    if not folder.joinpath("manifest.tsv").exists():
        raise Skip(f"no manifest.tsv in {folder}")
    expected: dict[str, dict] = {}
    for file, *tensor in table(folder / "manifest.tsv"):
        expected.setdefault(file, {})
        if tensor:
            expected[file][unescape(tensor[0])] = tuple(tensor[1:])
    differences, rebuilt = [], 0
    for path in sorted(folder.glob("*.safetensors")):
        expected.setdefault(path.name, {})
    for file, tensors in expected.items():
        raw = folder.joinpath(file).read_bytes()
        wrong = unlike(raw, tensors)
        differences += [f"{file}: {what}" for what in wrong]
        if wrong:
            continue
        header, _ = parsed(raw)
        metadata = header.get("__metadata__")
        if metadata is not None and ENTRY in metadata:
            differences += [f"{file}: {what}" for what in faults(raw)]
        elif len(metadata or {}) < 2:
            rebuilt += 1
            if as_reference(raw) != raw:
                differences.append(f"{file}: the reference would write other bytes")
    return f"{len(expected)} files, {rebuilt} of them rebuilt by the reference", differences


def as_reference(raw: bytes) -> bytes:
    """The same tensors, saved by the reference (or by its rules: its Python side knows no F6)."""
    tensors = {
        name: Tensor(t["dtype"], tuple(t["shape"]), bytes(t["data"]))
        for name, t in safetensors.deserialize(raw)
    }
    crafted = any(t.dtype.startswith("F6") for t in tensors.values())
    metadata = parsed(raw)[0].get("__metadata__")
    model = Model("again", "crafted" if crafted else "serialize", tensors, metadata)
    return in_reference_order(model) if crafted else save(model)


def identity(stsw: Stsw, count: int):
    """An official file comes back as the same bytes."""
    models = [*make_valid.random_models(random.Random(9))][:count]
    originals = [save(model) for model in models]
    sources = [
        stsw.write(f"{model.name}.safetensors", raw)
        for model, raw in zip(models, originals, strict=True)
    ]
    differences = [
        f"{model.name}: {'other bytes' if ours else why}"
        for model, raw, (ours, why) in zip(
            models, originals, stsw.convert_all(sources), strict=True
        )
        if ours != raw
    ]
    return f"{len(models)} random models converted, byte for byte", differences


def checksummed(stsw: Stsw) -> list[tuple[str, bytes | None, str]]:
    models = [*make_valid.random_models(random.Random(10))][:12]
    sources = [stsw.write(f"{model.name}.safetensors", save(model)) for model in models]
    sources.append(EXAMPLE)
    results = stsw.convert_all(sources, "--crc32")
    return [(source.name, *result) for source, result in zip(sources, results, strict=True)]


def checksums(stsw: Stsw):
    """Files with checksums load, fit the schema, hold true sums, and `verify` agrees."""
    differences, files = [], checksummed(stsw)
    for name, raw, why in files:
        if raw is None:
            differences.append(f"{name}: {why}")
            continue
        differences += [f"{name}: {what}" for what in faults(raw)]
        for flip in (None, 3, len(raw) // 3, len(raw) - 1):
            changed = bytearray(raw)
            if flip is not None:
                changed[flip] ^= 0x20
            code = stsw.run("verify", stsw.write("verify.safetensors", bytes(changed))).returncode
            if (code == 0) != (flip is None):
                differences.append(f"{name}: verify says {code} with byte {flip} changed")
    return f"{len(files)} files loaded, fitted the schema, summed up and verified", differences


def faults(raw: bytes) -> list[str]:
    """What is wrong with a file with checksums, told without a line of our Java."""
    try:
        safetensors.deserialize(raw)
        header, start = parsed(raw)
        schema().validate(header)
    except (safetensors.SafetensorError, jsonschema.ValidationError) as error:
        return [str(error).splitlines()[0]]
    entry = header["__metadata__"][ENTRY]
    tensors = {name: info for name, info in header.items() if name != "__metadata__"}
    if not re.fullmatch(r"[0-9a-f]{8}( [0-9a-f]{8})*", entry) or entry.count(" ") != len(tensors):
        return [f"malformed entry {entry}"]
    placeholder = re.sub(r"[0-9a-f]", "0", entry)
    blank = raw[:start].replace(
        f'"{ENTRY}":"{entry}"'.encode(), f'"{ENTRY}":"{placeholder}"'.encode()
    )
    expected = [zlib.crc32(blank)]
    for info in tensors.values():
        begin, end = info["data_offsets"]
        expected.append(zlib.crc32(raw[start + begin : start + end]))
    sums = " ".join(f"{crc:08x}" for crc in expected)
    return [] if sums == entry else [f"sums {entry} should be {sums}"]


def schema() -> jsonschema.Draft202012Validator:
    """The reference's published schema. Its dtype pattern is stale (it knows no BOOL, C64, F4 or F6): mended here."""
    found = json.loads(HERE.joinpath("safetensors.schema.json").read_text())
    found["$defs"]["Tensor"]["properties"]["dtype"]["pattern"] = f"^({'|'.join(BITS)})$"
    return jsonschema.Draft202012Validator(found)


def documented(stsw: Stsw):
    """The lines of Python in docs/format.md accept what `convert --crc32` writes, and no flipped bit."""
    code = (
        re.search(r"<!-- check: verify -->\s*```python\n(.*?)```", FORMAT.read_text(), re.S)
        if FORMAT.exists()
        else None
    )
    if code is None:
        raise Skip(f"no block marked `check: verify` in {FORMAT.relative_to(HERE.parent)}")
    script = stsw.write("verify.py", code[1].encode())
    differences, tried = [], 0
    for name, raw, why in checksummed(stsw):
        if raw is None:
            differences.append(f"{name}: {why}")
            continue
        dice = random.Random(11)
        flips = [None, 0, 5, 20, len(raw) - 1] + [dice.randrange(len(raw)) for _ in range(3)]
        for flip in flips:
            changed = bytearray(raw)
            if flip is not None:
                changed[flip] ^= 1
            path = stsw.write("documented.safetensors", bytes(changed))
            run = subprocess.run([sys.executable, script, path], capture_output=True, text=True)
            tried += 1
            if (run.returncode == 0) != (flip is None):
                differences.append(
                    f"{name}: exit {run.returncode} with byte {flip} changed; {run.stderr.strip()[-200:]}"
                )
    return f"the documented lines judged {tried} files", differences


def torch_(stsw: Stsw):
    """Every golden checkpoint gives the tensors that torch.load gives, or is refused."""
    files: dict[str, list] = {}
    tensors: dict[str, dict] = {}
    for file, kind, *rest in table(GOLDEN / "torch" / "torch.tsv"):
        if kind == "file":
            files[file] = rest
        else:
            name, dtype, shape, digest, twin = rest
            tensors.setdefault(file, {})[unescape(name)] = ((dtype, shape, digest), unescape(twin))
    results = stsw.convert_all([GOLDEN / "torch" / file for file in files])
    differences = []
    for (file, (verdict, *_)), (raw, why) in zip(files.items(), results, strict=True):
        if (raw is not None) != (verdict == "accept"):
            if verdict == "refuse" or tensors.get(file):  # Without any tensor, both are right.
                differences.append(f"{file}: should {verdict}; {why}")
        elif raw is not None:
            differences += [f"{file}: {what}" for what in unlike_tied(raw, tensors.get(file, {}))]
        elif not why.startswith("exit 1:"):
            differences.append(f"{file}: {why}")
    raw, why = stsw.convert(EXAMPLE)
    differences += [
        f"{EXAMPLE.name}: {what}" for what in ([why] if raw is None else unlike_example(raw))
    ]
    return f"{len(files) + 1} checkpoints", differences


def transformers_(stsw: Stsw):
    """Models with tied weights, saved by torch.save and converted by us, load without a missing key or a warning."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import transformers

    sizes = {"vocab_size": 40, "d_model": 8, "d_kv": 4, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    t5 = transformers.T5Config(**sizes, decoder_start_token_id=0)
    gpt2 = transformers.GPT2Config(
        vocab_size=40, n_positions=8, n_embd=8, n_layer=1, n_head=2, bos_token_id=1, eos_token_id=2
    )
    bert = transformers.BertConfig(
        vocab_size=40, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    cases = [
        (transformers.T5ForConditionalGeneration, t5, transformers.T5EncoderModel),
        (transformers.GPT2LMHeadModel, gpt2, None),
        (transformers.BertForMaskedLM, bert, None),
    ]
    differences = []
    for kind, config, part in cases:
        model = kind(config)
        source = stsw.folder / f"{kind.__name__}.bin"
        torch.save(model.state_dict(), source)
        raw, why = stsw.convert(source)
        if raw is None:
            differences.append(f"{kind.__name__}: {why}")
            continue
        folder = stsw.folder / kind.__name__
        folder.mkdir()
        model.config.save_pretrained(folder)
        folder.joinpath("model.safetensors").write_bytes(raw)
        for loader in (kind, part) if part else (kind,):
            differences += unlike_loaded(loader, folder, model)
    return f"{len(cases)} models with tied weights", differences


def unlike_loaded(loader, folder: Path, model) -> list[str]:
    """What transformers misses, warns of, or reads otherwise than it was."""
    import transformers

    log = io.StringIO()
    handler = logging.StreamHandler(log)
    transformers.logging.add_handler(handler)
    try:
        loaded, info = loader.from_pretrained(folder, output_loading_info=True)
    finally:
        transformers.logging.remove_handler(handler)
    whole = loader is type(model)
    wrong = [f"{key}: {sorted(info[key])}" for key in info if info[key] and (whole or key == "missing_keys")]
    if whole and log.getvalue():
        wrong.append(log.getvalue())
    state = model.state_dict()
    wrong += [f"{n} differs" for n, t in loaded.state_dict().items() if not torch.equal(t, state[n])]
    return [f"{loader.__name__}: {what}" for what in wrong]


def unlike_tied(raw: bytes, expected: dict[str, tuple]) -> list[str]:
    """The same, but a missing name is right where the same elements are there under another name."""
    try:
        found = described(raw)
    except safetensors.SafetensorError as error:
        return [str(error)]
    if list(expected) == ["*"]:
        return (
            []
            if [*found.values()] == [expected["*"][0]]
            else [f"one tensor {expected['*'][0]}, found {found}"]
        )
    wrong = [f"unexpected {name!r}" for name in found if name not in expected]
    twins: dict[str, list[str]] = {}
    for name, (_, twin) in expected.items():
        twins.setdefault(twin or name, []).append(name)
    for name, (tensor, twin) in expected.items():
        kept = (
            [name] if name in found else [other for other in twins[twin or name] if other in found]
        )
        if not kept or found[kept[0]] != tensor:
            wrong.append(f"{name!r} should be {tensor}, is {found.get(name)}")
    return wrong


def unlike_example(raw: bytes) -> list[str]:
    """As a user would compare them."""
    try:
        ours = safetensors.torch.load(raw)
    except safetensors.SafetensorError as error:
        return [str(error)]
    theirs = torch.load(EXAMPLE, weights_only=True)["state_dict"]
    tied = {"lm_head.weight", "wte.weight"}
    wrong = [
        f"{name} is missing"
        for name in theirs
        if name not in ours and not (name in tied and tied & ours.keys())
    ]
    return wrong + [
        f"{name} differs" for name, tensor in ours.items() if not torch.equal(tensor, theirs[name])
    ]


def legacy(stsw: Stsw):
    """Files of the Python original come out repaired, or are refused where bytes are lost."""
    sources, states, checks, tensors = [], [], [], []
    for edition in ("release", "repository"):
        found: dict[str, dict] = {}
        for file, kind, *rest in table(GOLDEN / "legacy" / edition / "legacy.tsv"):
            if kind == "file":
                sources.append(GOLDEN / "legacy" / edition / file)
                states.append(rest[0])
                checks.append(rest[1])
                tensors.append(found.setdefault(file, {}))
            elif kind == "tensor":
                found[file][unescape(rest[0])] = (rest[1], rest[2], rest[6])
    differences = []
    for source, state, sums, expected, (raw, why) in zip(
        sources, states, checks, tensors, stsw.convert_all(sources), strict=True
    ):
        label = f"{source.parent.name}/{source.name}"
        lost = state in ("incomplete-cut", "overrun") or "wrong" in sums
        if raw is None and state == "complete" and not lost:
            differences.append(f"{label}: {why}")
        elif raw is not None and lost:
            differences.append(f"{label}: converted although bytes are lost")
        elif raw is not None:
            differences += [f"{label}: {what}" for what in unlike(raw, expected)]
    return f"{len(sources)} files of the Python original", differences


def hostile(stsw: Stsw, every: int):
    """A sample of the hostile checkpoints: refused with exit 1 and one clear error; no command runs."""
    rows = table(GOLDEN / "hostile.tsv")[::every]
    with zipfile.ZipFile(GOLDEN / "hostile.zip") as folder:
        sources = [stsw.write(f"{i:03d}.pt", folder.read(row[0])) for i, row in enumerate(rows)]
    differences = []
    for (file, _, verdict, why), (raw, said) in zip(rows, stsw.convert_all(sources), strict=True):
        if verdict == "refuse" and raw is not None:
            differences.append(f"{file}: converted, although {why}")
        if verdict == "inert" and raw is None:
            differences.append(f"{file}: {said}")
        if raw is None and (not said.startswith("exit 1:") or "\tat " in said):
            differences.append(f"{file}: {said[:300]}")
    differences += [f"{path} was made: a payload ran" for path in Path("/tmp").glob("stsw-pwned-*")]
    return f"{len(rows)} hostile checkpoints", differences
