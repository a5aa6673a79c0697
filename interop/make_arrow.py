"""Writes golden/arrow/: tables of tensors as pyarrow writes them, and the same tensors as the reference writes them."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc
from safetensors.numpy import save_file

from common import GOLDEN

FOLDER = GOLDEN / "arrow"
ROWS = 11
DTYPES = ["b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]


def values(dtype: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    count = int(np.prod(shape, dtype=np.int64))
    if dtype == "b1":
        return rng.integers(0, 2, count).astype("b1").reshape(shape)
    return np.frombuffer(rng.bytes(count * np.dtype(dtype).itemsize), dtype).reshape(shape)


def column(tensor: np.ndarray) -> pa.Array:
    """Numbers, lists of fixed size, or fixed-shape tensors."""
    flat = pa.array(tensor.reshape(-1))
    if tensor.ndim == 1:
        return flat
    lists = pa.FixedSizeListArray.from_arrays(flat, int(np.prod(tensor.shape[1:])))
    if tensor.ndim == 2:
        return lists
    kind = pa.fixed_shape_tensor(flat.type, tensor.shape[1:])
    return pa.ExtensionArray.from_storage(kind, lists)


def write(name: str, columns: dict[str, pa.Array], batch: int | None = None, compression: str | None = None) -> None:
    table = pa.table(columns)
    options = ipc.IpcWriteOptions(compression=compression)
    with ipc.new_file(FOLDER / f"{name}.arrow", table.schema, options=options) as out:
        out.write_table(table, max_chunksize=batch)


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    tensors = {}
    for index, dtype in enumerate(DTYPES):
        for rank, rest in enumerate([(), (5,), (2, 3)], 1):
            tensors[f"{dtype}-{rank}"] = values(dtype, (ROWS, *rest), 10 * index + rank)
    write("every-type", {name: column(tensor) for name, tensor in tensors.items()})
    save_file(tensors, FOLDER / "every-type.safetensors")

    some = {name: tensors[name] for name in ("i8-1", "b1-2", "f4-2", "f2-3")}
    write("batches", {name: column(tensor) for name, tensor in some.items()}, 4)
    save_file(some, FOLDER / "batches.safetensors")

    numbers = pa.array(np.arange(12, dtype="f4"))
    lists = pa.FixedSizeListArray.from_arrays(numbers, 6)
    permuted = pa.fixed_shape_tensor(pa.float32(), (2, 3), permutation=[1, 0])
    fine = {"fine": np.array([1, 2]), "fine-2": np.arange(6, dtype="f4").reshape(2, 3)}
    write(
        "others",
        {
            "fine": column(fine["fine"]),
            "text": pa.array(["a", "b"]),
            "view": pa.array(["a", "longer than twelve bytes"], pa.string_view()),
            "struct": pa.array([{"a": 1, "b": "c"}, {"a": 2, "b": "d"}]),
            "dictionary": pa.array(["a", "b"]).dictionary_encode(),
            "permuted": pa.ExtensionArray.from_storage(permuted, lists),
            "fine-2": column(fine["fine-2"]),
        },
    )
    save_file(fine, FOLDER / "others.safetensors")
    write("nulls", {"x": pa.array([1, None, 3])})
    write("compressed", {"x": column(np.zeros(1000))}, compression="lz4")
    for file in FOLDER.glob("*.safetensors"):
        file.chmod(0o644)


if __name__ == "__main__":
    main()
