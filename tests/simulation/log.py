"""The log as it lies in the database, row by row."""

import contextlib
import dataclasses
import json
import sqlite3


@dataclasses.dataclass(frozen=True)
class Row:
    seq: int
    at_ms: int
    type: str
    actor: dict
    data: dict


def connect(data):
    return contextlib.closing(sqlite3.connect(f"file:{data}/muster.db?mode=ro", uri=True))


def read(data, workspace):
    """All rows of a workspace in order."""
    query = """SELECT event.seq, at_ms, type, actor, payload FROM event JOIN workspace ON workspace.key = event.workspace
        WHERE workspace.id = ? ORDER BY event.seq"""
    with connect(data) as log:
        return [
            Row(seq, at_ms, type, json.loads(actor), json.loads(payload))
            for seq, at_ms, type, actor, payload in log.execute(query, (workspace,))
        ]


def last_seq(data, workspace):
    with connect(data) as log:
        return log.execute("SELECT seq FROM workspace WHERE id = ?", (workspace,)).fetchone()[0]
