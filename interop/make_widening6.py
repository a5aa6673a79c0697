"""Writes golden/conversions/widening6.tsv: the values of F6, which torch does not have, by ml_dtypes."""

import ml_dtypes
import numpy

from common import GOLDEN, write_table

TYPES = {"F6_E2M3": ml_dtypes.float6_e2m3fn, "F6_E3M2": ml_dtypes.float6_e3m2fn}


def main() -> None:
    rows = []
    for name, dtype in TYPES.items():
        values = numpy.arange(64, dtype=numpy.uint8).view(dtype).astype(numpy.float32)
        rows += [(name, f"{code:02x}", f"{bits:08x}") for code, bits in enumerate(values.view(numpy.uint32))]
    made_by = f"ml_dtypes {ml_dtypes.__version__}, made by make_widening6.py; all numbers are bits in hex"
    write_table(GOLDEN / "conversions" / "widening6.tsv", [made_by, "dtype, pattern, F32"], rows)


if __name__ == "__main__":
    main()
