"""Deflate streams that end early, late or never."""

from hostile.base import PICKLE, archive, pkl, stored
from hostile.pickle_assembly import DATA
from zips import Entry, deflated


def compressed():
    """Deflate streams that end early, late or never."""

    def lying(entry: Entry, data: bytes, usize: int, crc: int = 0) -> Entry:
        lie = {"csize": len(data), "usize": usize, "method": 8, "crc": crc}
        return Entry(entry.name, data, central=lie, local=lie)

    squeezed = deflated(DATA)
    yield (
        "cut",
        "refuse",
        "the deflate stream is cut",
        archive([pkl(), lying(stored(), squeezed[:-2], 16)]),
    )
    yield (
        "trailing",
        "refuse",
        "bytes behind the deflate stream",
        archive([pkl(), lying(stored(), squeezed + b"abc", 16)]),
    )
    yield (
        "garbage",
        "refuse",
        "no deflate stream at all",
        archive([pkl(), lying(stored(), b"\xff" * 16, 16)]),
    )
    yield (
        "empty",
        "refuse",
        "nothing where a deflate stream should be",
        archive([pkl(), lying(stored(), b"", 16)]),
    )
    yield (
        "shorter",
        "refuse",
        "fewer bytes than declared",
        archive([pkl(), lying(stored(), deflated(DATA[:12]), 16)]),
    )
    yield (
        "longer",
        "refuse",
        "more bytes than declared",
        archive([pkl(), lying(stored(), deflated(DATA * 2), 16)]),
    )
    yield (
        "much-longer",
        "refuse",
        "8 MB where 16 bytes are declared",
        archive([pkl(), lying(stored(), deflated(bytes(8_000_000)), 16)]),
    )
    yield (
        "declared-1-gb",
        "refuse",
        "1 GB declared, 16 bytes there",
        archive([pkl(), lying(stored(), squeezed, 2**30)]),
    )
    yield (
        "pickle-cut",
        "refuse",
        "the pickle's deflate stream is cut",
        archive([lying(pkl(), deflated(PICKLE)[:-4], len(PICKLE)), stored()]),
    )
    yield (
        "pickle-longer",
        "refuse",
        "the pickle is longer than declared",
        archive([lying(pkl(), deflated(PICKLE + bytes(1000)), len(PICKLE)), stored()]),
    )
    yield (
        "pickle-declared-4-gb",
        "refuse",
        "a pickle of 4 GB declared",
        archive([lying(pkl(), deflated(PICKLE), 2**32 - 2), stored()]),
    )
    yield (
        "pickle-bomb",
        "refuse",
        "a pickle of 8 MB of zeros where 200 bytes are declared",
        archive([lying(pkl(), deflated(bytes(8_000_000)), 200), stored()]),
    )
    nested = deflated(deflated(bytes(8_000_000)))
    yield "twice", "refuse", "deflated twice", archive([pkl(), lying(stored(), nested, 16)])


GROUPS = (compressed,)
