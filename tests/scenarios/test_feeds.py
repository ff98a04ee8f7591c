"""Made-up feeds of a week: the same each time, and such that nobody asks about them."""

from __future__ import annotations

from pathlib import Path

from optimizer import api
from optimizer.weekly.doubts import doubts
from optimizer.weekly.feeds import read_feeds
from optimizer.weekly.record import known_from
from scenarios.feeds_generator import write_feeds

ROOT = Path(__file__).parents[2] / "scenarios"


def test_made_up_feeds_are_the_same_each_time_and_raise_no_doubt(tmp_path: Path) -> None:
    scenario = api.load(ROOT / "three_markets")
    week = scenario.definition.calendar.first_week
    for name in ("once", "again"):
        write_feeds(scenario, week, tmp_path / name, tmp_path / "ledger.sqlite")
    files = {path.name: path.read_bytes() for path in (tmp_path / "once").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}
    assert set(files) == {"capacity.csv", "funnel.csv", "intake.csv", "spend.csv"}
    feeds = read_feeds(tmp_path / "once", week, scenario)
    assert doubts(feeds, known_from(scenario), scenario) == []
    assert feeds.frame("spend")["leads"].sum() > 0
