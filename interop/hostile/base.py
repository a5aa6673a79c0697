"""The pieces that hostile archives are made of: one good tensor, one pickle that calls os.system."""

from hostile.pickle_assembly import DATA, global_, program, reduce_, tensor, value
from zips import Entry
from zips import archive as plain_archive

GOOD = {"weight": tensor()}
PICKLE = program(value(GOOD))
OTHER = program(value({"weight": tensor(None, 1, (1,))}))
SYSTEM = program(reduce_(global_("os", "system"), "touch /tmp/stsw-pwned-container"))


def archive(found: list[Entry], root: str = "a/", **options) -> bytes:
    """With the record that torch asks for before all others."""
    return plain_archive([*found, Entry(f"{root}version", b"3\n")], **options)


def pkl(data: bytes = PICKLE, name: str = "a/data.pkl", **options) -> Entry:
    return Entry(name, data, **options)


def stored(data: bytes = DATA, name: str = "a/data/0", **options) -> Entry:
    return Entry(name, data, **options)


def touch(mark: str) -> str:
    """If ever a reader runs this, a file tells."""
    return f"touch /tmp/stsw-pwned-{mark}"


def with_good(extra: bytes) -> bytes:
    """A harmless tensor, and beside it whatever is to be tried."""
    return value({"state_dict": value(GOOD), "extra": extra})
