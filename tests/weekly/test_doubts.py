"""Doubts about feeds: each kind by a case that raises it and one that does not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer.errors import ScenarioError
from optimizer.plan.words import count
from optimizer.weekly.doubts import Doubt, doubts, unasked
from optimizer.weekly.feeds import ANSWERS, CAPACITY, FUNNEL, INTAKE, SPEND, Feeds, read_feeds
from optimizer.weekly.record import Known, known_from
from tests.small import WEEKS
from tests.weekly.weeks import LAST, MONDAYS, feed_rows, scenario, write_feeds

Rows = dict[str, list[dict[str, Any]]]
SCENARIO = scenario()


def feeds(folder: Path, change: Callable[[Rows], None] = lambda rows: None) -> Feeds:
    rows = feed_rows(SCENARIO)
    change(rows)
    return read_feeds(write_feeds(folder, rows), MONDAYS[0], SCENARIO)


def found(folder: Path, change: Callable[[Rows], None], known: Known | None = None) -> list[Doubt]:
    return doubts(feeds(folder, change), known or known_from(SCENARIO), SCENARIO)


def every(feed: str, column: str, value: Callable[[Any], object], **where: str) -> Callable[[Rows], None]:
    """Change a column of the rows that match."""

    def change(rows: Rows) -> None:
        for row in rows[feed]:
            if all(row[name] == label for name, label in where.items()):
                row[column] = value(row[column])

    return change


def test_feeds_that_say_what_is_known_raise_no_doubt(tmp_path: Path) -> None:
    assert found(tmp_path, lambda rows: None) == []


@pytest.mark.parametrize(
    ("change", "feed", "place", "kind", "text"),
    [
        (lambda rows: rows.pop(CAPACITY), CAPACITY, CAPACITY, "missing", "the feed is missing: open slots are as"),
        (lambda rows: rows.pop(INTAKE), INTAKE, INTAKE, "missing", "every campaign of a team holds"),
        (lambda rows: rows.pop(SPEND), SPEND, SPEND, "missing", "what was spent is taken from the budgets"),
        (every(CAPACITY, "new_patient_slots", lambda _: 0.0, location="South"), CAPACITY, "South Care", "zero",
         "new-patient slots: 800 before, 0 now"),
        (every(CAPACITY, "new_patient_slots", lambda was: was * 0.49, location="North"), CAPACITY, "North Care", "fell",
         "new-patient slots: 800 before, 392 now"),
        (every(CAPACITY, "already_booked", lambda was: was * 2.1, location="North"), CAPACITY, "North Care", "rose",
         "booked slots: 160 before, 336 now"),
        (every(INTAKE, "paid_hours", lambda was: was / 3), INTAKE, "Desk", "fell", "paid hours: 1,600 before, 533 now"),
        (every(SPEND, "spend", lambda _: 0.0, campaign="b"), SPEND, "b", "zero", "spend beside its budget: 400 before"),
        (every(SPEND, "spend", lambda _: 801.0, campaign="b"), SPEND, "b", "rose", "400 before, 801 now"),
        (lambda rows: rows.update(spend=rows[SPEND][1:]), SPEND, "a", "lost", "it is not in the feed"),
        (lambda rows: rows.update(capacity=[row for row in rows[CAPACITY] if row["location"] == "North"]), CAPACITY,
         "South Care", "lost", "it is not in the feed"),
    ],
)  # fmt: skip
def test_one_doubt(tmp_path: Path, change: Callable[[Rows], None], feed: str, place: str, kind: str, text: str) -> None:
    (doubt,) = found(tmp_path, change)
    assert (doubt.feed, doubt.place, doubt.kind) == (feed, place, kind)
    assert text in doubt.text
    assert doubt.holds
    assert doubt.refuses is (kind not in ("missing", "late"))


@pytest.mark.parametrize(
    "change",
    [
        every(CAPACITY, "new_patient_slots", lambda was: was * 0.51),
        every(CAPACITY, "new_patient_slots", lambda was: was * 1.99),
        every(SPEND, "spend", lambda _: 201.0),
    ],
)
def test_within_proportion_nobody_asks(tmp_path: Path, change: Callable[[Rows], None]) -> None:
    assert found(tmp_path, change) == []


@pytest.mark.parametrize(("days", "late"), [(10, False), (11, True)])
def test_figures_are_late_after_ten_days(tmp_path: Path, days: int, late: bool) -> None:
    as_of = (MONDAYS[0] - dt.timedelta(days=days)).isoformat()
    listed = found(tmp_path, every(CAPACITY, "as_of", lambda _: as_of, location="South"))
    assert [(doubt.place, doubt.kind) for doubt in listed] == ([("South Care", "late")] if late else [])
    assert all(doubt.holds and not doubt.refuses for doubt in listed)


@pytest.mark.parametrize(("before", "now", "asked"), [(20.0, 8, False), (60.0, 20, True), (9.0, 100, False)])
def test_leads_are_asked_about_only_beyond_chance(tmp_path: Path, before: float, now: int, asked: bool) -> None:
    """20 to 8 are 12 apart, less than 4 times the root of 28; 60 to 20 are 40 apart, more than 4 times that of 80."""
    earlier = pd.DataFrame(
        [{"campaign": "a", "week": (MONDAYS[0] - dt.timedelta(weeks=2)).isoformat(), "spend": 400.0, "leads": before}]
    )
    known = replace(known_from(SCENARIO), spent=earlier)
    listed = found(tmp_path, every(SPEND, "leads", lambda _: now, campaign="a"), known)
    assert [(doubt.place, doubt.kind) for doubt in listed] == ([("a", "fell")] if asked else [])


@pytest.mark.parametrize(
    ("spend", "now", "asked"),
    [(0.0, 0, None), (100.0, 20, None), (100.0, 1, "20 before, 1.0 now"), (400.0, 0, "80 before, 0 now")],
)
def test_leads_are_expected_in_proportion_to_the_money(
    tmp_path: Path, spend: float, now: int, asked: str | None
) -> None:
    """80 leads of 400: a paused campaign has none, a quarter of the money brings 20 to 80; fewer are asked about."""
    earlier = {"campaign": "a", "week": (MONDAYS[0] - dt.timedelta(weeks=2)).isoformat(), "spend": 400.0, "leads": 80.0}
    known = known_from(SCENARIO)
    known = replace(known, spent=pd.DataFrame([earlier]), budgets={**known.budgets, "a": spend})

    def change(rows: Rows) -> None:
        rows[SPEND][0].update(spend=spend, leads=now)

    texts = [doubt.text for doubt in found(tmp_path, change, known)]
    assert texts == ([] if asked is None else [f"leads beside the week before, for its money: {asked}"])


@pytest.mark.parametrize(("spend", "asked"), [(9.0, False), (10.0, True)])
def test_spend_of_a_paused_campaign_is_asked_about(tmp_path: Path, spend: float, asked: bool) -> None:
    known = replace(known_from(SCENARIO), budgets={"a": 400.0, "b": 400.0, "c": 0.0})
    listed = found(tmp_path, every(SPEND, "spend", lambda _: spend, campaign="c"), known)
    assert [(doubt.place, doubt.text) for doubt in listed] == (
        [("c", f"spend beside its budget: paused, and {count(spend)} was spent")] if asked else []
    )
    assert not any(doubt.holds or doubt.refuses for doubt in listed)


def test_an_answer_makes_a_figure_a_fact(tmp_path: Path) -> None:
    def change(rows: Rows) -> None:
        every(CAPACITY, "new_patient_slots", lambda _: 0.0, location="South")(rows)
        rows[ANSWERS] = [
            {"feed": CAPACITY, "place": "South Care", "answered_by": "Lee", "reason": "closed for good"},
            {"feed": SPEND, "place": "a", "answered_by": "Lee", "reason": ""},
        ]

    given = feeds(tmp_path, change)
    (doubt,) = doubts(given, known_from(SCENARIO), SCENARIO)
    assert (doubt.answered_by, doubt.holds, doubt.refuses) == ("Lee", False, False)
    assert unasked(given, [doubt]) == ["answers: nothing is asked about a in the feed spend; the answer is not needed"]


def _counted(**more: str) -> dict[str, Any]:
    counts = {"leads": 50, "valid": 40, "contacted": 30, "qualified": 20, "booked": 10}
    row = {"service_line": "Care", "channel": "Search", "location": "", "week": LAST, **counts, "as_of": "2026-01-03"}
    return {**row, **more}


def test_a_late_funnel_holds_nobody(tmp_path: Path) -> None:
    def change(rows: Rows) -> None:
        counts = {"leads": 50, "valid": 40, "contacted": 30, "qualified": 20, "booked": 10}
        rows[FUNNEL] = [{"service_line": "Care", "channel": "Search", "week": LAST, **counts, "as_of": "2025-11-01"}]

    (doubt,) = found(tmp_path, change)
    assert (doubt.feed, doubt.kind, doubt.holds, doubt.refuses) == (FUNNEL, "late", False, False)


@pytest.mark.parametrize(
    ("change", "file", "message"),
    [
        (
            every(CAPACITY, "location", lambda _: "Nort", location="North", week=WEEKS[2]),
            "capacity.csv",
            "location 'Nort' is not a clinic",
        ),
        (every(SPEND, "week", lambda _: WEEKS[0]), "spend.csv", f"week {WEEKS[0]} does not belong here"),
        (every(CAPACITY, "week", lambda _: LAST, week=WEEKS[2]), "capacity.csv", f"week {LAST} does not belong here"),
        (every(SPEND, "as_of", lambda _: "2026-01-12"), "spend.csv", "as_of 2026-01-12 lies after the week"),
        (every(SPEND, "spend", lambda _: -1.0), "spend.csv", "-1"),
        (lambda rows: rows.update({"capcity": rows.pop(CAPACITY)}), "capcity.csv", "is not a feed"),
        (lambda rows: rows.update({FUNNEL: [_counted(week="")]}), "funnel.csv", "week: is blank"),
        (
            lambda rows: rows.update({FUNNEL: [_counted(), _counted(location="North")]}),
            "funnel.csv",
            "location: is blank here and given elsewhere",
        ),
    ],
)
def test_broken_feeds_are_refused(tmp_path: Path, change: Callable[[Rows], None], file: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        feeds(tmp_path, change)
    assert any(problem.file == file and message in problem.message for problem in caught.value.problems)
    assert caught.value.exit_code == 3
    assert str(caught.value).endswith("The budgets of the week before stay as they are.")


def test_every_broken_feed_is_listed_at_once(tmp_path: Path) -> None:
    def change(rows: Rows) -> None:
        every(SPEND, "spend", lambda _: -1.0)(rows)
        every(INTAKE, "intake_team", lambda _: "Dsk")(rows)

    with pytest.raises(ScenarioError) as caught:
        feeds(tmp_path, change)
    assert {problem.file for problem in caught.value.problems} == {"spend.csv", "intake.csv"}


def test_people_in_a_feed_are_refused(tmp_path: Path) -> None:
    def change(rows: Rows) -> None:
        for row in rows[SPEND]:
            row["patient_email"] = "x@example.com"

    with pytest.raises(ScenarioError) as caught:
        feeds(tmp_path, change)
    assert any(problem.code == "patient_data" for problem in caught.value.problems)
    assert "x@example.com" not in str(caught.value)
