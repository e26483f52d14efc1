"""What the page keeps between reloads and restarts: charts, jobs and virtual people, in one SQLite file of the user's own.

Everything belongs to a session, and no question can be asked without naming one. A session is known by the hash of its
cookie, so that the file alone opens nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sqlite3
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seedsoil.errors import InputError

FILE = "page-1.sqlite"  # the number is that of the tables below
MOST_KEPT = {"chart": 20, "job": 60, "person": 20, "trial": 20}  # of one session; the oldest goes first
MOST_SESSIONS = 400
TABLES = """
CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS chart (id TEXT PRIMARY KEY, session TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS person (id TEXT PRIMARY KEY, session TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS trial (id TEXT PRIMARY KEY, session TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS job (id TEXT PRIMARY KEY, session TEXT NOT NULL, kind TEXT NOT NULL, asked TEXT NOT NULL,
    state TEXT NOT NULL, tries INTEGER NOT NULL, result BLOB, trouble TEXT);
CREATE INDEX IF NOT EXISTS job_of ON job (session);
"""
WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
ENDED = (DONE, FAILED, CANCELLED)


@dataclass(frozen=True)
class Kept:
    """A job as it is kept."""

    id: str
    session: str
    kind: str
    asked: dict
    state: str
    tries: int
    trouble: dict | None


class Store:
    """The file. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._held = _hold(folder / "page.lock")
            path = folder / FILE
            path.touch(mode=0o600)
            self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._file.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;" + TABLES)
        except (OSError, sqlite3.Error) as trouble:
            why = getattr(trouble, "strerror", None) or str(trouble)
            raise InputError("--data", str(folder), "a folder of your own that can be written to", why.lower()) from None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._file.close()
        self._held.close()

    @contextmanager
    def _at_once(self) -> Iterator[sqlite3.Connection]:
        """Several changes, all or none."""
        with self._lock:
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield self._file
            except BaseException:
                self._file.execute("ROLLBACK")
                raise
            self._file.execute("COMMIT")

    def _rows(self, question: str, *values: object) -> list[tuple]:
        with self._lock:
            return self._file.execute(question, values).fetchall()

    # ---- sessions ------------------------------------------------------------------------------------------------

    def open_session(self) -> str:
        """A new session's cookie."""
        cookie = secrets.token_urlsafe(32)
        with self._at_once() as file:
            file.execute("INSERT INTO session VALUES (?)", (of_cookie(cookie),))
            old = file.execute(
                "SELECT id FROM session WHERE rowid <= (SELECT max(rowid) FROM session) - ?", (MOST_SESSIONS,)
            ).fetchall()
            for (session,) in old:
                _forget(file, session)
        return cookie

    def knows(self, session: str) -> bool:
        """Whether there is such a session."""
        return bool(self._rows("SELECT 1 FROM session WHERE id = ?", session))

    def forget(self, session: str) -> None:
        """Delete a session and all that belongs to it."""
        with self._at_once() as file:
            _forget(file, session)

    # ---- charts, people and trials -------------------------------------------------------------------------------

    def put(self, table: str, session: str, name: str, body: bytes) -> str:
        """Keep a text under a new id."""
        key = f"{table}-{secrets.token_hex(8)}"
        with self._at_once() as file:
            file.execute(f"INSERT INTO {_named(table)} VALUES (?, ?, ?, ?)", (key, session, name, zlib.compress(body)))
            _oldest_away(file, table, session)
        return key

    def change(self, table: str, session: str, key: str, body: bytes) -> None:
        """Keep another text under an id."""
        with self._at_once() as file:
            question = f"UPDATE {_named(table)} SET body = ? WHERE id = ? AND session = ?"
            file.execute(question, (zlib.compress(body), key, session))

    def get(self, table: str, session: str, key: str) -> tuple[str, bytes] | None:
        """Name and text of what is kept under an id, if it is this session's."""
        rows = self._rows(f"SELECT name, body FROM {_named(table)} WHERE id = ? AND session = ?", key, session)
        return (rows[0][0], zlib.decompress(rows[0][1])) if rows else None

    def listed(self, table: str, session: str) -> list[tuple[str, str]]:
        """Ids and names, oldest first."""
        return self._rows(f"SELECT id, name FROM {_named(table)} WHERE session = ? ORDER BY rowid", session)

    def drop(self, table: str, session: str, key: str) -> None:
        """Delete one."""
        with self._at_once() as file:
            file.execute(f"DELETE FROM {_named(table)} WHERE id = ? AND session = ?", (key, session))

    # ---- jobs ----------------------------------------------------------------------------------------------------

    def new_job(self, session: str, kind: str, asked: dict) -> str:
        """A job that waits."""
        key = f"job-{secrets.token_hex(8)}"
        with self._at_once() as file:
            row = (key, session, kind, json.dumps(asked), WAITING, 0)
            file.execute("INSERT INTO job (id, session, kind, asked, state, tries) VALUES (?, ?, ?, ?, ?, ?)", row)
            _oldest_away(file, "job", session)
        return key

    def job(self, session: str, key: str) -> Kept | None:
        """One job of this session, without its result."""
        return next(iter(self.jobs("session = ? AND id = ?", session, key)), None)

    def jobs(self, which: str, *values: object) -> list[Kept]:
        """The jobs for which `which` (a condition in SQL, of this program) holds, oldest first."""
        question = f"SELECT id, session, kind, asked, state, tries, trouble FROM job WHERE {which} ORDER BY rowid"
        plain = lambda text: json.loads(text) if text else None
        return [Kept(a, b, c, plain(d), e, f, plain(g)) for a, b, c, d, e, f, g in self._rows(question, *values)]

    def begin(self, key: str) -> None:
        """A job starts, or starts again."""
        with self._at_once() as file:
            file.execute("UPDATE job SET state = ?, tries = tries + 1 WHERE id = ?", (RUNNING, key))

    def end(self, key: str, state: str, result: dict | None = None, trouble: dict | None = None) -> None:
        """A job is over."""
        packed = None if result is None else zlib.compress(json.dumps(result, allow_nan=False).encode())
        said = None if trouble is None else json.dumps(trouble)
        with self._at_once() as file:
            question = f"UPDATE job SET state = ?, result = ?, trouble = ? WHERE id = ? AND state IN ('{WAITING}', '{RUNNING}')"
            file.execute(question, (state, packed, said, key))

    def result(self, session: str, key: str) -> bytes | None:
        """What a job found, as JSON."""
        rows = self._rows("SELECT result FROM job WHERE id = ? AND session = ?", key, session)
        return zlib.decompress(rows[0][0]) if rows and rows[0][0] is not None else None


def of_cookie(cookie: str) -> str:
    """The session that a cookie opens."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


def _named(table: str) -> str:
    assert table in MOST_KEPT
    return table


def _oldest_away(file: sqlite3.Connection, table: str, session: str) -> None:
    """Keep the newest of a session only; a job that is not over stays."""
    over = f"state IN {ENDED}" if table == "job" else "1"
    file.execute(
        f"DELETE FROM {table} WHERE session = ? AND {over} AND rowid NOT IN "
        f"(SELECT rowid FROM {table} WHERE session = ? ORDER BY rowid DESC LIMIT ?)",
        (session, session, MOST_KEPT[table]),
    )


def _forget(file: sqlite3.Connection, session: str) -> None:
    for table in MOST_KEPT:
        file.execute(f"DELETE FROM {table} WHERE session = ?", (session,))
    file.execute("DELETE FROM session WHERE id = ?", (session,))


def _hold(path: Path):
    """Hold a lock while the server runs, so that two servers do not do each other's jobs."""
    held = open(path, "a")  # noqa: SIM115 (closed when the store is)
    os.chmod(path, 0o600)
    try:
        import fcntl
    except ImportError:  # a system without such locks
        return held
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        raise InputError(
            "--data", path.parent.name, "a folder that no other seedsoil page is using",
            "another page is running; open that one, or give this one a folder of its own",
        ) from None  # fmt: skip
    return held
