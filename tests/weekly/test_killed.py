"""Weeks that nobody watches: killed at random moments and started again, nothing shows it.

The whole half year is in tests/bench/test_half_year.py.
"""

from __future__ import annotations

from pathlib import Path

from optimizer.weekly.week import write_scenario
from tests.weekly.killed import killed_and_not
from tests.weekly.weeks import MONDAYS, feed_rows, scenario, write_feeds


def test_weeks_killed_at_random_moments(tmp_path: Path) -> None:
    made = scenario()
    (tmp_path / "told").mkdir()
    write_scenario(tmp_path / "told", made.definition, {name: table.frame for name, table in made.tables.items()})
    for week in range(2):
        write_feeds(tmp_path / "feeds" / MONDAYS[week].isoformat(), feed_rows(made, week))
    assert killed_and_not(tmp_path / "told", tmp_path / "feeds", tmp_path, 1)[1] > 0
