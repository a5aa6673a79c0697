#!/bin/sh
# Measures the peak resident memory of ./stsw on a checkpoint and a safetensors file of 2 GB each, and fails above 64 MB.
#
#   benchmarks/memory.sh [--size GB] [--limit MB] [--folder FOLDER]
#
# The checkpoint is made by torch (PYTHON names a Python that has it), or, without torch, not measured, loudly. The
# measure is ru_maxrss of the process, as GNU time or Python's resource module reports it: everything that was resident at
# the same time, mapped files included. 1 MB is 1,000,000 bytes.
set -eu

size=2 limit=64 folder=${TMPDIR:-/tmp} python=${PYTHON:-python3}
while [ $# -gt 0 ]; do
  case $1 in
  --size) size=$2 ;;
  --limit) limit=$2 ;;
  --folder) folder=$2 ;;
  *)
    echo "usage: $0 [--size GB] [--limit MB] [--folder FOLDER]" >&2
    exit 2
    ;;
  esac
  shift 2
done
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
stsw=$here/../stsw
work=$(mktemp -d "$folder/stsw-memory-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

# Names and shapes of a language model: many small tensors, some large ones, of $size GB in all.
# -I: in a checkout, "import torch" would find the folder of that name.
"$python" -I - "$work" "$size" <<'PY'
import json, os, struct, sys

folder, size = sys.argv[1], int(sys.argv[2]) * 10**9
shapes = {"embed": [32000, 4096]}
while sum(2 * a * b for a, b in shapes.values()) < size:
    i = len(shapes) // 4
    shapes |= {f"layers.{i}.qkv": [12288, 4096], f"layers.{i}.out": [4096, 4096], f"layers.{i}.norm": [1, 4096], f"layers.{i}.up": [11008, 4096]}
entries, offset = {}, 0
for name, (a, b) in shapes.items():
    entries[name] = {"dtype": "BF16", "shape": [a, b], "data_offsets": [offset, offset + 2 * a * b]}
    offset += 2 * a * b
header = json.dumps(entries, separators=(",", ":")).encode()
block = os.urandom(1 << 20)
with open(f"{folder}/in.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header)
    for at in range(0, offset, len(block)):
        file.write(block[: min(len(block), offset - at)])
try:
    import torch
except ImportError:
    print("SKIPPED: convert of a checkpoint, there is no torch", file=sys.stderr)
else:
    tensors = {name: torch.frombuffer(bytearray(os.urandom(4096) * (2 * a * b // 4096)), dtype=torch.bfloat16).reshape(a, b) for name, (a, b) in shapes.items()}
    torch.save({"epoch": 1, "state_dict": tensors}, f"{folder}/in.pt")
PY

"$stsw" --version >/dev/null # builds, and trains the cache of classes, before anything is measured
status=0
measure() {
  label=$1
  shift
  "$python" -I - "$label" "$limit" "$stsw" "$@" <<'PY' || status=1
import resource, subprocess, sys, time

label, limit, *command = sys.argv[1:]
start = time.monotonic()
subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
seconds = time.monotonic() - start
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
print(f"{label:<34} {peak:6.1f} MB  {seconds:6.1f} s{'' if peak <= float(limit) else '  TOO MUCH'}")
sys.exit(peak > float(limit))
PY
}

measure "inspect" inspect "$work/in.safetensors"
measure "convert safetensors --crc32" convert "$work/in.safetensors" "$work/out.safetensors" --crc32
measure "verify" verify "$work/out.safetensors"
measure "convert safetensors --dtype f16" convert "$work/in.safetensors" "$work/out.safetensors" --dtype f16
if [ -f "$work/in.pt" ]; then
  measure "inspect checkpoint" inspect "$work/in.pt"
  measure "convert checkpoint" convert "$work/in.pt" "$work/out.safetensors"
  measure "convert checkpoint --crc32" convert "$work/in.pt" "$work/out.safetensors" --crc32
fi
exit $status
