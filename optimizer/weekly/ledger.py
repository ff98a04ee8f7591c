"""The ledger: one SQLite file that keeps what was recommended, decided, exported and what came of it.

Every change is one transaction that is on the disk when it ends (write-ahead log, synchronous FULL), so that a process
killed at any moment leaves either all of it or nothing. A week is planned inside a transaction that only one process
can hold: a second one waits, and then finds the first one's run.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.errors import StorageError, UsageError

VERSION = 1
_APPLICATION = 0x6F707469
"""Marks the file as a ledger of this program, so that no other database is taken for one."""
_LONGEST_WAIT = 900.0
"""Seconds for which a process waits for another that plans."""

_PATIENCE = 30_000
"""Milliseconds for which SQLite itself waits where a file is locked for a moment."""

_SCHEMA = """
CREATE TABLE runs (
    run TEXT PRIMARY KEY,
    scenario TEXT NOT NULL,
    week TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    made_at TEXT NOT NULL,
    folder TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('standing', 'proposed', 'large', 'rejected', 'superseded')),
    currency TEXT NOT NULL,
    objective TEXT NOT NULL,
    value REAL NOT NULL,
    gain REAL,
    UNIQUE (scenario, week, fingerprint)
) STRICT;
CREATE TABLE inputs (
    run TEXT NOT NULL REFERENCES runs, file TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (run, file)
) STRICT;
CREATE TABLE recommendations (
    run TEXT NOT NULL REFERENCES runs, campaign TEXT NOT NULL,
    before_cents INTEGER NOT NULL, recommended_cents INTEGER NOT NULL CHECK (recommended_cents >= 0),
    action TEXT NOT NULL, reason_code TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (run, campaign)
) STRICT;
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs,
    kind TEXT NOT NULL CHECK (kind IN ('approve', 'reject', 'override')),
    campaign TEXT NOT NULL, cents INTEGER, by TEXT NOT NULL, reason TEXT NOT NULL, cost REAL, decided_at TEXT NOT NULL
) STRICT;
CREATE TABLE exports (
    run TEXT NOT NULL REFERENCES runs, file TEXT NOT NULL, sha256 TEXT NOT NULL, exported_at TEXT NOT NULL
) STRICT;
CREATE TABLE told (run TEXT NOT NULL REFERENCES runs, campaign TEXT NOT NULL, cents INTEGER NOT NULL) STRICT;
CREATE TABLE doubts (
    run TEXT NOT NULL REFERENCES runs, feed TEXT NOT NULL, place TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
    answered_by TEXT NOT NULL, PRIMARY KEY (run, feed, place, kind, text)
) STRICT;
CREATE TABLE spent (
    scenario TEXT NOT NULL, campaign TEXT NOT NULL, week TEXT NOT NULL, spend REAL NOT NULL, leads REAL NOT NULL,
    run TEXT NOT NULL REFERENCES runs, PRIMARY KEY (scenario, campaign, week, run)
) STRICT;
CREATE TABLE counts (
    scenario TEXT NOT NULL, service_line TEXT NOT NULL, channel TEXT NOT NULL, location TEXT NOT NULL,
    week TEXT NOT NULL, stage TEXT NOT NULL, amount REAL NOT NULL, as_of TEXT NOT NULL,
    run TEXT NOT NULL REFERENCES runs,
    PRIMARY KEY (scenario, service_line, channel, location, week, stage, run)
) STRICT;
"""


class Ledger:
    """An open ledger.

    Attributes:
        path: Its file.
        database: The connection.
    """

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self.path, self.database = path, database

    @contextmanager
    def writing(self, wait: float = _LONGEST_WAIT) -> Iterator[None]:
        """A transaction that no other process can hold; kept whole at its end, and undone by any error.

        Args:
            wait: Seconds to wait for another process that holds it.

        Raises:
            StorageError: if another process holds it for longer, or the disk refuses.
        """
        self._begin(wait)
        try:
            yield
            with _told(self.path):
                self.database.execute("COMMIT")
        except BaseException:
            if self.database.in_transaction:
                self.database.execute("ROLLBACK")
            raise

    def _begin(self, wait: float) -> None:
        """Begin a transaction that may write; waits here and not inside SQLite, whose own wait cannot be cut short."""
        until = time.monotonic() + wait
        self.database.execute("PRAGMA busy_timeout = 0")
        try:
            while not self._begun():
                if time.monotonic() > until:
                    said = f"the ledger {self.path} is held by another process for more than {wait:,.0f} s"
                    raise StorageError(f"{said}; see what it does")
                time.sleep(0.05)
        finally:
            self.database.execute(f"PRAGMA busy_timeout = {_PATIENCE}")

    def _begun(self) -> bool:
        """Whether a transaction could begin; not while another process writes."""
        try:
            self.database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StorageError(f"the ledger {self.path} cannot be written: {error}") from error
            return False
        return True

    def close(self) -> None:
        """Close the file."""
        self.database.close()


@contextmanager
def existing_ledger(path: Path) -> Iterator[Ledger]:
    """Open a ledger that must be there; as :func:`open_ledger`.

    Raises:
        UsageError: if there is no such file.
    """
    if not path.is_file():
        raise UsageError(f"there is no ledger {path}; `optimizer recommend` makes one, or give another with --ledger")
    with open_ledger(path) as ledger:
        yield ledger


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    """Open a ledger; one that is not there yet is made.

    Raises:
        StorageError: if it is damaged, of a newer version, no ledger at all, or cannot be read or written.
    """
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE / 1000)
    ledger = Ledger(path, database)
    try:
        with _told(path):
            _prepare(ledger)
        yield ledger
    finally:
        ledger.close()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Errors of the file and of the disk in plain words."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise StorageError(
            f"the ledger {path} cannot be used: {error}; restore it from a copy, or move it away and begin a new one"
        ) from error
    except OSError as error:
        raise StorageError(f"the ledger {path} cannot be used: {error.strerror or error}") from error


def _prepare(ledger: Ledger) -> None:
    """Check that the file is a sound ledger of this version, or make it one where it is empty."""
    database = ledger.database
    database.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
    database.execute("PRAGMA foreign_keys = ON")
    made = _version(ledger)  # before anything is changed: the file may be another program's
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    if not made:
        with ledger.writing():
            if not _version(ledger):  # another process may have made it meanwhile
                _make(database)
    (answer,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise sqlite3.DatabaseError(f"it is damaged ({answer})")


def _version(ledger: Ledger) -> int:
    """Version of the file, 0 where it is empty.

    Raises:
        StorageError: if it is another program's, or of a newer version.
    """
    database = ledger.database
    # tables first: another process may make them just now, and their mark with them
    (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    (mark,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if tables and mark != _APPLICATION:
        raise StorageError(f"{ledger.path} is a database, but no ledger of this program; give another file")
    if version > VERSION:
        raise StorageError(
            f"the ledger {ledger.path} was written by a newer version (format {version}); this one knows {VERSION}:"
            " update the program"
        )
    return int(version) if tables else 0


def _make(database: sqlite3.Connection) -> None:
    for statement in _SCHEMA.split(";"):
        if statement.strip():
            database.execute(statement)
    database.execute(f"PRAGMA application_id = {_APPLICATION}")
    database.execute(f"PRAGMA user_version = {VERSION}")
