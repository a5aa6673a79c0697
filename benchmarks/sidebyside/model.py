"""Makes the files that are measured: a language model by its names and shapes, with random bytes.

    model.py FUNCTION PATH NUMBER|SOURCE

A process of its own: what the runner has in memory when it starts a program counts as that program's peak.
"""

import json
import os
import struct
import sys
import zlib

BF16, F32 = 2, 4


def layer(i, hidden, inner):
    """One layer of a Llama: weights in BF16, and what is kept exact in F32."""
    prefix = f"model.layers.{i}."
    for part, shape in {
        "self_attn.q_proj": [hidden, hidden],
        "self_attn.k_proj": [hidden // 4, hidden],
        "self_attn.v_proj": [hidden // 4, hidden],
        "self_attn.o_proj": [hidden, hidden],
        "mlp.gate_proj": [inner, hidden],
        "mlp.up_proj": [inner, hidden],
        "mlp.down_proj": [hidden, inner],
    }.items():
        yield f"{prefix}{part}.weight", "BF16", shape
    yield f"{prefix}input_layernorm.weight", "F32", [hidden]
    yield f"{prefix}post_attention_layernorm.weight", "F32", [hidden]


def tensors(size):
    """Names, dtypes and shapes of about `size` bytes: 32 layers, as wide as that allows."""
    hidden = 128
    while 32 * (hidden + 64) ** 2 * BF16 * (2.5 + 3 * 2.75) < size * 0.9:
        hidden += 64
    layers = 32 * int(hidden * hidden * BF16 * (2.5 + 3 * 2.75))
    vocabulary = (size - layers) // (2 * BF16 * hidden) // 8 * 8
    yield "model.embed_tokens.weight", "BF16", [vocabulary, hidden]
    for i in range(32):
        yield from layer(i, hidden, hidden * 11 // 4)
    yield "model.norm.weight", "F32", [hidden]
    yield "lm_head.weight", "BF16", [vocabulary, hidden]


def lay_out(specs):
    """The bytes of a header, and the number of bytes after it; tensors in the reference's order."""
    entries, offset = {}, 0
    for name, dtype, shape in sorted(specs, key=lambda spec: (spec[1] != "F32", spec[0])):
        size = {"BF16": BF16, "F32": F32}[dtype]
        for dimension in shape:
            size *= dimension
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    header = json.dumps(entries, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header, offset


def write_model(path, size):
    """Random bytes: neither a disk nor a file system can make them small."""
    header, data = lay_out(tensors(size))
    with open(path, "wb") as file:
        file.write(header)
        for at in range(0, data, 1 << 22):
            file.write(os.urandom(min(1 << 22, data - at)))
        file.flush()
        os.fsync(file.fileno())


def write_as_f16(path, source):
    """The same bytes under another dtype of that size, for programs that do not know BF16."""
    with open(source, "rb") as model, open(path, "wb") as file:
        prefix = model.read(8)
        header = model.read(struct.unpack("<Q", prefix)[0])
        file.write(prefix + header.replace(b'"BF16"', b'"F16" '))
        while block := model.read(1 << 22):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


def write_many_tensors(path, count):
    """A header of many tensors, each of one element."""
    parts = [
        f'"layers.{i >> 12}.experts.{i & 4095}.w":{{"dtype":"BF16","shape":[1],"data_offsets":[{2 * i},{2 * i + 2}]}}'
        for i in range(count)
    ]
    header = ("{" + ",".join(parts) + "}").encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + 2 * count)


def write_many_files(folder, count):
    """Small files, of ten tensors each."""
    os.mkdir(folder)
    header, data = lay_out([(f"block.{i}.weight", "F32", [8, 8]) for i in range(10)])
    content = header + os.urandom(data)
    for i in range(count):
        with open(f"{folder}/{i:05}.safetensors", "wb") as file:
            file.write(content)


def write_sparse_checked(path, size):
    """A file with our checksums that is a hole: docs/format.md says what they cover."""
    count = 40
    rows = size // count // BF16 // 4096
    specs = [(f"model.layers.{i:02}.weight", "BF16", [rows, 4096]) for i in range(count)]
    crc, left, zeros = 0, rows * 4096 * BF16, bytes(1 << 24)
    while left > 0:
        crc = zlib.crc32(zeros[: min(left, len(zeros))], crc)
        left -= len(zeros)
    digits = " ".join([f"{crc:08x}"] * count)
    entries = {"__metadata__": {"stsw.crc32": "0" * 8 + " " + digits}}
    plain, data = lay_out(specs)
    entries.update(json.loads(plain[8:]))

    def encode(first):
        entries["__metadata__"]["stsw.crc32"] = first
        header = json.dumps(entries, separators=(",", ":")).encode()
        header += b" " * (-len(header) % 8)
        return struct.pack("<Q", len(header)) + header

    blank = encode(" ".join(["0" * 8] * (count + 1)))
    sealed = encode(f"{zlib.crc32(blank):08x} {digits}")
    with open(path, "wb") as file:
        file.write(sealed)
        file.truncate(len(sealed) + data)


if __name__ == "__main__":
    what = sys.argv[3]
    globals()[sys.argv[1]](sys.argv[2], int(what) if what.isdigit() else what)
