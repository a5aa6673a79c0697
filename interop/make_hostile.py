"""Writes golden/hostile.zip and hostile.tsv: checkpoints that want to run code, escape, lie or explode.

Nothing here loads what it writes. Whoever does, with torch's full mode, runs it: the payloads touch /tmp/stsw-pwned-*.
"""

import io
import sys
import zipfile

from common import GOLDEN, escape, sha256, write_table
from hostile import all_cases
from hostile.pickle_assembly import DATA


def main() -> None:
    rows, seen, packed = [], set(), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, group, verdict, why, raw in all_cases():
            name = name.replace("/", "_").replace(" ", "_").replace("\0", "_")
            assert name not in seen and verdict in ("refuse", "either", "inert"), (
                name,
                verdict,
            )
            seen.add(name)
            folder.writestr(zipfile.ZipInfo(name), raw, zipfile.ZIP_DEFLATED, 9)
            rows.append((name, group, verdict, escape(why)))
    GOLDEN.joinpath("hostile.zip").write_bytes(packed.getvalue())
    comments = [
        "made by make_hostile.py; NEVER load these with torch.load(weights_only=False)",
        f"file, group, refuse|either|inert, what is wrong; inert: `weight`, F32, 4, {sha256(DATA)}",
    ]
    write_table(GOLDEN / "hostile.tsv", comments, rows)
    refused = sum(row[2] == "refuse" for row in rows)
    print(
        f"{len(rows)} files, {refused} to refuse, {len(packed.getvalue()):,} bytes", file=sys.stderr
    )


if __name__ == "__main__":
    main()
