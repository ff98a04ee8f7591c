"""A scheduler that is killed at random moments and starts the command again."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optimizer.cli.main import main

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Job:
    """What a scheduler would do every Monday.

    Attributes:
        scenario: Folder of the scenario.
        feeds: Folder of the feeds, one below for each Monday.
        kept: Where the ledger and the runs go.
    """

    scenario: Path
    feeds: Path
    kept: Path

    @property
    def weeks(self) -> list[str]:
        return sorted(path.name for path in self.feeds.iterdir())

    def command(self, week: str) -> list[str]:
        kept = ["--ledger", str(self.kept / "ledger.sqlite"), "--runs", str(self.kept / "runs")]
        return ["recommend", str(self.scenario), "--feeds", str(self.feeds / week), "--week", week, *kept, "-q"]

    def undisturbed(self) -> float:
        """Every week once; seconds that a week takes as a process of its own."""
        first, *others = self.weeks
        began = time.monotonic()
        assert _started(self.command(first)).wait() == 0
        took = time.monotonic() - began
        for week in others:
            assert main(self.command(week)) == 0
        return took

    def disturbed(self, took: float, random: np.random.Generator) -> int:
        """Every week until it is done, killed at a random moment of its first try; how many were killed."""
        killed = 0
        for week in self.weeks:
            process = _started(self.command(week))
            try:
                process.wait(timeout=random.uniform(0.0, took))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                killed += process.wait() == -signal.SIGKILL
            self.require_whole()
            assert main(self.command(week)) == 0
        return killed

    def require_whole(self) -> None:
        """The ledger is sound and has no week double, and every run that it names is there in full."""
        ledger = self.kept / "ledger.sqlite"
        if not ledger.exists():
            return
        assert self.read("PRAGMA integrity_check") == [("ok",)]
        if self.read("SELECT name FROM sqlite_schema WHERE name = 'runs'"):
            weeks = self.read("SELECT week FROM runs")
            assert len(set(weeks)) == len(weeks)
            for (folder,) in self.read("SELECT folder FROM runs"):
                assert (self.kept / str(folder) / "run.json").exists()
                assert (self.kept / str(folder) / "recommendation.csv").exists()

    def read(self, query: str) -> list[tuple[object, ...]]:
        database = sqlite3.connect(self.kept / "ledger.sqlite")
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()

    def files(self) -> dict[str, bytes]:
        """Every table and recommendation of every run that is finished."""
        runs = self.kept / "runs"
        found = [path for path in sorted(runs.rglob("*")) if path.suffix == ".csv" or path.name.startswith("recomm")]
        kept = [path for path in found if not path.relative_to(runs).parts[0].startswith(".unfinished-")]
        return {str(path.relative_to(runs)): path.read_bytes() for path in kept}

    def recorded(self) -> dict[str, Sequence[object]]:
        """The ledger but for times and folders."""
        names = {
            "runs": "run, scenario, week, fingerprint, state, currency, value, gain",
            "inputs": "*",
            "recommendations": "*",
            "doubts": "*",
            "spent": "*",
            "counts": "*",
        }
        return {name: self.read(f"SELECT {columns} FROM {name} ORDER BY 1, 2, 3") for name, columns in names.items()}


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "optimizer", *command], env=environment, stdout=subprocess.DEVNULL, cwd=ROOT
    )


def killed_and_not(scenario: Path, feeds: Path, folder: Path, seed: int) -> tuple[int, int]:
    """Live through the weeks twice, the second time killed; how many weeks, and how many kills."""
    calm, rough = (Job(scenario, feeds, folder / name) for name in ("calm", "rough"))
    killed = rough.disturbed(calm.undisturbed(), np.random.default_rng(seed))
    assert len(rough.read("SELECT week FROM runs")) == len(calm.weeks)
    assert calm.recorded() == rough.recorded()
    assert calm.files() == rough.files()
    assert len(calm.files()) >= 10 * len(calm.weeks)
    return len(calm.weeks), killed
