"""What the Python package's README promises, tried: try_python.py CHECKPOINT, in an empty folder."""

import sys

import stsw


def main(checkpoint: str) -> None:
    report = stsw.convert(checkpoint, "model.safetensors", crc32=True)
    assert report["tensors"] == 31 and report["crc32"], report
    listed = stsw.inspect("model.safetensors")
    assert len(listed["tensors"]) == 31 and listed["metadata"]["format"] == "pt", listed
    first = listed["tensors"][0]
    assert first["nbytes"] == first["data_offsets"][1] - first["data_offsets"][0], first
    assert stsw.verify("model.safetensors")["checked"] == 31
    values = stsw.stats("model.safetensors", histogram=4)
    assert values["nan"] == 0 and len(values["tensors"]) == 31, values
    ids = next(tensor for tensor in values["tensors"] if tensor["name"] == "position_ids")
    assert (ids["min"], ids["max"], ids["mean"]) == (0, 31, 15.5), ids
    assert ids.get("histogram") == {"min": 0.0, "max": 31.0, "counts": [8, 8, 8, 8]}, ids
    assert stsw.diff(checkpoint, "model.safetensors")["equal"]
    stsw.convert(checkpoint, "fp8.safetensors", dtype="fp8")
    apart = stsw.diff("model.safetensors", "fp8.safetensors", structure_only=True)
    assert not apart["equal"] and apart["differs"][0]["reason"] == "dtype", apart
    shown = stsw.convert(checkpoint, "other.safetensors", dtype="bf16", dry_run=True)
    assert shown["dry_run"], shown
    with open("model.safetensors", "r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    for call, code in ((lambda: stsw.verify("model.safetensors"), 1), (lambda: stsw.inspect("-not-there"), 2), (lambda: stsw.diff(checkpoint, "-not-there"), 2)):
        try:
            call()
        except stsw.StswError as error:
            assert error.exit_code == code and str(error), error
        else:
            raise AssertionError("no error")


main(sys.argv[1])
