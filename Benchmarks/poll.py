#!/usr/bin/env python3
"""Polling: the daemon as it runs against feeds on loopback, beside the same polls from plain C, in one run. Called by
Scripts/bench poll [REPETITIONS] [pace,once,fresh,idle]. CPU time of the whole daemon; medians of interleaved runs."""

import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

TICKERD, ORIGIN, LIMIT = (pathlib.Path(path).resolve() for path in sys.argv[1:4])
REPETITIONS = int(sys.argv[4]) if len(sys.argv) > 4 else 3
PARTS = (sys.argv[5] if len(sys.argv) > 5 else "pace,once,fresh,idle").split(",")
ITEMS = 30
# Sources, interval in seconds, an address for each: a thousand polls a second.
PACES = [(1000, 1, False), (5000, 5, False), (1000, 1, True)]
PATIENCE = 300


class Origin:
    def __init__(self, sources):
        self.port = random.randrange(20000, 32000)
        self.process = subprocess.Popen([ORIGIN, str(self.port), str(sources), str(ITEMS)])
        until(lambda: self.process.poll() is None and self.stats(), "the origin does not start")

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=30) as answer:
            return answer.read().decode()

    def stats(self):
        try:
            return json.loads(self.get("stats"))
        except OSError:
            return None

    def stop(self):
        self.process.kill()
        self.process.wait()


def configure(folder, port, groups):
    """`groups`: (first source, end, interval, an address for each)."""
    lines = [f'[daemon]\nstate = "{folder}/t.db"\nruntime = "{folder}"\nper_host = 256\nlog_level = "error"']
    lines += ['[defaults]\nbaseline = "all"\nallow_net = ["127.0.0.0/8"]']
    for first, end, interval, has_many in groups:
        for number in range(first, end):
            host = f"127.1.{number // 250}.{number % 250 + 1}" if has_many else "127.0.0.1"
            lines += [f'[[source]]\nname = "s{number}"\nkind = "rss"\ninterval = "{interval}s"']
            lines += [f'url = "http://{host}:{port}/{number}"']
    (folder / "tickerd.toml").write_text("\n".join(lines))


class Daemon:
    def __init__(self, folder, port, groups):
        self.folder = pathlib.Path(folder)
        configure(self.folder, port, groups)
        self.log = open(self.folder / "log", "w")
        self.process = subprocess.Popen(
            [TICKERD, "run", "-c", self.folder / "tickerd.toml"], stdout=subprocess.DEVNULL, stderr=self.log
        )

    def cpu(self):
        """Seconds, of threads that ended too: the clock of the process (clock_getcpuclockid(3))."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def memory(self, name="VmRSS"):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith(name + ":"):
                return int(line.split()[1]) / 1024
        return 0

    def events(self):
        try:
            with sqlite3.connect(f"file:{self.folder}/t.db?mode=ro", uri=True) as database:
                return database.execute("SELECT max(seq) FROM event").fetchone()[0] or 0
        except sqlite3.OperationalError:
            return 0

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


def until(condition, fault):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(fault)
        time.sleep(0.1)


def limit(origin, sources, work, has_many, folder):
    command = [LIMIT, origin.port, sources, work, "many" if has_many else "one", f"{folder}/{work}.db"]
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=PATIENCE)
    if result.returncode:
        raise SystemExit(f"limit: {result.stderr or result.stdout}")
    return {name: float(cost) for name, cost in (line.split() for line in result.stdout.splitlines())}


def limits(origin, sources, has_many, folder):
    """Of a round that only fetches and of one that records, by `limit WORK ROUND`."""
    works = {work: limit(origin, sources, work, has_many, folder) for work in ["fetch", "record"]}
    return {f"limit {work} {name}": cost for work, costs in works.items() for name, cost in costs.items()}


def pace(sources, interval, has_many):
    """Microseconds of CPU a poll, by round, and MiB."""
    with tempfile.TemporaryDirectory(prefix="poll") as folder:
        origin = Origin(sources)
        try:
            found = limits(origin, sources, has_many, folder)
            daemon = Daemon(folder, origin.port, [(0, sources, interval, has_many)])
            try:
                until(lambda: daemon.events() >= sources * ITEMS, "not all items were recorded")
                time.sleep(1)
                found["cold"] = daemon.cpu() * 1e6 / sources
                found["peak"] = daemon.memory("VmHWM")
                time.sleep(interval + 2)
                for name, seconds, publishes in [("warm", 12, False), ("changed", 10, True)]:
                    before, start = origin.stats(), daemon.cpu()
                    for second in range(seconds):
                        # A tenth of what is polled meanwhile.
                        if publishes:
                            origin.get(f"publish?from={second}&step={10 * interval}")
                        time.sleep(1)
                    polls = origin.stats()["requests"] - before["requests"]
                    found[name] = (daemon.cpu() - start) * 1e6 / polls
                    found[f"{name} rate"] = polls / seconds
                    found[f"{name} resident"] = daemon.memory()
            finally:
                daemon.stop()
        finally:
            origin.stop()
    return found


def once(sources=1000):
    """Microseconds of CPU a source, of a process that polls each once and ends, by round."""
    with tempfile.TemporaryDirectory(prefix="poll") as folder:
        origin = Origin(sources)
        try:
            found = limits(origin, sources, False, folder)
            configure(pathlib.Path(folder), origin.port, [(0, sources, 3600, False)])
            for name in ["cold", "warm", "changed"]:
                if name == "changed":
                    origin.get("publish?from=0&step=10")
                command = [TICKERD, "run", "-c", f"{folder}/tickerd.toml", "--once"]
                process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
                _, status, used = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                if process.returncode:
                    raise SystemExit(f"run --once ended with {process.returncode}")
                found[name] = (used.ru_utime + used.ru_stime) * 1e6 / sources
        finally:
            origin.stop()
    return found


def fresh(slow=5000, fast=50, seconds=40):
    """Milliseconds: how late the fast ones are polled, and from the origin's answer to a subscriber."""
    heard = {}
    with tempfile.TemporaryDirectory(prefix="poll") as folder:
        origin = Origin(slow + fast)
        daemon = Daemon(folder, origin.port, [(0, fast, 1, False), (fast, fast + slow, 60, False)])
        try:
            until(lambda: daemon.events() >= (slow + fast) * ITEMS, "not all items were recorded")
            subscriber = socket.socket(socket.AF_UNIX)
            subscriber.connect(f"{folder}/live.sock")

            def listen():
                for line in subscriber.makefile():
                    at = time.time_ns()
                    words = json.loads(line)["title"].split()
                    heard[int(words[0][1:]), int(words[2])] = at

            threading.Thread(target=listen, daemon=True).start()
            time.sleep(40)  # every source finds its place
            origin.get(f"asked?to={fast}")
            for _ in range(seconds * 5):
                number = random.randrange(fast)
                origin.get(f"publish?from={number}&to={number + 1}")
                time.sleep(0.2)
            time.sleep(3)
            served = [[int(word) for word in line.split()] for line in origin.get("served").splitlines()]
            asked = [[int(word) for word in line.split()] for line in origin.get("asked").splitlines()]
        finally:
            daemon.stop()
            origin.stop()
    last, late = {}, []
    for source, at in asked:
        if source in last:
            late.append((at - last[source]) / 1e6 - 1000)
        last[source] = at
    delays = [(heard[source, item] - at) / 1e6 for source, item, _, at in served if (source, item) in heard]
    lost = sum((source, item) not in heard for source, item, _, at in served if source < fast)
    return {"late": percentile(late, 0.99), "delay": percentile(delays, 0.99), "half": percentile(delays, 0.5), "lost": lost}


def bare():
    """MiB of a daemon without sources: its own, and with what it shares."""
    with tempfile.TemporaryDirectory(prefix="poll") as folder:
        daemon = Daemon(folder, 0, [])
        try:
            time.sleep(3)
            return {"own": daemon.memory("RssAnon"), "bare": daemon.memory()}
        finally:
            daemon.stop()


def idle(sources=1000, seconds=30):
    """Percent of a core, of a daemon whose sources are all asked once an hour; and the memory of one without sources."""
    with tempfile.TemporaryDirectory(prefix="poll") as folder:
        origin = Origin(sources)
        daemon = Daemon(folder, origin.port, [(0, sources, 3600, False)])
        try:
            until(lambda: daemon.events() >= sources * ITEMS, "not all items were recorded")
            time.sleep(5)
            start = daemon.cpu()
            time.sleep(seconds)
            return {"idle": (daemon.cpu() - start) / seconds * 100} | bare()
        finally:
            daemon.stop()
            origin.stop()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def medians(runs):
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def main():
    runs = {kind: [] for kind in PACES + ["once", "fresh", "idle"]}
    for _ in range(REPETITIONS):
        for kind in PACES if "pace" in PARTS else []:
            runs[kind].append(pace(*kind))
        if "once" in PARTS:
            runs["once"].append(once())
        if "fresh" in PARTS:
            runs["fresh"].append(fresh())
        if "idle" in PARTS:
            runs["idle"].append(idle())
    if "pace" in PARTS:
        print("| sources | round | polls a second | µs CPU a poll | C | of C | C at that pace | of that | MiB (cold: peak) |")
        print("|---|---|---|---|---|---|---|---|---|")
        for sources, interval, has_many in PACES:
            found = medians(runs[sources, interval, has_many])
            name = f"{sources}{', each a host' if has_many else ''}"
            for part, work in [("warm", "fetch"), ("cold", "record"), ("changed", "record")]:
                least = found[f"limit {work} {part}"]
                rate = f"{found[part + ' rate']:.0f}" if part != "cold" else ""
                memory = f"{found['peak' if part == 'cold' else part + ' resident']:.0f}"
                paced = found["limit fetch paced"]
                same = f"{paced:.1f} | {found[part] / paced:.2f}" if part == "warm" else " | "
                print(f"| {name} | {part} | {rate} | {found[part]:.1f} | {least:.1f} | {found[part] / least:.2f} | {same} | {memory} |")
    if "once" in PARTS:
        found = medians(runs["once"])
        print("\n| `run --once`, 1000 sources | µs CPU a source | C | of C |\n|---|---|---|---|")
        for part, work in [("warm", "fetch"), ("cold", "record"), ("changed", "record")]:
            least = found[f"limit {work} {part}"]
            print(f"| {part} | {found[part]:.1f} | {least:.1f} | {found[part] / least:.2f} |")
    if "fresh" in PARTS:
        found = medians(runs["fresh"])
        print(f"\n5,000 sources at 60 s and 50 at 1 s: those 50 are late by {found['late']:.1f} ms at p99; from the origin's answer")
        print(f"to a subscriber {found['half']:.1f} ms at p50, {found['delay']:.1f} ms at p99; {found['lost']:.0f} items lost.")
    if "idle" in PARTS:
        found = medians(runs["idle"])
        print(f"\nIdle, 1,000 sources at an hour: {found['idle']:.3f} % of a core. Without sources it holds {found['own']:.0f} MiB of its")
        print(f"own, {found['bare']:.0f} with the shared libraries.")


main()
