"""Platform files of a recommended week: what is in effect is written, and nothing else."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest

from optimizer import api
from optimizer.errors import UsageError
from optimizer.weekly.recommend import Recommendation
from tests.small import WEEKS
from tests.weekly.budgets import carried
from tests.weekly.weeks import MONDAYS, feed_rows, scenario, write_feeds

ROWS = [carried(name, number) for number, name in enumerate("abc", start=1)]


@pytest.fixture(scope="module")
def recommended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recommendation, Path]:
    """A recommended week and its ledger."""
    folder = tmp_path_factory.mktemp("week")
    made = scenario(tables={"platform_budgets": ROWS})
    feeds, ledger = write_feeds(folder / "feeds", feed_rows(made)), folder / "ledger.sqlite"
    return api.recommend(made, feeds, MONDAYS[0], ledger=ledger, runs=folder / "runs"), ledger


class Desk:
    """A recommended week, a copy of its ledger, and where files go."""

    def __init__(self, folder: Path, made: Recommendation, ledger: Path) -> None:
        self.folder, self.made, self.name = folder, made, made.run.folder.name
        self.ledger = Path(shutil.copyfile(ledger, folder / "ledger.sqlite"))
        shutil.copytree(made.run.folder, folder / "runs" / self.name)  # where the ledger looks for it, beside it

    def files(self, out: str, **more: Any) -> dict[str, str]:
        """Week's budgets or states told, by campaign id."""
        made = api.platform_files(self.made.run, self.folder / out, ledger=self.ledger, **more)
        if made.folder is None:
            return {}
        with (made.folder / "google_ads_bulk.csv").open(newline="") as lines:
            return {row["Campaign ID"]: row["Budget"] or row["Campaign state"] for row in csv.DictReader(lines)}


@pytest.fixture
def desk(tmp_path: Path, recommended: tuple[Recommendation, Path]) -> Desk:
    return Desk(tmp_path, *recommended)


def test_what_stands_is_written_and_noted(desk: Desk) -> None:
    table = desk.made.table.set_index("campaign")
    told = desk.files("out")
    moved = table[(table["recommended"] - table["before"]).abs() >= 0.07]
    assert len(moved)
    assert set(told) == {str("abc".index(name) + 1) for name in moved.index}
    assert 7 * sum(map(float, told.values())) == pytest.approx(moved["recommended"].sum(), abs=0.07)
    assert desk.files("again") == {}


def test_an_override_is_written_instead(desk: Desk) -> None:
    api.override(desk.name, "c", 371.0, by="Pat", reason="agreed", ledger=desk.ledger)
    assert desk.files("out")["3"] == "53.00"


def test_an_override_after_the_files_is_told_by_the_next_files_alone(desk: Desk) -> None:
    desk.files("out")
    api.override(desk.name, "c", 371.0, by="Pat", reason="agreed", ledger=desk.ledger)
    assert desk.files("later") == {"3": "53.00"}
    assert desk.files("again") == {}


def test_a_run_that_takes_anothers_place_is_told_against_what_platforms_have(desk: Desk) -> None:
    """The first run's files raised a and b to 480; the second holds North, so both go back to 400."""
    desk.files("out")
    made = scenario(tables={"platform_budgets": ROWS})
    rows = feed_rows(made)
    del rows["intake"]
    feeds = write_feeds(desk.folder / "feeds", rows)
    desk.made = api.recommend(made, feeds, MONDAYS[0], ledger=desk.ledger, runs=desk.folder / "runs")
    assert set(desk.made.table.set_index("campaign").loc[["a", "b"], "action"]) == {"hold"}
    assert desk.files("second") == {"1": "57.14", "2": "57.14"}


def test_files_of_one_platform_leave_the_others_to_be_told(desk: Desk) -> None:
    assert desk.files("meta", platforms=["meta_ads"]) == {}
    assert set(desk.files("all")) == {"1", "2", "3"}


def test_what_was_rejected_is_refused_and_another_week_too(desk: Desk) -> None:
    with pytest.raises(UsageError, match="recommends the week of"):
        desk.files("out", week=WEEKS[1])
    api.reject(desk.name, by="Pat", reason="not now", ledger=desk.ledger)
    with pytest.raises(UsageError, match="is rejected, not in effect"):
        desk.files("out")


def test_the_ledger_must_know_the_run(desk: Desk) -> None:
    desk.ledger = desk.folder / "other.sqlite"
    with pytest.raises(UsageError, match="there is no ledger"):
        desk.files("out")
