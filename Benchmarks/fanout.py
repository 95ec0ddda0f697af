#!/usr/bin/env python3
"""Fan-out over Unix sockets: tickerd as it runs, items entering through polls, against a C program that only copies
(fanout-limit) and redis Pub/Sub, in one run. Called by Scripts/bench fanout [SUBSCRIBERS,...] [REPETITIONS].
Prints server CPU-seconds per million deliveries of 600 bytes; tickerd's are less the CPU of the same polls without
subscribers, measured in the same process, of the whole of it and of the one thread that writes to subscribers. Medians;
compare within a run only."""

import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

TICKERD, CLIENT, LIMIT = (pathlib.Path(path).resolve() for path in sys.argv[1:4])
COUNTS = [int(number) for number in (sys.argv[4] if len(sys.argv) > 4 else "100,1000,5000").split(",")]
REPETITIONS = int(sys.argv[5]) if len(sys.argv) > 5 else 3
MODES = (sys.argv[6] if len(sys.argv) > 6 else "burst,single,paced").split(",")
SYSTEMS = ["tickerd", "tickerd filtered", "limit"] + (["redis"] if shutil.which("redis-server") else [])
FIELDS = ["received", "wanted", "cpu", "sockets", "wall", "resident", "connected", "p50", "p99"]


def rounds(mode, count):
    """(messages, per round, rounds a second)"""
    if mode == "burst":
        return max(400, min(8000, 400_000 // count)) // 50 * 50, 50, 0
    if mode == "single":
        return max(60, min(600, 100_000 // count)), 1, 0
    return 60, 1, 20


class Server:
    def __init__(self, system, folder):
        self.folder = pathlib.Path(folder)
        self.page, self.socket = "", str(self.folder / "s.sock")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        if system.startswith("tickerd"):
            self.page, self.socket = str(self.folder / "page.txt"), str(self.folder / "tickerd.sock")
            pathlib.Path(self.page).write_text("BREAKING\nThe first line\n")
            configuration = self.folder / "tickerd.toml"
            configuration.write_text(
                f'[daemon]\nstate = "{self.folder}/tickerd.db"\nruntime = "{self.folder}"\nlog_level = "error"\n'
                f'[[source]]\nname = "page"\nurl = "file:{self.page}"\nkind = "text"\nstart = "BREAKING"\n'
                'interval = "1h"\nbaseline = "all"\n'
            )
            arguments = [TICKERD, "run", "-c", configuration]
        elif system == "redis":
            arguments = ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--appendonly", "no"]
            arguments += ["--maxclients", "15000", "--client-output-buffer-limit", "pubsub 512mb 256mb 60"]
        else:
            arguments = [LIMIT, self.socket]
        self.process = subprocess.Popen(arguments, cwd=folder, **quiet)
        end = time.monotonic() + 20
        while not os.path.exists(self.socket) and time.monotonic() < end and self.process.poll() is None:
            time.sleep(0.02)
        time.sleep(0.3)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def measure(system, count, mode):
    messages, per_round, rate = rounds(mode, count)
    with tempfile.TemporaryDirectory(prefix="fanout") as folder:
        server = Server(system, folder)
        try:
            command = [CLIENT, system, server.socket, server.process.pid, count, messages, per_round, rate]
            command += [1 if "filtered" in system else 0, server.page]
            result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)
            values = [float(value) for value in result.stdout.split()]
            if len(values) != len(FIELDS):
                raise SystemExit(f"{system}, {count} subscribers, {mode}: {result.stderr}")
            return dict(zip(FIELDS, values))
        finally:
            server.stop()


def main():
    for mode in MODES:
        for count in COUNTS if mode != "paced" else [n for n in COUNTS if n == 1000] or COUNTS[:1]:
            runs = {system: [] for system in SYSTEMS}
            for _ in range(REPETITIONS):
                for system in SYSTEMS:
                    runs[system].append(measure(system, count, mode))
            messages = rounds(mode, count)[0]
            print(f"\n### {mode}, {count} subscribers ({messages} messages)\n")
            print("| system | CPU-s/M | of limit | of redis | socket thread | of limit | of redis | p50 µs | p99 µs | KB/subscriber | accepted s | lost |")
            print("|---|---|---|---|---|---|---|---|---|---|---|---|")
            cost = {system: {} for system in SYSTEMS}
            for system in SYSTEMS:
                for kind in ("cpu", "sockets"):
                    cost[system][kind] = statistics.median(run[kind] * 1e6 / run["received"] for run in runs[system])
            for system in SYSTEMS:
                middle = {name: statistics.median(run[name] for run in runs[system]) for name in FIELDS}
                lost = sum(run["wanted"] - run["received"] for run in runs[system])
                figures = []
                for kind in ("cpu", "sockets"):
                    figures.append(f"{cost[system][kind]:.2f}")
                    for other in ("limit", "redis"):
                        figures.append(f"{cost[system][kind] / cost[other][kind]:.2f}" if other in cost else "")
                print(
                    f"| {system} | {' | '.join(figures)} | {middle['p50']:.0f}"
                    f" | {middle['p99']:.0f} | {middle['resident'] / count:.2f} | {middle['connected']:.2f} | {lost:.0f} |",
                    flush=True,
                )


main()
