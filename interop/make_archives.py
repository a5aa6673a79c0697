"""Writes golden/archives/: archives with checkpoints in them, as tools write them, and archives.tsv with what is in those."""

import io
import json
import shutil
import sys
import tarfile
import zipfile

import numpy as np
import torch
from safetensors.torch import save

from common import GOLDEN, escape, write_table
from tensors import described

FOLDER = GOLDEN / "archives"
STAMP = (1980, 1, 1, 0, 0, 0)


def state(seed: int) -> dict:
    generator = torch.Generator().manual_seed(seed)
    return {
        "linear.weight": torch.randn(3, 4, generator=generator),
        "linear.bias": torch.randn(3, generator=generator).bfloat16(),
    }


def saved(thing) -> bytes:
    out = io.BytesIO()
    torch.save(thing, out)
    return out.getvalue()


def tar(members: dict[str, bytes], form: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:", format=form) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def packed(members: dict[str, bytes], method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


def stable_baselines(members: dict[str, bytes]) -> bytes:
    """`save_to_zip_file` writes checkpoints straight into the archive, ready for more than 4 GiB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            with archive.open(zipfile.ZipInfo(name, STAMP), "w", force_zip64=True) as member:
                member.write(data)
    return out.getvalue()


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    one, two = state(1), state(2)
    long = "checkpoints/" + "a-folder-with-a-long-name/" * 5 + "weights.ckpt"
    nemo = {"./model_config.yaml": b"target: x\n", "./model_weights.ckpt": saved(one)}
    mar = {
        "MAR-INF/MANIFEST.json": json.dumps({"model": {"serializedFile": "model.pth"}}).encode(),
        "model.pth": saved(one),
        "handler.py": b"pass\n",
    }
    agent = {
        "data": b"{}",
        "pytorch_variables.pth": saved(None),
        "policy.pth": saved(one),
        "policy.optimizer.pth": saved({"state": {}, "param_groups": []}),
        "_stable_baselines3_version": b"2.4.0",
    }
    array = io.BytesIO()
    np.save(array, one["linear.weight"].numpy())
    files = {
        "gnu.nemo": tar(nemo, tarfile.GNU_FORMAT),
        "pax.nemo": tar(nemo | {long: saved(two)}, tarfile.PAX_FORMAT),
        "gnu-long.tar": tar({long: saved(two)}, tarfile.GNU_FORMAT),
        "ustar-long.tar": tar({long: saved(two)}, tarfile.USTAR_FORMAT),
        "model.mar": packed(mar, zipfile.ZIP_DEFLATED),
        "agent.zip": stable_baselines(agent),
        "one.zip": packed({"model.pt": saved(one)}, zipfile.ZIP_DEFLATED),
        "kinds.zip": packed(
            {"a/w.npy": array.getvalue(), "m.safetensors": save(one)}, zipfile.ZIP_STORED
        ),
        "kinds-deflated.zip": packed(
            {"a/w.npy": array.getvalue(), "m.safetensors": save(one)}, zipfile.ZIP_DEFLATED
        ),
        "nested.zip": packed({"inner.nemo": tar(nemo, tarfile.GNU_FORMAT)}, zipfile.ZIP_STORED),
        "nested-deflated.zip": packed(
            {"deep/inner.mar": packed(mar, zipfile.ZIP_DEFLATED)}, zipfile.ZIP_DEFLATED
        ),
        "other.zip": packed({"readme.txt": b"no model"}, zipfile.ZIP_STORED),
    }
    holds = {
        "gnu.nemo": {"model_weights.ckpt": one, "./model_weights.ckpt": one},
        "pax.nemo": {"model_weights.ckpt": one, long: two},
        "gnu-long.tar": {long: two},
        "ustar-long.tar": {long: two},
        "model.mar": {"model.pth": one},
        "agent.zip": {"policy.pth": one},
        "one.zip": {"model.pt": one},
        "kinds.zip": {"m.safetensors": one, "a/w.npy": {"w": one["linear.weight"]}},
        "kinds-deflated.zip": {"m.safetensors": one, "a/w.npy": {"w": one["linear.weight"]}},
        "nested.zip": {"inner.nemo!model_weights.ckpt": one},
        "nested-deflated.zip": {"deep/inner.mar!model.pth": one},
    }
    rows = []
    for name, raw in files.items():
        (FOLDER / name).write_bytes(raw)
        for member, tensors in holds.get(name, {}).items():
            rows += [(f"{name}!{member}", escape(key), *described(t)) for key, t in tensors.items()]
    comments = [
        f"torch {torch.__version__.split('+')[0]}, made by make_archives.py",
        "ARCHIVE!MEMBER tensor dtype shape sha256-of-the-contiguous-bytes",
    ]
    write_table(FOLDER / "archives.tsv", comments, rows)
    print(f"{len(files)} archives, {len(rows)} rows", file=sys.stderr)


if __name__ == "__main__":
    main()
