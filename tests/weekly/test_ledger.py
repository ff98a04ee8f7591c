"""The ledger: one writer at a time, all or nothing, and nothing taken for a ledger that is none."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import cast

import pytest

from optimizer.errors import StorageError
from optimizer.weekly.ledger import VERSION, Ledger, _version, open_ledger

INSERT = "INSERT INTO runs VALUES ('r', 's', '2026-01-05', 'f', 't', 'x', 'standing', 'USD', 'ltv', 1.0, NULL)"


def runs(path: Path) -> int:
    with open_ledger(path) as ledger:
        return int(ledger.database.execute("SELECT count(*) FROM runs").fetchone()[0])


def broken(ledger: Ledger) -> None:
    with ledger.writing():
        ledger.database.execute(INSERT)
        raise RuntimeError


def test_a_transaction_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "below" / "ledger.sqlite"
    with open_ledger(path) as ledger:
        with pytest.raises(RuntimeError):
            broken(ledger)
        assert ledger.database.execute("SELECT count(*) FROM runs").fetchone() == (0,)
        with ledger.writing():
            ledger.database.execute(INSERT)
    assert runs(path) == 1


def test_a_killed_writer_leaves_nothing_and_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    code = f"""
import os, signal
from pathlib import Path
from optimizer.weekly.ledger import open_ledger
with open_ledger(Path({str(path)!r})) as ledger, ledger.writing():
    ledger.database.execute({INSERT!r})
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert runs(path) == 0
    with open_ledger(path) as ledger, ledger.writing(wait=0.5):
        ledger.database.execute(INSERT)
    assert runs(path) == 1


def test_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    path, order = tmp_path / "ledger.sqlite", list[str]()
    held = threading.Event()

    def first() -> None:
        with open_ledger(path) as ledger, ledger.writing():
            held.set()
            time.sleep(0.3)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    held.wait(10)
    with open_ledger(path) as ledger, ledger.writing():
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_a_writer_that_waits_too_long_says_so(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with (
        open_ledger(path) as ledger,
        ledger.writing(),
        open_ledger(path) as other,
        pytest.raises(StorageError, match=r"is held by another process for more than 0 s"),
        other.writing(wait=0.2),
    ):
        pytest.fail("two processes write at once")


def test_the_schema_refuses_what_makes_no_sense(tmp_path: Path) -> None:
    def refused(ledger: Ledger, statement: str) -> bool:
        try:
            ledger.database.execute(statement)
        except sqlite3.IntegrityError:
            return True
        return False

    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.database.execute(INSERT)
        assert refused(ledger, INSERT)
        assert refused(ledger, INSERT.replace("'r'", "'q'"))  # the same week made from the same
        assert refused(ledger, INSERT.replace("'r'", "'q'").replace("'f'", "'g'").replace("standing", "lost"))
        assert refused(ledger, "INSERT INTO inputs VALUES ('unknown', 'a', 'b')")
        assert refused(ledger, "INSERT INTO recommendations VALUES ('r', 'a', 1, -1, '', '', '')")


@pytest.mark.parametrize("content", [b"a text that is no database" * 50, b"SQLite format 3\x00" + b"\xff" * 4096])
def test_what_is_no_ledger_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(content)
    with pytest.raises(StorageError, match="cannot be used"), open_ledger(path):
        pytest.fail("opened")
    assert path.read_bytes() == content


@pytest.mark.parametrize("questions", range(4))
def test_a_ledger_that_another_process_makes_meanwhile_is_one(tmp_path: Path, questions: int) -> None:
    """Another process makes it after so many questions about the empty file were answered."""
    path = tmp_path / "ledger.sqlite"
    database = sqlite3.connect(path, isolation_level=None)

    class Interrupted:
        asked = 0

        def execute(self, statement: str) -> sqlite3.Cursor:
            if self.asked == questions:
                with open_ledger(path):
                    pass
            self.asked += 1
            return database.execute(statement)

    found = _version(Ledger(path, cast(sqlite3.Connection, Interrupted())))
    assert found == (VERSION if questions == 0 else 0)
    database.close()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE other (x)")
    database.commit()
    database.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="no ledger of this program"), open_ledger(path):
        pytest.fail("opened")
    assert path.read_bytes() == before


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be used"), open_ledger(tmp_path):
        pytest.fail("opened")
