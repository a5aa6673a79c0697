#!/usr/bin/env bash
# Measures the commands that change a model against sft (PyPI sft-cli 0.2.2) on a model of 2 GB: wall time and peak resident
# memory, the median of RUNS (3) each, the two in turn. Needs GNU time, and a Python that has sft-cli and NumPy in SFT_PYTHON.
#
#   SFT_PYTHON=…/bin/python benchmarks/change.sh [FOLDER]      # FOLDER needs 7 GB; default: a temporary one
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
stsw=${STSW:-$root/stsw}
python=${SFT_PYTHON:?a Python with sft-cli}
sft=$(dirname "$python")/sft
runs=${RUNS:-3}
folder=${1:-}
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  trap 'exit 2' HUP INT TERM
fi
mkdir -p "$folder"
cd "$folder"

[ -f model.safetensors ] || "$python" - <<'PYTHON'
import numpy as np
from safetensors.numpy import save_file

random = np.random.default_rng(1)
block = random.standard_normal(8 << 20, dtype=np.float32).reshape(2048, 4096)  # 32 MiB
save_file({f"layers.{i}.weight": block + i for i in range(60)}, "model.safetensors", {"format": "pt"})
PYTHON
[ -d parts ] || "$stsw" split model.safetensors parts --max-shard-size 1GB >/dev/null

clean() { rm -rf out out.safetensors out-*.safetensors out.safetensors.index.json; }

# seconds and kB of one run of a command
once() {
  clean
  /usr/bin/time -f '%e %M' -o times "$@" >/dev/null 2>err || { cat err >&2; exit 1; }
  cat times
}

median() { sort -n | awk '{ line[NR] = $1 } END { print line[int((NR + 1) / 2)] }'; }

row() { # job, then stsw's words, --, and sft's
  local job=$1 ours=() theirs=() side=ours word a b
  shift
  for word in "$@"; do
    if [ "$word" = -- ]; then side=theirs; elif [ $side = ours ]; then ours+=("$word"); else theirs+=("$word"); fi
  done
  : >a; : >b
  for _ in $(seq "$runs"); do
    once "$stsw" "${ours[@]}" >>a
    once "$sft" "${theirs[@]}" >>b
  done
  a=$(cut -d' ' -f1 a | median); b=$(cut -d' ' -f1 b | median)
  printf '| %s | %.1f s, %d MB | %.1f s, %d MB | %.1f |\n' "$job" "$a" "$(($(cut -d' ' -f2 a | median) / 1000))" \
    "$b" "$(($(cut -d' ' -f2 b | median) / 1000))" "$(echo "$b / $a" | bc -l)"
}

"$stsw" --version >/dev/null # builds it, and makes the caches of classes
echo '| job | stsw | sft 0.2.2 | times |'
echo '|---|---|---|---|'
for sync in '' --no-sync; do
  row "cast to BF16 $sync" cast model.safetensors --dtype bf16 -o out.safetensors $sync \
    -- cast model.safetensors --dtype bf16 -o out.safetensors
  row "rename $sync" rename model.safetensors --rename '^layers=h' -o out.safetensors $sync \
    -- rename model.safetensors --sub '^layers' --sub h -o out.safetensors
  row "merge $sync" merge parts/model-0000?-of-00003.safetensors -o out.safetensors $sync \
    -- cat parts/model-00001-of-00003.safetensors parts/model-00002-of-00003.safetensors \
    parts/model-00003-of-00003.safetensors -o out.safetensors
  row "split $sync" split model.safetensors out --max-shard-size 500MB $sync \
    -- split model.safetensors --max-size 500MB -o 'out-{index}.safetensors'
done
row 'metadata, in a copy' meta model.safetensors --set a=b -o out.safetensors \
  -- metadata model.safetensors --set a=b -o out.safetensors
row 'metadata, in place' meta model.safetensors --set a=b \
  -- metadata model.safetensors --set a=b -o out.safetensors
clean
