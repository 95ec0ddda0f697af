#!/usr/bin/env python3
"""The installed service in a real systemd, from outside. Run by Scripts/test-service, as root, inside the machine.
Arguments name the tests to run; without, all of them run. Every wait has an end, and waits for an event."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

PATIENCE = 20.0  # seconds for anything that should take well under one
CONTROL, LIVE = "/run/tickerd/tickerd.sock", "/run/tickerd/live.sock"
STATE = pathlib.Path("/var/lib/tickerd/tickerd.db")
PAGE = pathlib.Path("/usr/share/tickerd-page.txt")
CONFIGURATION = pathlib.Path("/etc/tickerd/tickerd.toml")
DROP_IN = pathlib.Path("/etc/systemd/system/tickerd.service.d/test.conf")
GOOD = f"""
[[source]]
name = "page"
url = "file:{PAGE}"
kind = "text"
start = "BREAKING"
interval = "250ms"
baseline = "all"
"""


connections = []


def run(*command):
    begun = time.monotonic()
    result = subprocess.run(command, capture_output=True, text=True, timeout=90)
    if (took := time.monotonic() - begun) > PATIENCE:
        print(f"slow: {' '.join(command)} took {took:.0f} s", journal(), flush=True)
    return result


def systemctl(*arguments):
    result = run("systemctl", *arguments)
    assert result.returncode == 0, f"systemctl {' '.join(arguments)}: {result.stderr}{journal()}"
    return result.stdout


def shown(name):
    return run("systemctl", "show", "--property", name, "--value", "tickerd.service").stdout.strip()


def journal():
    return "\n" + run("journalctl", "--unit", "tickerd*", "--no-pager", "--lines", "30").stdout


def wait(what, condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError(f"not within {patience} s: {what}{journal()}")


class Client:
    """A connection whose lines are collected on a thread."""

    def __init__(self, path=CONTROL, command=None, reads=True):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE * 3)
        self.socket.connect(path)
        connections.append(self)
        self.lines, self.is_at_end = [], False
        if reads:
            threading.Thread(target=self.read, daemon=True).start()
        if command:
            self.socket.sendall(command.encode() + b"\n")

    def read(self):
        rest = b""
        try:
            while piece := self.socket.recv(1 << 16):
                *lines, rest = (rest + piece).split(b"\n")
                self.lines += [line.decode() for line in lines]
        except OSError:
            pass
        self.is_at_end = True

    def events(self):
        """Titles in order of their cursors' first appearance, and how many came twice."""
        seen, repeated = {}, 0
        for line in self.lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue  # empty, or cut by a crash
            if "title" not in event:
                continue
            sequence = int(event["cursor"].split("-")[1])
            repeated += sequence in seen
            if sequence not in seen and seen:
                assert sequence > max(seen), f"{sequence} after {max(seen)}"
            seen[sequence] = event["title"]
        return list(seen.values()), repeated

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # closed by the other side, or here before
        self.socket.close()


class Page:
    """A ticker whose newest line stands on top."""

    def __init__(self):
        self.lines = []

    def publish(self, count=1):
        first = len(self.lines) + 1
        self.lines += [f"Headline {n} of subject {n * n % 1009} from desk {n % 7}" for n in range(first, first + count)]
        visible = "\n".join(reversed(self.lines[-200:]))
        fresh = PAGE.with_suffix(".new")
        fresh.write_text(f"BREAKING\n{visible}\n")
        fresh.rename(PAGE)

    def heard_by(self, client, lost=0):
        wait(f"{len(self.lines)} lines", lambda: len(client.events()[0]) >= len(self.lines) - lost)
        assert client.events()[0] == self.lines[lost:], client.events()


page = Page()


def prepare():
    CONFIGURATION.parent.mkdir(parents=True, exist_ok=True)
    CONFIGURATION.write_text(GOOD)
    page.publish(3)
    result = run("systemd-sysusers")
    assert result.returncode == 0, result.stderr


def drop_in(*lines):
    DROP_IN.parent.mkdir(parents=True, exist_ok=True)
    DROP_IN.write_text("[Service]\n" + "\n".join(lines) + "\n")
    systemctl("daemon-reload")


def kept(count):
    wait(f"{count} descriptors in the store", lambda: shown("NFileDescriptorStore") == str(count))


def recorded(count):
    """Returns when so many connections have their place in the state."""
    query = "SELECT count(*) FROM subscriber WHERE CAST(state AS TEXT) LIKE '%command%'"
    wait("recorded places", lambda: run("sqlite3", f"file:{STATE}?mode=ro", query).stdout.strip() == str(count))


def test_start_on_demand():
    systemctl("start", "tickerd.socket", "tickerd-live.socket")
    assert shown("ActiveState") == "inactive"
    for path in (CONTROL, LIVE):
        status = os.stat(path)
        assert status.st_mode & 0o777 == 0o660, oct(status.st_mode)
    client = Client(command="sub from=tail")
    page.heard_by(client)
    assert shown("ActiveState") == "active"
    client.close()
    kept(0)


def test_status_text_and_journal_fields():
    wait("a status line", lambda: shown("StatusText") == "polling 1 source; 0 subscribers")
    client = Client(command="sub")
    wait("a status line that follows", lambda: shown("StatusText") == "polling 1 source; 1 subscriber")
    client.close()
    entries = [json.loads(line) for line in run("journalctl", "--unit", "tickerd", "--output", "json").stdout.splitlines()]
    own = [entry for entry in entries if entry.get("_COMM") == "tickerd" or entry.get("SYSLOG_IDENTIFIER") == "tickerd"]
    assert any(entry.get("TICKERD_SOURCE") == "page" for entry in own), own[:5]
    assert all(entry["PRIORITY"] in "34567" for entry in own if "TICKERD_SOURCE" in entry)


def test_restart_keeps_connections_exactly():
    client, filtered = Client(command="sub from=tail"), Client(command="sub from=tail text='desk 3$'")
    live, head = Client(LIVE), len(page.lines)
    kept(3)
    for _ in range(3):
        page.publish(5)
        before = shown("MainPID")
        page.heard_by(client)
        systemctl("restart", "tickerd.service")
        assert shown("MainPID") != before
        page.publish(5)
    page.heard_by(client)
    page.heard_by(live, lost=head)
    wanted = [line for line in page.lines if line.endswith("desk 3")]
    wait("the filtered lines", lambda: filtered.events()[0] == wanted)
    for connection in (client, filtered, live):
        assert connection.events()[1] == 0, "nothing twice"
        assert "" not in connection.lines and not any('"bye"' in line for line in connection.lines)
        assert not connection.is_at_end
        connection.close()
    kept(0)


def test_who_connects_during_a_restart_waits():
    faults, answers, stop = [], [], threading.Event()

    def connect():
        while not stop.is_set():
            try:
                client = socket.socket(socket.AF_UNIX)
                client.settimeout(PATIENCE)
                client.connect(CONTROL)
                answers.append(client.recv(4096).startswith(b'{"t":"hello"'))
                client.close()
            except OSError as fault:
                faults.append(fault)

    thread = threading.Thread(target=connect)
    thread.start()
    for _ in range(2):
        systemctl("restart", "tickerd.service")
    stop.set()
    thread.join()
    assert not faults and all(answers) and len(answers) > 10, (faults, len(answers))
    kept(0)


def test_reload_good_and_faulty():
    client, process = Client(command="sub from=tail"), shown("MainPID")
    CONFIGURATION.write_text(GOOD + '[[source]]\nname = "second"\nurl = "file:/usr/share/second.txt"\n')
    systemctl("reload", "tickerd.service")
    answer = Client(command="sources")
    wait("the second source", lambda: any('"second"' in line for line in answer.lines))
    CONFIGURATION.write_text(GOOD + "nonsense = 1\n")
    assert run("systemctl", "reload", "tickerd.service").returncode != 0
    wait("the fault in the status line", lambda: "not in force" in shown("StatusText"))
    assert shown("ActiveState") == "active" and shown("MainPID") == process
    CONFIGURATION.write_text(GOOD)
    systemctl("reload", "tickerd.service")
    page.publish(2)
    page.heard_by(client)
    client.close()
    answer.close()


def crash(end):
    """Whatever ends the process, connections go on without a loss."""
    client = Client(command="sub from=tail")
    page.heard_by(client)
    live, head = Client(LIVE), len(page.lines)
    page.publish(4)
    page.heard_by(client)
    kept(2)
    recorded(2)
    page.publish(4)
    page.heard_by(client)
    page.heard_by(live, lost=head)
    restarts = int(shown("NRestarts"))
    end()
    wait("another process", lambda: int(shown("NRestarts")) > restarts and shown("ActiveState") == "active", 60)
    page.publish(4)
    page.heard_by(client)
    page.heard_by(live, lost=head)
    for connection in (client, live):
        assert "" in connection.lines, "an empty line ends what may be a cut one"
        assert not connection.is_at_end
        connection.close()
    kept(0)


def test_kill():
    crash(lambda: systemctl("kill", "--signal=KILL", "tickerd.service"))


def test_watchdog():
    drop_in("WatchdogSec=1s")
    systemctl("restart", "tickerd.service")
    time.sleep(2.5)
    assert shown("NRestarts") == "0" and shown("ActiveState") == "active", "it is fed" + journal()
    crash(lambda: os.kill(int(shown("MainPID")), signal.SIGSTOP))
    assert "watchdog" in run("journalctl", "--unit", "tickerd", "--no-pager").stdout.lower()
    DROP_IN.unlink()
    systemctl("daemon-reload")
    systemctl("restart", "tickerd.service")


def test_overflow_is_told():
    drop_in("FileDescriptorStoreMax=2", "Environment=FDSTORE=2")
    systemctl("restart", "tickerd.service")
    clients = []
    for _ in range(3):
        clients.append(Client(command="sub"))
        wait("the answer", lambda: any('"live"' in line for line in clients[-1].lines))
    systemctl("restart", "tickerd.service")
    wait("the end of the third", lambda: clients[2].is_at_end)
    bye = json.loads(clients[2].lines[-1])
    assert (bye["t"], bye["code"]) == ("bye", "shutdown") and bye["retry_ms"] > 0, bye
    page.publish()
    for client in clients[:2]:
        wait("the news", lambda: client.events()[0] == page.lines[-1:])
        client.close()
    DROP_IN.unlink()
    systemctl("daemon-reload")
    systemctl("restart", "tickerd.service")


def test_stop_under_load():
    readers = [Client(command="sub from=tail") for _ in range(20)]
    stalled = [Client(command="sub from=tail", reads=False) for _ in range(20)]
    flowing = threading.Event()

    def flow():
        while not flowing.wait(0.05):
            page.publish(50)

    thread = threading.Thread(target=flow)
    thread.start()
    wait("a flow", lambda: len(readers[0].events()[0]) > 200)
    begun = time.monotonic()
    systemctl("stop", "tickerd.service", "tickerd.socket", "tickerd-live.socket")
    took = time.monotonic() - begun
    flowing.set()
    thread.join()
    assert took < 5, f"{took:.1f} s"
    assert shown("Result") == "success" and shown("ExecMainStatus") == "0", (shown("Result"), shown("ExecMainStatus"))
    for reader in readers:
        wait("the end of the connection", lambda: reader.is_at_end)
    for client in stalled:
        client.close()


def start_fails(status):
    run("systemctl", "reset-failed")
    run("systemctl", "start", "tickerd.service")
    wait("the end", lambda: shown("ExecMainStatus") == str(status) and shown("ActiveState") != "activating", 30)
    run("systemctl", "stop", "tickerd.service", "tickerd.socket", "tickerd-live.socket")


def test_exit_codes_of_a_start():
    drop_in("Restart=no")
    systemctl("stop", "tickerd.service", "tickerd.socket", "tickerd-live.socket")
    CONFIGURATION.write_text("nonsense = 1\n")
    start_fails(78)
    CONFIGURATION.write_text(GOOD)
    whole = STATE.read_bytes()

    def mend():
        for file in STATE.parent.glob("tickerd.db*"):
            file.unlink()
        STATE.write_bytes(whole)
        # By number: looking up the name can take the container a minute.
        owner = STATE.parent.stat()
        os.chown(STATE, owner.st_uid, owner.st_gid)

    mend()
    run("sqlite3", str(STATE), "PRAGMA journal_mode = DELETE; PRAGMA user_version = 99")
    start_fails(78)
    mend()
    STATE.write_bytes(b"no database " * 1000)
    start_fails(1)
    assert STATE.read_bytes().startswith(b"no database"), "it is left as it is"
    mend()
    STATE.chmod(0o444)
    os.chown(STATE, 0, 0)
    start_fails(1)
    mend()
    STATE.chmod(0o600)
    DROP_IN.unlink()
    systemctl("daemon-reload")
    run("systemctl", "reset-failed")
    systemctl("start", "tickerd.service")
    client = Client(command="sub from=tail")
    wait("the log", lambda: len(client.events()[0]) >= 3)
    client.close()


def main():
    prepare()
    tests = [(name[5:], test) for name, test in globals().items() if name.startswith("test_")]
    chosen = ["start_on_demand", *sys.argv[1:]]
    wanted = [(name, test) for name, test in tests if not sys.argv[1:] or name in chosen]
    failed = 0
    for name, test in wanted:
        begun = time.monotonic()
        try:
            test()
        except Exception as fault:  # each test says what it missed, the others go on
            failed += 1
            print(f"FAILED {name}: {type(fault).__name__} {str(fault)[:6000]}", flush=True)
        else:
            print(f"ok {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        for connection in connections:
            connection.close()
        connections.clear()
    print(f"{len(wanted)} tests of the service, {failed} failed")
    sys.exit(1 if failed else 0)


main()
