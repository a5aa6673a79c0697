"""The command `stsw`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from . import _java


def main() -> None:
    """Becomes Java where the system can do that; else waits for it and ends as it ended."""
    try:
        words, environment = _java.command(sys.argv[1:], terminal=True)
    except _java.NoJava as error:
        print(f"stsw: {error}", file=sys.stderr)
        sys.exit(2)
    if os.name == "posix":
        os.execve(words[0], words, environment)
    # Ctrl-C goes to all processes of the console: Java cleans up, and this one waits for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(subprocess.call(words, env=environment))
