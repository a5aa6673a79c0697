"""Writes golden/slices.tsv: what NumPy's indexing and the reference's get_slice make of the same indices."""

import random
import tempfile
from pathlib import Path

import numpy
import safetensors
from safetensors.numpy import save_file

from common import GOLDEN, join_shape, write_table

SHAPES = [(), (1,), (5,), (0,), (7,), (2, 3), (4, 5), (3, 0), (2, 3, 4), (1, 4, 1), (2, 2, 3, 3)]
PLAIN = ["1:3", "0:10", "2:1", "-2:", ":-2", "::2", "::-1", "3:0:-2", "-1", "0", "7", "-6", ":", "...", "5:", "-9:-7"]
HUGE = ["99999999999999999999:", f":{-(2**63)}:-1", f"::{2**63 - 1}", f"::{-(2**63)}", f"{2**63 - 1}::-1"]


def items(choice: random.Random, size: int) -> str:
    number = lambda: choice.randint(-size - 2, size + 2)  # noqa: E731
    kind = choice.random()
    if kind < 0.25:
        return str(choice.randint(-size - 1, size) if choice.random() < 0.3 else choice.randrange(max(size, 1)))
    text = f"{number() if choice.random() < 0.7 else ''}:{number() if choice.random() < 0.7 else ''}"
    if kind > 0.6:
        step = number()
        text += f":{step}" if step else ":"
    return text


def expressions(shape: tuple[int, ...]) -> list[str]:
    choice = random.Random(str(shape))
    found = [*PLAIN, *HUGE]
    for _ in range(40):
        count = choice.randint(0, len(shape) + (choice.random() < 0.1))
        parts = [items(choice, size) for size in (*shape, 2)[:count]]
        if choice.random() < 0.3:
            parts.insert(choice.randint(0, len(parts)), "...")
        if parts:
            found.append(", ".join(parts))
    return list(dict.fromkeys(found))


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for shape in SHAPES:
            values = numpy.arange(numpy.prod(shape, dtype=int), dtype=numpy.int32).reshape(shape)
            file = str(Path(folder) / "x.safetensors")
            save_file({"x": values}, file)
            for text in expressions(shape):
                index = eval(f"numpy.s_[{text}]")
                try:
                    taken = numpy.asarray(values[index])
                    result = (join_shape(taken.shape), ",".join(map(str, taken.ravel().tolist())))
                except IndexError:
                    taken, result = None, ("error", "")
                with safetensors.safe_open(file, "numpy") as reader:
                    try:
                        theirs = reader.get_slice("x")[index]
                        same = taken is not None and theirs.shape == taken.shape and (theirs == taken).all()
                        verdict = "same" if same else "differs"
                    except Exception:
                        verdict = "fails"
                rows.append((join_shape(shape), text, *result, verdict))
    columns = "shape of 0, 1, 2, and so on; index, shape, values, what get_slice makes of it"
    made_by = f"numpy {numpy.__version__}, safetensors {safetensors.__version__}, made by make_slices.py"
    write_table(GOLDEN / "slices.tsv", [made_by, columns], rows)


if __name__ == "__main__":
    main()
