"""Has pyarrow read the Arrow files of a folder: each column must be the tensor of the safetensors file beside it.

    python check_arrow.py FOLDER

Exits 1 upon any difference, 3 where pyarrow is missing.
"""

import sys
from pathlib import Path

import numpy as np

try:
    import pyarrow as pa
    import pyarrow.ipc as ipc
except ImportError:
    print("pyarrow is missing")
    sys.exit(3)

from safetensors.numpy import load_file


def tensor(column: pa.ChunkedArray) -> np.ndarray:
    """As users get at it: numbers, the values of lists of fixed size, or a fixed-shape tensor as such."""
    array = column.combine_chunks()
    if isinstance(array.type, pa.FixedShapeTensorType):
        return array.to_numpy_ndarray()
    if pa.types.is_fixed_size_list(array.type):
        values = array.flatten()
        return values.to_numpy(zero_copy_only=False).reshape(len(array), array.type.list_size)
    return array.to_numpy(zero_copy_only=False)


def differences(path: Path) -> list[str]:
    expected = load_file(path.with_suffix(".safetensors"))
    with ipc.open_file(path) as reader:
        table = reader.read_all()
    table.validate(full=True)
    if set(table.column_names) != set(expected):
        return [f"{path}: columns {table.column_names}, tensors {sorted(expected)}"]
    found = []
    for name, want in expected.items():
        column = table.column(name)
        if column.null_count:
            found.append(f"{path}: column {name} has nulls")
            continue
        kind = column.type
        if want.ndim == 2 and not (pa.types.is_fixed_size_list(kind) and kind.value_field.name == "item"):
            found.append(f"{path}: column {name} is {kind}")
        if want.ndim > 2 and not isinstance(kind, pa.FixedShapeTensorType):
            found.append(f"{path}: column {name} is {kind}")
        if want.ndim > 2 and want.dtype == bool:
            continue  # pyarrow makes no ndarray of bits; the other ranks show them.
        have = tensor(column)
        if have.dtype != want.dtype or have.shape != want.shape or have.tobytes() != want.tobytes():
            found.append(f"{path}: column {name} is {have.dtype} {have.shape}, not {want.dtype} {want.shape}, or differs")
    return found


def main() -> int:
    paths = sorted(Path(sys.argv[1]).glob("*.arrow"))
    found = [line for path in paths for line in differences(path)]
    print("\n".join(found) or f"arrow: ok, {len(paths)} files, pyarrow {pa.__version__}")
    return 1 if found or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
