"""Runs one command, and says how long it took, how much memory it had, and what else the machine did meanwhile."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time


class Failed(Exception):
    pass


def run(command, inside, env=None):
    """One run: seconds of the whole process, or those that it printed itself; peak resident memory of it or a child."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        busy, start = processors(), time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env)
        _, status, usage = os.wait4(process.pid, 0)
        seconds, busy = time.perf_counter() - start, processors() - busy
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if process.returncode != 0:
            raise Failed(f"exit {process.returncode}: " + telling(err.read().decode(errors="replace")))
        others = max(0.0, busy - usage.ru_utime - usage.ru_stime) / (seconds * os.cpu_count())
        if inside:
            seconds = json.loads(out.read().decode().splitlines()[-1])["seconds"]
    return {
        "seconds": seconds,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "others": others,
    }


def telling(text):
    """The line that says what went wrong, without the places of this machine: the last exception, or else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("at ")]
    named = [line for line in lines if "Exception" in line or "rror" in line]
    return re.sub(r"\S*/\S*/", "", (named or lines or ["it says nothing"])[-1])[:200]


def processors():
    """Seconds that all processors were busy since the start of the machine; the kernel's own threads count."""
    try:
        with open("/proc/stat") as stat:
            ticks = [int(field) for field in stat.readline().split()[1:]]
    except OSError:
        return 0.0
    return (sum(ticks[:3]) + sum(ticks[5:8])) / os.sysconf("SC_CLK_TCK")


def warm(path):
    """Reads a file, or all files of a folder, so that they are in the page cache."""
    if os.path.isdir(path):
        for name in os.listdir(path):
            warm(os.path.join(path, name))
        return
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 22):
            pass


def cold(path):
    """Drops one file from the page cache, and nobody else's; durable first, because only clean pages can be dropped."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def settle():
    """What one run left to be written must not burden the next one."""
    os.sync()
    time.sleep(0.2)
