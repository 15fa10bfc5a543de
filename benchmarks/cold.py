"""The first start of a process and the next: with an empty cache of compiled code, then a full one.

What is timed is a whole process: its imports, the kernel compiled or loaded, and a first future.
The cache is a folder of its own. Two rounds; the better of each counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from figures import machine, target

START = """
import time; start = time.perf_counter()
from rimland.engine import warm_up
imported = time.perf_counter()
warm_up()
print(imported - start, time.perf_counter() - imported, time.process_time())
"""


def measure() -> dict[str, Any]:
    """Return the seconds of a cold and of a warm start, and what the compiler took of the first."""
    cold, warm = [], []
    for _ in range(2):
        with tempfile.TemporaryDirectory() as cache:
            env = {**os.environ, "NUMBA_CACHE_DIR": cache}
            for times in (cold, warm, warm):
                start = time.perf_counter()
                command = [sys.executable, "-c", START]
                done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
                took = time.perf_counter() - start
                times.append((*map(float, done.stdout.split()), took))
    compile_seconds = min(t[1] for t in cold) - min(t[1] for t in warm)
    first = {"cold": min(t[3] for t in cold), "warm": min(t[3] for t in warm)}
    worked = {"cold": min(t[2] for t in cold), "warm": min(t[2] for t in warm)}
    shared = "other work had the rest: {:.1f} s of processor time"
    imports = min(t[0] for t in warm)
    return {
        "benchmark": "cold",
        "says": [
            "A process from its start to its first future, compiled code cached and not",
            f"{machine()}",
            f"  cold {first['cold']:.2f} s ({worked['cold']:.2f} s of processor time); "
            f"the compiler took {compile_seconds:.2f} s",
            f"  warm {first['warm']:.2f} s ({worked['warm']:.2f} s of processor time), of which "
            f"imports {imports:.2f} s",
        ],
        "first_result_seconds": first,
        "processor_seconds": worked,
        "import_seconds": imports,
        "targets": [
            target(
                "seconds of cold compile",
                compile_seconds,
                5.0,
                True,
                why=shared.format(worked["cold"] - worked["warm"]),
            ),
            target(
                "seconds to a warm first result",
                first["warm"],
                1.2,
                True,
                why=shared.format(worked["warm"]),
            ),
        ],
    }
