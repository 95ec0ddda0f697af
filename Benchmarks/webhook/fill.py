#!/usr/bin/env python3
"""fill.py DATABASE COUNT: puts so many items into the log of a daemon that does not run, as polls would have done."""
import datetime
import sqlite3
import sys

path, count = sys.argv[1], int(sys.argv[2])
database = sqlite3.connect(path)
now = datetime.datetime.now(datetime.timezone.utc)
at = int(now.timestamp() * 1000)
text = now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"


def rows():
    for number in range(1, count + 1):
        item = f"itm_{number:026d}"
        title = f"Headline {number} from desk {number % 7} on subject {number * number % 1009}, as agencies report"
        body = (
            f'"at":"{text}","title":"{title}","id":"{item}","source":"a","text":"{title}, in more words. '
            f'{"What they say of it. " * 12}","seen":"{text}","level":"routine","urgency":5,"tags":[],'
            f'"occurrence":1,"revision":1,"hash":"sha256:{number:064x}","baseline":false'
        )
        yield at, item, body.encode()


with database:
    database.executemany(
        "INSERT INTO event(at, type, source, item, level, tags, body) VALUES (?, 'item.new', 'a', ?, 'routine', '', ?)", rows()
    )
