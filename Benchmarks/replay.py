#!/usr/bin/env python3
"""Replay over a Unix socket: subscribers that resume EVENTS back, from tickerd as it runs and from a C program that writes
the same pages from memory (replay-limit), in one run. Called by Scripts/bench replay [SUBSCRIBERS] [EVENTS] [REPETITIONS].
Medians; compare within a run only."""

import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time

TICKERD, CLIENT, LIMIT = (pathlib.Path(path).resolve() for path in sys.argv[1:4])
COUNT, EVENTS, REPETITIONS = (int(sys.argv[i]) if len(sys.argv) > i else fallback for i, fallback in ((4, 1000), (5, 10000), (6, 3)))
STALLED = 100
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
COMMAND = "sub from=tail"


def prepare(folder):
    """A log of EVENTS items of 600 bytes a line, and the same lines in a file."""
    # Too many words for two lines to look like one that was edited.
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(5000)]
    lines = [f"Number {i} " + " ".join(chance.choices(words, k=38)) for i in range(EVENTS)]
    # In windows that a source may have, newest first, a few in common.
    page = folder / "page.txt"
    configuration = folder / "tickerd.toml"
    configuration.write_text(
        f'[daemon]\nstate = "{folder}/tickerd.db"\nruntime = "{folder}"\nlog_level = "error"\n'
        f'[[source]]\nname = "page"\nurl = "file:{page}"\nkind = "text"\nstart = "BREAKING"\n'
        'interval = "1h"\nbaseline = "all"\n'
    )
    for end in range(400, EVENTS + 400, 400):
        window = lines[max(0, end - 450) : min(end, EVENTS)]
        page.write_text("BREAKING\n" + "\n".join(reversed(window)) + "\n")
        subprocess.run([TICKERD, "run", "--once", "-c", configuration], check=True, stdout=subprocess.DEVNULL)
    told = subprocess.run(
        [TICKERD, "tail", "-n", str(EVENTS), "-o", "json", "-c", configuration], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    if len(told) != EVENTS:
        raise SystemExit(f"{len(told)} events instead of {EVENTS}")
    (folder / "lines").write_text("".join('{"t":"item","sub":1,' + line[1:] + "\n" for line in told))
    return configuration


def measure(system, stalled, folder, configuration):
    path = folder / ("tickerd.sock" if system == "tickerd" else "limit.sock")
    path.unlink(missing_ok=True)
    command = [TICKERD, "run", "-c", configuration] if system == "tickerd" else [LIMIT, path, folder / "lines", "256"]
    server = subprocess.Popen([str(part) for part in command], **QUIET)
    try:
        end = time.monotonic() + 20
        while not path.exists() and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.5)
        command = [CLIENT, path, server.pid, COUNT, EVENTS, stalled, COMMAND]
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=200)
        if result.returncode:
            raise SystemExit(f"{system}: {result.stdout}{result.stderr}")
        return [float(value) for value in result.stdout.split()]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def main():
    with tempfile.TemporaryDirectory(prefix="replay") as name:
        folder = pathlib.Path(name)
        configuration = prepare(folder)
        systems = [("tickerd", 0), (f"tickerd, {STALLED} more that never read", STALLED), ("limit", 0)]
        runs = {label: [] for label, _ in systems}
        for _ in range(REPETITIONS):
            for label, stalled in systems:
                runs[label].append(measure(label.split(",")[0], stalled, folder, configuration))
        print(f"\n### {COUNT} subscribers, {EVENTS} events back, {os.path.getsize(folder / 'lines') // EVENTS} bytes each\n")
        print("| system | events/s | of limit | CPU-s/M | of limit | MB more at most |")
        print("|---|---|---|---|---|---|")
        middle = {label: [statistics.median(values) for values in zip(*runs[label])] for label, _ in systems}
        million = COUNT * EVENTS / 1e6
        for label, _ in systems:
            wall, cpu, before, most, _ = middle[label]
            print(
                f"| {label} | {million / wall:.2f} M | {middle['limit'][0] / wall:.2f} | {cpu / million:.3f}"
                f" | {cpu / middle['limit'][1]:.2f} | {max(0, most - before) / 1024:.1f} |"
            )


main()
