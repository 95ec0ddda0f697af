#!/usr/bin/env python3
"""Runs a harness for publish-and-subscribe servers against tickerd, which publishes only what it polls:

    fan-extra.py TICKERD COMMAND...     e.g. fan-extra.py .build-release/release/tickerd ./run.sh fanout 3 100,1000

COMMAND finds in FAN_EXTRA a server of proto `line`, `label|proto|address|subscribe|hello|prefix|pid`: its subscribers
connect to live.sock as they do in earnest. Its publisher connects there as well and writes lines; live.sock reads nothing,
so they are taken from a duplicate of the daemon's end of that connection (pidfd_getfd(2)), put on top of a page, and the
page is polled. The daemon spends nothing on that, but the polls are in its CPU time: at few subscribers they are most of
it. Scripts/bench fanout measures without them."""

import collections
import ctypes
import os
import pathlib
import re
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time

HELLO = b"PUB\n"
# Lines of the page; a burst of 64 is new at once, and something of the last page must stand in the next.
WINDOW = 200
# Bytes of a line of the page: with what an event says besides, its line has 600.
LENGTH = 296
# Each takes a hundred commands a second.
CONNECTIONS = 16
PIDFD_GETFD = 438
LIBC = ctypes.CDLL(None, use_errno=True)


class Daemon:
    def __init__(self, program, folder):
        self.page, self.live, self.control = folder / "page.txt", folder / "live.sock", folder / "tickerd.sock"
        self.lines, self.count = collections.deque(["The first line"], maxlen=WINDOW), 0
        self.is_ending = False
        self.show()
        configuration = folder / "tickerd.toml"
        configuration.write_text(
            f'[daemon]\nstate = "{folder}/tickerd.db"\nruntime = "{folder}"\nlog_level = "error"\n'
            f'[[source]]\nname = "page"\nurl = "file:{self.page}"\nkind = "text"\nstart = "BREAKING"\n'
            'interval = "1h"\nbaseline = "all"\n'
        )
        self.process = subprocess.Popen([program, "run", "-c", configuration], stdin=subprocess.DEVNULL)
        while not self.control.exists():
            time.sleep(0.02)
        self.askers = collections.deque(self.connect() for _ in range(CONNECTIONS))
        # The line that stands there is no news of the harness.
        self.publish([])

    def connect(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.control))
        stream = connection.makefile("rwb")
        stream.readline()
        return stream

    def show(self):
        fresh = self.page.with_suffix(".new")
        fresh.write_text("\n".join(["BREAKING", *self.lines]) + "\n")
        fresh.replace(self.page)

    def publish(self, lines):
        for line in lines:
            self.count += 1
            stamp = re.search(rb"t=\d+", line)
            # Words of its own, or a line would be an edit of the one before.
            filler = "".join(chr(97 + (i * 7 + self.count) % 26) if i % 8 < 7 else " " for i in range(LENGTH))
            self.lines.appendleft(f"Number {self.count} {stamp.group().decode() if stamp else ''} {filler}"[:LENGTH])
        self.show()
        asker = self.askers[0]
        self.askers.rotate()
        asker.write(b"poll page\n")
        asker.flush()
        asker.readline()


def publisher(pidfd, pid, known):
    """The daemon's end of a new connection that has said HELLO; None when there is none."""
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except OSError:
            continue
        if not target.startswith("socket:") or known.get(target, 0) > 50:
            continue
        # Who has said nothing for so long is a subscriber.
        known[target] = known.get(target, 0) + 1
        copy = LIBC.syscall(PIDFD_GETFD, pidfd, int(name), 0)
        if copy < 0:
            continue
        end = socket.socket(fileno=copy)
        try:
            if end.recv(len(HELLO), socket.MSG_PEEK | socket.MSG_DONTWAIT) == HELLO:
                return end
        except OSError:
            pass
        end.close()
    return None


def relay(daemon):
    try:
        serve(daemon)
    except OSError:
        if not daemon.is_ending:
            raise


def serve(daemon):
    pid = daemon.process.pid
    pidfd, known = os.pidfd_open(pid), {}
    while True:
        end = publisher(pidfd, pid, known)
        if end is None:
            time.sleep(0.02)
            continue
        known.clear()
        with end:
            end.recv(len(HELLO))
            rest = b""
            while True:
                # The flags of the description are the daemon's too: it stays non-blocking.
                select.select([end], [], [])
                try:
                    more = end.recv(1 << 20)
                except BlockingIOError:
                    continue
                except OSError:
                    break
                if not more:
                    break
                *lines, rest = (rest + more).split(b"\n")
                for start in range(0, len(lines), WINDOW // 2):
                    daemon.publish(lines[start : start + WINDOW // 2])


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="fan-extra") as folder:
        daemon = Daemon(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(folder))
        try:
            threading.Thread(target=relay, args=(daemon,), daemon=True).start()
            extra = f"tickerd|line|unix:{daemon.live}||PUB\\n||{daemon.process.pid}"
            sys.exit(subprocess.run(sys.argv[2:], env={**os.environ, "FAN_EXTRA": extra}).returncode)
        finally:
            daemon.is_ending = True
            daemon.process.terminate()
            daemon.process.wait(10)


main()
