"""The simulated half year in full: what the program is better by, and weeks that are killed.

python -m pytest -m bench -n 0 -s tests/bench/test_half_year.py
"""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.cli.main import main
from scenarios.world.group import Course
from scenarios.world.play import play_worlds, summary, write_weeks
from scenarios.world.policies import BLIND, KEEP, PROGRAM
from scenarios.world.screen import screen
from tests.weekly.killed import killed_and_not

pytestmark = pytest.mark.bench


def test_twenty_worlds_of_half_a_year() -> None:
    """More value than any other policy, beyond chance; less waste than those that see no slots; no cap passed."""
    played = play_worlds(range(1, 21), Course(), processes=2)
    means = summary(played)
    print(screen(means, played, Course()))
    assert (means["low"].drop(PROGRAM) > 0).all()
    assert (means.loc[[KEEP, BLIND], "less_waste_low"] > 0).all()
    assert not any(played["passed"])


def test_half_a_year_killed_at_random_moments(tmp_path: Path) -> None:
    """26 weeks of a simulated group, and the files for platforms of the last one."""
    write_weeks(1, Course(), tmp_path / "world")
    world = tmp_path / "world"
    weeks, killed = killed_and_not(world / "half_year", world / "feeds", tmp_path, 26)
    print(f"{weeks} weeks, killed {killed} times")
    assert weeks == 26
    assert killed >= 13
    written = [_for_platforms(tmp_path / name) for name in ("calm", "rough")]
    assert written[0]
    assert written[0] == written[1]


def _for_platforms(kept: Path) -> dict[str, bytes]:
    last = max((path for path in (kept / "runs").glob("half_year-*")), key=lambda path: path.name)
    out, ledger = kept / "platforms", str(kept / "ledger.sqlite")
    assert main(["platform-files", str(last), "--out", str(out), "--ledger", ledger]) == 0
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.csv"))}
