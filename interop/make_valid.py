"""Writes golden/valid.zip and valid.tsv: small files as the reference saves them, for every dtype, rank and kind of name."""

import io
import json
import random
import zipfile
from collections.abc import Iterator

import numpy
import safetensors
import torch

from common import BITS, GOLDEN, escape, join_shape, sha256, write_table
from models import NUMPY, TORCH, Model, Tensor, in_reference_order, random_tensor, save

RANDOM_MODELS = 180

ORDER_NAMES = [
    "\ufffd",
    "\U0001f600",
    "\ue000",
    "\U00010000",
    "\U0010ffff",
    "\uffff",
    "z",
    "é",
    "e\u0301",
    "\x7f",
]
PREFIX_NAMES = [
    "a",
    "a.b",
    "ab",
    "a0",
    "A",
    "a-",
    "a_",
    "a/",
    "aa",
    "",
    "layer.10",
    "layer.2",
    "layer.1",
    "0",
    "~",
]
LANGUAGES = [
    "重み",
    "вес",
    "وزن",
    "भार",
    "가중치",
    "βάρος",
    "👨‍👩‍👧",
    "🇩🇪",
    "naïve",
    "\u202eabc",
    "\u2028",
    "\ufeff",
    "\u00a0",
]
METADATA = [
    {"format": "pt"},
    {"": ""},
    {"": "empty key"},
    {"empty value": ""},
    {'"': "\\"},
    {"\b\f\n\r\t": "\b\f\n\r\t"},
    {"controls": "".join(map(chr, range(0x20)))},
    {"delete and c1": "\x7f\x80\x9f"},
    {"slash": "a/b</script>"},
    {"重み😀": "\U0010ffff\ufffd"},
    {"line separators": "\u2028\u2029\x85"},
    {"json": '{"a":[1,2.5,null],"b":"\\u00e9"}'},
    {"long": "v" * 1000},
    {"__metadata__": "__metadata__"},
    {"weight": "the name of a tensor"},
]


def one_byte(value: int) -> Tensor:
    return Tensor("U8", (1,), bytes([value]))


def written_models(dice: random.Random) -> Iterator[Model]:
    """The models that somebody thought of."""
    for dtype in BITS:
        writer = "crafted" if dtype not in TORCH else "torch"
        for shape in [(8,), (2, 4), (0,), (3, 0, 2)]:
            name = f"dtype-{dtype}-{'x'.join(map(str, shape))}"
            yield Model(name, writer, {"weight": random_tensor(dice, dtype, shape)})
    for dtype in ("U8", "F32", "BOOL", "I64", "BF16", "F4"):
        for rank in range(1 if dtype == "F4" else 0, 9):
            shape = tuple(dice.choice((1, 1, 2, 3)) for _ in range(rank))
            if dtype == "F4":
                shape = (*shape[:-1], 2)
            yield Model(
                f"rank-{dtype}-{rank}", "torch", {"weight": random_tensor(dice, dtype, shape)}
            )
    for writer, dtypes in (
        ("torch", TORCH),
        ("numpy", NUMPY),
        ("serialize", TORCH),
        ("crafted", BITS),
    ):
        tensors = {f"{dtype.lower()}": random_tensor(dice, dtype, (4,)) for dtype in dtypes}
        yield Model(f"all-dtypes-{writer}", writer, tensors)
    for writer in ("torch", "numpy", "serialize"):
        yield Model(f"nothing-{writer}", writer, {})
        yield Model(f"nothing-but-metadata-{writer}", writer, {}, {"k": "v"})
        yield Model(f"empty-metadata-{writer}", writer, {"a": one_byte(1)}, {})
        tensors = {name: one_byte(i) for i, name in enumerate(ORDER_NAMES)}
        yield Model(f"utf8-order-{writer}", writer, tensors)
        yield Model(
            f"prefix-order-{writer}", writer, {n: one_byte(i) for i, n in enumerate(PREFIX_NAMES)}
        )
    yield Model("languages", "torch", {name: one_byte(i) for i, name in enumerate(LANGUAGES)})
    yield Model(
        "controls", "torch", {f"c{chr(i)}": one_byte(i) for i in [*range(0x20), 0x7F, 0x80, 0x9F]}
    )
    yield Model(
        "escapes",
        "numpy",
        {'"': one_byte(1), "\\": one_byte(2), "a\\nb": one_byte(3), "/": one_byte(4)},
    )
    yield Model("long-name", "numpy", {"n" * 1000: one_byte(1)})
    yield Model("many", "torch", {f"t{i}": one_byte(i) for i in range(60)})
    for i, metadata in enumerate(METADATA):
        yield Model(
            f"metadata-{i:02d}", "torch" if i % 2 else "numpy", {"weight": one_byte(i)}, metadata
        )
    for count in (2, 3, 4):
        metadata = {f"k{i}": f"v{i}" for i in range(count)}
        yield Model(f"metadata-of-{count}-keys", "torch", {"weight": one_byte(count)}, metadata)
    empties = {
        f"e{i}": random_tensor(dice, dtype, (0, 2 * i))
        for i, dtype in enumerate(BITS)
        if dtype in TORCH
    }
    yield Model("many-empty", "torch", empties)
    for pad in range(8):
        yield Model(f"padding-{pad}", "torch", {"x" * (pad + 1): random_tensor(dice, "F32", (2,))})


def random_models(dice: random.Random) -> Iterator[Model]:
    for number in range(RANDOM_MODELS):
        writer = ("torch", "numpy", "serialize")[number % 3]
        dtypes = list(NUMPY if writer == "numpy" else TORCH)
        tensors = {}
        for _ in range(dice.choice((1, 2, 3, 4, 5, 8))):
            tensors[random_name(dice)] = random_tensor(
                dice, *random_shape(dice, dice.choice(dtypes))
            )
        metadata = {random_name(dice): random_name(dice)} if dice.random() < 0.5 else None
        yield Model(f"random-{number:03d}", writer, tensors, metadata)


def random_name(dice: random.Random) -> str:
    alphabets = [
        "abcdefghijklmnopqrstuvwxyz._0123456789",
        'aé"\\\n\x01/漢',
        "\ufffd\U0001f600\ue000\U00010000a",
    ]
    return "".join(dice.choices(dice.choice(alphabets), k=dice.randint(1, 9)))


def random_shape(dice: random.Random, dtype: str) -> tuple[str, tuple[int, ...]]:
    shape = tuple(dice.choice((0, 1, 1, 2, 2, 3, 3, 4)) for _ in range(dice.randint(0, 4)))
    return (dtype, (*shape, 2)) if dtype == "F4" else (dtype, shape)


def main() -> None:
    archive, rows = io.BytesIO(), []
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as folder:
        for model in (*written_models(random.Random(1)), *random_models(random.Random(2))):
            raw = save(model)
            assert raw == in_reference_order(model), model
            file = f"{model.name}.safetensors"
            folder.writestr(zipfile.ZipInfo(file), raw)
            rows += describe(file, model, raw)
    GOLDEN.joinpath("valid.zip").write_bytes(archive.getvalue())
    torch_version = torch.__version__.split("+")[0]
    versions = (
        f"safetensors {safetensors.__version__}, torch {torch_version}, numpy {numpy.__version__}"
    )
    comments = [
        f"{versions}, made by make_valid.py",
        "FILE file writer metadata-keys(- if none at all) sha256",
        "FILE metadata key value; FILE tensor name dtype shape begin end sha256",
    ]
    write_table(GOLDEN / "valid.tsv", comments, rows)


def describe(file: str, model: Model, raw: bytes) -> Iterator[tuple]:
    """The rows of one file, tensors in the order of its header, with the bytes that the reference reads back."""
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    assert header.pop("__metadata__", None) == model.metadata
    yield (
        file,
        "file",
        model.writer,
        "-" if model.metadata is None else len(model.metadata),
        sha256(raw),
    )
    for key, value in sorted((model.metadata or {}).items()):
        yield file, "metadata", escape(key), escape(value)
    found = {name: bytes(tensor["data"]) for name, tensor in safetensors.deserialize(raw)}
    assert found == {name: tensor.data for name, tensor in model.tensors.items()}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        assert found[name] == raw[start + begin : start + end]
        yield (
            file,
            "tensor",
            escape(name),
            info["dtype"],
            join_shape(info["shape"]),
            begin,
            end,
            sha256(found[name]),
        )


if __name__ == "__main__":
    main()
