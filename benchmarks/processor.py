"""The processor that is measured, by name."""

import re
from pathlib import Path

# What says nothing in a file's name.
EMPTY = r"\((r|tm)\)|\bprocessor\b|\bcpu\b|\b\d+-core\b|@.*"


def cpu_name():
    """What the operating system calls it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [s.split(":")[1].strip() for s in lines if "model name" in s]
    return names[0] if names else "CPU"


def file_name(benchmark, device):
    """The file of a benchmark's rows: machines do not overwrite each other.

    >>> file_name("gcgru", "Intel(R) Xeon(R) Processor @ 2.10GHz")
    'benchmark-gcgru-intel_xeon.csv'
    >>> file_name("zoo", "AMD EPYC 9654 96-Core Processor")
    'benchmark-zoo-amd_epyc_9654.csv'
    """
    kept = re.sub(EMPTY, " ", device.lower())
    words = re.findall(r"[a-z0-9]+", kept) or ["device"]
    return f"benchmark-{benchmark}-{'_'.join(words)}.csv"
