#!/usr/bin/env python3
"""A subscriber: prints cursor and title of each event, and goes on after the last one it printed, whatever happened in
between. subscriber.py [SOCKET [CURSOR-FILE]]"""
import json, os, random, socket, sys, time

PATH = sys.argv[1] if len(sys.argv) > 1 else "/run/tickerd/tickerd.sock"
FILE = sys.argv[2] if len(sys.argv) > 2 else "./tickerd.cursor"


def load():
    try:
        return open(FILE).read().strip()
    except FileNotFoundError:
        return ""


def save(cursor):  # replaced as a whole, after what it stands for was printed
    with open(FILE + ".new", "w") as new:
        new.write(cursor + "\n")
    os.replace(FILE + ".new", FILE)


def safe(text):  # a headline may hold what acts on a terminal
    return "".join(character if character.isprintable() else "?" for character in text)


def listen():  # the seconds until the next connection
    wait = 1.0
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(3 * 15)  # a beat comes after 15 s of silence: the daemon hangs
        connection.connect(PATH)
        cursor = load()
        command = {"op": "sub", "filter": {"type": ["item.*"]}, **({"after": cursor} if cursor else {"from": "tail"})}
        connection.sendall(json.dumps(command).encode() + b"\n")
        for line in connection.makefile("rb"):
            if not line.endswith(b"\n"):
                break  # cut by the end of the connection
            try:
                message = json.loads(line)
            except ValueError:
                continue  # cut by a crash that the connection outlived; it comes again
            if message["t"] == "item":
                print(message["cursor"], safe(message["title"]), flush=True)
            elif message["t"] == "gap":
                print("events up to", message["to"], "are gone", file=sys.stderr)
            elif message["t"] == "err":
                print(message["msg"], file=sys.stderr)
                if message["code"] in ("epoch_mismatch", "cursor_ahead"):
                    os.remove(FILE)  # another log: its first event comes next
                break
            elif message["t"] == "bye":
                wait = message["retry_ms"] / 1000
            if message["t"] in ("item", "live", "beat"):
                save(message["cursor"])
    return wait


while True:
    wait = 1.0
    try:
        wait = listen()
    except OSError as error:
        print(error, file=sys.stderr)
    time.sleep(wait * random.uniform(0.5, 1.5))
