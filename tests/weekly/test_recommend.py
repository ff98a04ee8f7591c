"""The weekly recommendation: what is planned, held, recorded, and what happens when things go wrong."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer import api
from optimizer.errors import InfeasiblePlan, ScenarioError, StorageError, UsageError
from optimizer.plan.runs import Run
from optimizer.scenario.read import Scenario, read_scenario
from optimizer.weekly.book import LARGE, PROPOSED, REJECTED, STANDING, SUPERSEDED, Book, Entry
from optimizer.weekly.doubts import doubts
from optimizer.weekly.feeds import ANSWERS, CAPACITY, FUNNEL, INTAKE, SPEND, read_feeds
from optimizer.weekly.ledger import open_ledger
from optimizer.weekly.recommend import LedgerLost, Recommendation, recommend
from optimizer.weekly.record import known_from
from optimizer.weekly.roll import span_of
from optimizer.weekly.week import week_scenario
from tests.small import WEEKS, campaign
from tests.weekly.weeks import LAST, MONDAYS, NAMES, feed_rows, scenario, write_feeds

Rows = dict[str, list[dict[str, Any]]]


class Weeks:
    """A ledger and its runs in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ledger = folder, folder / "ledger.sqlite"

    def recommend(
        self, made: Scenario, week: int = 0, change: Callable[[Rows], None] = lambda rows: None, **more: Any
    ) -> Recommendation:
        spend = more.pop("spend", {})
        rows = feed_rows(made, week, **spend)
        change(rows)
        count = len(list(self.folder.glob("feeds*")))
        feeds = write_feeds(self.folder / f"feeds-{count}", rows)
        return recommend(made, feeds, MONDAYS[week], ledger=self.ledger, runs=self.folder / "runs", **more)

    def book(self, read: Callable[[Book], Any]) -> Any:
        with open_ledger(self.ledger) as opened:
            return read(Book(opened, "small"))


@pytest.fixture
def weeks(tmp_path: Path) -> Weeks:
    return Weeks(tmp_path)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with the first week of the scenario."""
    made = Weeks(tmp_path_factory.mktemp("once"))
    made.recommend(scenario())
    return made.folder


@pytest.fixture
def begun(once: Path, tmp_path: Path) -> Weeks:
    """The same, for one test: the ledger and its runs can be moved together."""
    shutil.copytree(once, tmp_path / "begun")
    return Weeks(tmp_path / "begun")


def only(weeks: Weeks) -> Entry:
    (entry,) = weeks.book(lambda book: book.entries())
    return entry  # type: ignore[no-any-return]


def rolled(made: Scenario, folder: Path, change: Callable[[Rows], None] = lambda rows: None, week: int = 0) -> Scenario:
    """The scenario of a week, nothing recorded before it."""
    rows = feed_rows(made, week)
    change(rows)
    feeds = read_feeds(write_feeds(folder / "feeds", rows), MONDAYS[week], made)
    known = known_from(made)
    (folder / "week").mkdir()
    span = span_of(made.definition, MONDAYS[week])
    return week_scenario(made, known, feeds, doubts(feeds, known, made), span, folder / "week")[0]


def budgets(made: Recommendation) -> dict[str, float]:
    return dict(zip(made.table["campaign"], made.table["recommended"], strict=True))


def inputs(run: Run) -> Scenario:
    return read_scenario(run.folder / "inputs")


# What is planned


def test_the_first_week_with_nothing_new_is_that_of_the_plan(begun: Weeks) -> None:
    """Feeds that say what the scenario says change nothing: a and b rise by the limit of 20 %, c falls by it."""
    made = begun.recommend(scenario())
    plan = api.plan(scenario())
    first = plan.frame().query("week == @WEEKS[0]")
    assert budgets(made) == dict(zip(first["campaign"], first["recommended_spend"], strict=True))
    assert budgets(made) == {"a": 480.0, "b": 400.0 + 80.0, "c": 320.0}
    assert made.value == pytest.approx(plan.value)
    assert made.state == STANDING
    assert set(made.table["action"]) == {"increase", "decrease"}


def test_what_moving_now_gains_by_hand(weeks: Weeks) -> None:
    """Two weeks, budget to spare, a alone worth it: from 400 it rises to 480 and 576; a week later to 400 and 480.

    A dollar of a brings 5 - 1: the 80 + 96 that waiting forgoes are worth 4 each. b and c, which bring nothing, fall
    from 400 to 320 and 256; a week later to 400 and 320: 80 + 64 each are saved.
    """
    curves = [{"campaign": name, "form": "points", "points": f"0:0 1000:{leads}", "observed_max_weekly_spend": 1000.0}
              for name, leads in (("a", 50), ("b", 0), ("c", 0))]  # fmt: skip
    made = weeks.recommend(scenario(weeks=2, budget=1e6, tables={"response_curves": curves}))
    assert budgets(made) == {"a": 480.0, "b": 320.0, "c": 320.0}
    assert made.gain == pytest.approx(4 * (80 + 96) + 2 * (80 + 64))


def test_the_second_week_begins_at_the_first_and_at_the_money_that_is_left(begun: Weeks) -> None:
    """10,000 less the 1,250 that was spent; b was told to have spent 450 of its 480 and a 480, c 320."""
    made = begun.recommend(scenario(), 1, spend={"a": 480.0, "b": 450.0, "c": 320.0})
    week = inputs(made.run)
    assert week.definition.budget.total == 10000 - 1250
    assert week.definition.calendar.first_week == MONDAYS[1]
    assert week.definition.calendar.weeks == 3
    assert week.definition.as_of == MONDAYS[1]
    assert week.tables["campaigns"].frame["current_weekly_spend"].tolist() == [480.0, 480.0, 320.0]
    assert dict(zip(made.table["campaign"], made.table["before"], strict=True)) == {"a": 480.0, "b": 480.0, "c": 320.0}
    assert made.notes[0] == "$1,250 of $10,000 is spent"


def test_where_nobody_told_what_was_spent_the_budget_counts(begun: Weeks) -> None:
    made = begun.recommend(scenario(), 1, lambda rows: rows.pop(SPEND))  # type: ignore[arg-type, return-value]
    assert inputs(made.run).definition.budget.total == 10000 - (480 + 480 + 320)
    said = (
        "$1,280 of $10,000 is spent; for 3 campaign weeks the budget in effect counts, for nobody told what was spent"
    )
    assert made.notes[0] == said
    assert budgets(made) == {"a": 480.0, "b": 480.0, "c": 320.0}


def test_a_week_without_a_recommendation_ran_on_the_budgets_before(begun: Weeks) -> None:
    made = begun.recommend(scenario(), 2, lambda rows: rows.update({SPEND: []}))
    assert inputs(made.run).definition.budget.total == 10000 - 2 * 1280


def test_a_horizon_takes_its_part_of_the_budget(tmp_path: Path) -> None:
    week = rolled(scenario(weekly={"horizon_weeks": 2}), tmp_path)
    assert (week.definition.calendar.weeks, week.definition.budget.total) == (2, 5000.0)


def test_new_slots_and_hours_are_planned_on(tmp_path: Path) -> None:
    def change(rows: Rows) -> None:
        for row in rows[CAPACITY]:
            row["new_patient_slots"] = 60.0
        for row in rows[INTAKE]:
            row["paid_hours"] = 150.0
        rows[INTAKE][0]["opening_backlog"] = 7.0

    week = rolled(scenario(), tmp_path, change)
    assert set(week.tables["appointment_capacity"].frame["new_patient_slots"]) == {60.0}
    teams = week.tables["intake_teams"].frame
    assert set(teams["paid_hours"]) == {150.0}
    assert teams["opening_backlog"].tolist() == [7.0] + [0.0] * 7
    assert set(teams["handling_minutes"]) == {6.0}


def test_figures_once_believed_are_kept_when_a_feed_is_missing(weeks: Weeks) -> None:
    def change(rows: Rows) -> None:
        for row in rows[CAPACITY]:
            row["new_patient_slots"] = 60.0

    weeks.recommend(scenario(), 0, change)
    later = weeks.recommend(scenario(), 1, lambda rows: rows.pop(CAPACITY))  # type: ignore[arg-type, return-value]
    frame = inputs(later.run).tables["appointment_capacity"].frame
    assert set(frame.loc[frame["week"] >= WEEKS[1], "new_patient_slots"]) == {60.0}
    assert set(later.table["action"]) == {"hold"}


def test_rates_learn_from_counts_by_hand(tmp_path: Path) -> None:
    """A booking rate of 0.5 that rests on 90 leads: 45 of 90; with 20 of 30 it is 65 of 120. Valid: 90 + 30 of 90 + 60.

    The counted booking rate is of qualified leads, of which the prior has 90.
    """
    rates = [{"service_line": "Care", "channel": "Search", "booking_rate": 0.5, "sample_size": 90.0}]
    made = scenario(tables={"funnel": rates})

    def change(rows: Rows) -> None:
        counts = {"leads": 60, "valid": 30, "contacted": 30, "qualified": 30, "booked": 20}
        rows[FUNNEL] = [{"service_line": "Care", "channel": "Search", "week": LAST, **counts, "as_of": "2026-01-04"}]

    (row,) = rolled(made, tmp_path, change).tables["funnel"].frame.to_dict("records")
    assert row["valid_rate"] == pytest.approx(120 / 150)
    assert row["contactable_rate"] == row["qualified_rate"] == 1.0
    assert row["booking_rate"] == pytest.approx(65 / 120)
    assert (row["sample_size"], row["as_of"]) == (150.0, "2026-01-04")


def test_leads_that_nobody_answered_say_nothing_of_who_can_be_reached(tmp_path: Path) -> None:
    """Of 60 valid leads 20 were never answered and 20 of the other 40 reached: (90 + 20) of (90 + 40), not of 150."""
    rates = [{"service_line": "Care", "channel": "Search", "booking_rate": 0.5, "sample_size": 90.0}]

    def change(rows: Rows) -> None:
        counts = {"leads": 60, "valid": 60, "contacted": 20, "qualified": 20, "booked": 10, "never_answered": 20}
        rows[FUNNEL] = [{"service_line": "Care", "channel": "Search", "week": LAST, **counts, "as_of": "2026-01-04"}]

    (row,) = rolled(scenario(tables={"funnel": rates}), tmp_path, change).tables["funnel"].frame.to_dict("records")
    assert row["contactable_rate"] == pytest.approx(110 / 130)


def test_counts_of_earlier_weeks_are_not_counted_twice(weeks: Weeks) -> None:
    rates = [{"service_line": "Care", "channel": "Search", "booking_rate": 0.5, "sample_size": 90.0}]
    made = scenario(tables={"funnel": rates})
    counts = {"leads": 30, "valid": 30, "contacted": 30, "qualified": 30, "booked": 20}
    row = {"service_line": "Care", "channel": "Search", "week": LAST, **counts, "as_of": "2026-01-04"}
    weeks.recommend(made, 0, lambda rows: rows.update({FUNNEL: [row]}))
    later = weeks.recommend(made, 1, lambda rows: rows.update({FUNNEL: [row, {**row, "week": WEEKS[0]}]}))
    assert inputs(later.run).tables["funnel"].frame["booking_rate"].tolist() == [pytest.approx(85 / 150)]


def test_a_correction_replaces_every_stage_whatever_its_date(weeks: Weeks) -> None:
    """Late leads were told first and not again: nothing of the row before is mixed into the corrected one."""
    rates = [{"service_line": "Care", "channel": "Search", "booking_rate": 0.5, "sample_size": 90.0}]
    made = scenario(tables={"funnel": rates})
    counts = {"leads": 60, "valid": 60, "contacted": 60, "qualified": 60, "booked": 20}
    row = {"service_line": "Care", "channel": "Search", "week": LAST, **counts, "as_of": "2026-01-04"}
    late = {"answered_late": 30, "booked_late": 3}
    weeks.recommend(made, 0, lambda rows: rows.update({FUNNEL: [{**row, **late}]}))
    weeks.recommend(made, 1, lambda rows: rows.update({FUNNEL: [{**row, "booked": 40, "as_of": "2026-01-03"}]}))
    (known,) = weeks.book(lambda book: book.counts()).to_dict("records")
    assert (known["as_of"], known["leads"], known["booked"]) == ("2026-01-03", 60.0, 40.0)
    assert pd.isna(known["answered_late"])


def test_counts_without_late_answers_are_learned_from_when_the_feed_is_not_there(weeks: Weeks) -> None:
    rates = [{"service_line": "Care", "channel": "Search", "booking_rate": 0.5, "sample_size": 90.0}]
    made = scenario(tables={"funnel": rates})
    counts = {"leads": 30, "valid": 30, "contacted": 30, "qualified": 30, "booked": 20}
    row = {"service_line": "Care", "channel": "Search", "week": LAST, **counts, "as_of": "2026-01-04"}
    weeks.recommend(made, 0, lambda rows: rows.update({FUNNEL: [row]}))
    later = weeks.recommend(made, 1)
    assert inputs(later.run).tables["funnel"].frame["booking_rate"].tolist() == [pytest.approx(65 / 120)]


def test_a_limit_on_leads_is_less_the_valid_ones_that_came(begun: Weeks) -> None:
    """At most 300 valid leads in 4 weeks; 20 leads of each campaign came, of which half are valid: 270 are left.

    Where c's leads were not told, only 20 of a and b are known.
    """
    half = [{"service_line": "Care", "channel": "Search", "booking_rate": 1.0, "valid_rate": 0.5}]
    made = scenario(tables={"funnel": half, "limits": [{"limit": "most", "quantity": "leads", "max": 300.0}]})
    later = begun.recommend(made, 1)
    assert inputs(later.run).tables["limits"].frame["max"].tolist() == [270.0]
    untold = begun.recommend(made, 1, lambda rows: rows.update({SPEND: rows[SPEND][:2]}))
    assert inputs(untold.run).tables["limits"].frame["max"].tolist() == [280.0]
    assert "limit 'most': leads of 1 campaign weeks were not told and count as none" in untold.notes


# What holds


def test_a_doubtful_clinic_holds_and_its_figures_are_not_used(weeks: Weeks) -> None:
    def change(rows: Rows) -> None:
        for row in rows[CAPACITY]:
            if row["location"] == "South":
                row["new_patient_slots"] = 0.0

    made = weeks.recommend(scenario(), 0, change)
    table = made.table.set_index("campaign")
    assert table.loc["c", ["recommended", "action", "reason_code"]].tolist() == [400.0, "hold", "held"]
    assert "new-patient slots: 800 before, 0 now" in table.loc["c", "reason"]
    assert set(inputs(made.run).tables["appointment_capacity"].frame["new_patient_slots"]) == {100.0}
    assert table.loc["a", "recommended"] == 480.0

    def answered(rows: Rows) -> None:
        change(rows)
        rows[ANSWERS] = [{"feed": CAPACITY, "place": "South Care", "answered_by": "Lee", "reason": "closed"}]

    again = weeks.recommend(scenario(), 0, answered)
    assert again.table.set_index("campaign").loc["c", "recommended"] == 320.0
    frame = inputs(again.run).tables["appointment_capacity"].frame
    assert set(frame.loc[frame["location"] == "South", "new_patient_slots"]) == {0.0}


def test_a_missing_intake_feed_holds_its_teams_campaigns_only(weeks: Weeks) -> None:
    made = weeks.recommend(scenario(), 0, lambda rows: rows.pop(INTAKE))  # type: ignore[arg-type, return-value]
    assert dict(zip(made.table["campaign"], made.table["action"], strict=True)) == {
        "a": "hold", "b": "hold", "c": "decrease",
    }  # fmt: skip


def test_moves_within_the_band_are_not_made(weeks: Weeks) -> None:
    """b moves 80: within a band of 81 for all. Nothing is left that moves more."""
    made = weeks.recommend(scenario(weekly={"hold_band": {"amount": 81.0}}))
    assert budgets(made) == {"a": 400.0, "b": 400.0, "c": 400.0}
    reasons = set(made.table["reason"])
    assert any("a move of $80 is within the hold band of $81" in reason for reason in reasons)
    assert budgets(weeks.recommend(scenario(weekly={"hold_band": {"amount": 80.0}}), 0)) == {
        "a": 480.0, "b": 480.0, "c": 320.0,
    }  # fmt: skip


def test_a_small_gain_moves_nothing(begun: Weeks) -> None:
    free = begun.recommend(scenario())
    assert free.gain is not None
    made = begun.recommend(scenario(weekly={"least_gain": free.gain + 1}))
    assert set(made.table["action"]) == {"hold"}
    assert made.gain == 0
    assert f"moving this week gains ${free.gain:,.0f} over moving a week later" in made.notes[0]
    assert "weekly.least_gain asks for more" in made.notes[0]
    moved = begun.recommend(scenario(weekly={"least_gain": free.gain - 1}))
    assert budgets(moved) == budgets(free)


def test_only_so_many_campaigns_change(weeks: Weeks) -> None:
    made = weeks.recommend(scenario(weekly={"max_changed_campaigns": 1}))
    assert sorted(made.table["action"]) == ["hold", "hold", "increase"]
    free = weeks.recommend(scenario())
    assert made.gain is not None
    assert free.gain is not None
    assert 0 < made.gain < free.gain  # of the one move that is made, not of the three that could be
    assert any("at most 1 campaigns may change" in reason for reason in made.table["reason"])


def test_a_rule_that_pauses_beats_the_guardrails(weeks: Weeks) -> None:
    """South's campaign rests: it pauses at once, whatever the band, and the change limit does not slow it down."""
    rest = {"event": "Rest", "location": "South", "first_week": WEEKS[0], "last_week": WEEKS[0], "blackout": "yes"}
    made = weeks.recommend(scenario(weekly={"hold_band": {"amount": 1000.0}}, tables={"calendar_events": [rest]}))
    assert dict(zip(made.table["campaign"], made.table["action"], strict=True))["c"] == "pause"
    assert budgets(made)["a"] == budgets(made)["b"] == 400.0


def test_guardrails_give_way_where_limits_force_moves(weeks: Weeks) -> None:
    """1,200 a week were spent, and 1,150 are allowed: somebody must fall although every move is within the band."""
    made = weeks.recommend(
        scenario(budget={"total": 4600.0, "per_week": 1150.0}, weekly={"hold_band": {"amount": 500.0}})
    )
    assert made.gain is None
    assert made.after <= 1150.0
    assert made.notes[0] == "budgets cannot stay as they are this week: limits force moves"


# What is recorded


def test_the_same_week_with_the_same_inputs_is_the_same_run(begun: Weeks) -> None:
    made = begun.recommend(scenario())
    again = begun.recommend(scenario())
    assert again.again
    assert again.run.folder == made.run.folder
    pd.testing.assert_frame_equal(again.table, made.table, check_dtype=False)
    assert (again.gain, list(again.notes), list(again.doubts)) == (made.gain, list(made.notes), list(made.doubts))
    assert len(begun.book(lambda book: book.entries())) == 1


def test_other_inputs_take_the_place_of_the_run(begun: Weeks) -> None:
    first = begun.recommend(scenario())
    second = begun.recommend(scenario(), 0, spend={"a": 390.0})
    states = begun.book(lambda book: [(entry.run, entry.state) for entry in book.entries()])
    assert states == [(first.run.folder.name, SUPERSEDED), (second.run.folder.name, STANDING)]
    assert dict(zip(second.table["campaign"], second.table["before"], strict=True)) == {
        "a": 400.0,
        "b": 400.0,
        "c": 400.0,
    }


def test_inputs_that_are_again_what_they_were_bring_their_run_back(begun: Weeks) -> None:
    first = begun.recommend(scenario())
    second = begun.recommend(scenario(), 0, spend={"a": 390.0})
    again = begun.recommend(scenario())
    assert (again.run.folder, again.state, again.again) == (first.run.folder, STANDING, True)
    states = begun.book(lambda book: {entry.run: entry.state for entry in book.entries()})
    assert states == {first.run.folder.name: STANDING, second.run.folder.name: SUPERSEDED}


def test_an_override_of_a_run_that_loses_its_place_is_told(begun: Weeks) -> None:
    run = only(begun).run
    api.override(run, "a", 430.0, by="Kim", reason="site is down", ledger=begun.ledger)
    made = begun.recommend(scenario(), 0, spend={"a": 390.0})
    assert made.notes[0].startswith("Kim had set a to 430.00 a week in the run whose place this one takes")
    assert begun.book(lambda book: book.recommendations(made.run.folder.name))["in_effect"].tolist()[0] == 480.0


def test_without_approval_budgets_stay(weeks: Weeks) -> None:
    rules = {"approval": "required"}
    first = weeks.recommend(scenario(weekly=rules))
    assert first.state == PROPOSED
    second = weeks.recommend(scenario(weekly=rules), 1)
    assert set(second.table["before"]) == {400.0}
    api.approve(second.run.folder.name, by="Kim", ledger=weeks.ledger)
    third = weeks.recommend(scenario(weekly=rules), 2)
    assert third.table["before"].tolist() == second.table["recommended"].tolist()


def test_weeks_go_forward(begun: Weeks) -> None:
    """A week before a recorded one is what the recorded one was planned from: it may be seen again, not made anew."""
    begun.recommend(scenario(), 1)
    assert begun.recommend(scenario()).again
    with pytest.raises(UsageError, match=f"the week of {WEEKS[1]} is recorded already"):
        begun.recommend(scenario(), 0, spend={"a": 390.0})


def test_a_rejected_week_leaves_the_budgets_before_it(begun: Weeks) -> None:
    first = begun.recommend(scenario())
    entry = api.reject(first.run.folder.name, by="Kim", reason="launch moved", ledger=begun.ledger)
    assert entry.state == REJECTED
    assert set(begun.recommend(scenario(), 1).table["before"]) == {400.0}


def test_a_large_change_waits_until_it_is_approved(weeks: Weeks) -> None:
    """a and b rise by 80, c falls by 80: 1,280 after 1,200 is 6.7 % more, and 6 % are allowed."""
    generous = scenario(weekly={"max_total_change": 0.06})
    made = weeks.recommend(generous)
    assert (made.state, made.before, made.after) == (LARGE, 1200.0, 1280.0)
    assert set(weeks.book(lambda book: book.recommendations(made.run.folder.name))["in_effect"]) == {400.0}
    assert weeks.recommend(generous).state == LARGE
    approved = weeks.recommend(generous, approve_large_change=True)
    assert (approved.state, approved.run.folder) == (STANDING, made.run.folder)
    assert set(weeks.book(lambda book: book.recommendations(made.run.folder.name))["in_effect"]) == {480.0, 320.0}
    allowed = scenario(weekly={"max_total_change": 0.07})
    assert weeks.recommend(allowed).state == STANDING


def test_an_override_is_in_effect_and_its_cost_is_known(weeks: Weeks) -> None:
    """One week: a at 400 instead of 480 loses 80 dollars that bring 5 each for 1; nobody else takes them."""
    made = weeks.recommend(scenario(weeks=1, budget=1280.0))
    run = made.run.folder.name
    decision, _ = api.override(run, "a", 400.0, by="Kim", reason="site is down", ledger=weeks.ledger)
    assert decision.cost == pytest.approx(80 * 4.0)
    table = weeks.book(lambda book: book.recommendations(run)).set_index("campaign")
    assert table["in_effect"].to_dict() == {"a": 400.0, "b": 480.0, "c": 320.0}
    (listed,) = weeks.book(lambda book: book.decisions(run)).to_dict("records")
    assert (listed["kind"], listed["campaign"], listed["amount"], listed["by"]) == ("override", "a", 400.0, "Kim")


def test_an_override_does_not_fail_by_the_cents_of_others(weeks: Weeks) -> None:
    """c may fall from 400.03 to 320.024, which is 320.02 in cents: no reason to refuse what is set for a."""
    today = zip(NAMES, ("North", "North", "South"), (400.0, 400.0, 400.03), strict=True)
    rows = [campaign(name, location=place, current_weekly_spend=money) for name, place, money in today]
    run = weeks.recommend(scenario(tables={"campaigns": rows})).run.folder.name
    assert weeks.book(lambda book: book.recommendations(run))["recommended"].tolist() == [480.0, 480.0, 320.02]
    decision, _ = api.override(run, "a", 450.0, by="Kim", reason="site is down", ledger=weeks.ledger)
    assert decision.cost is not None
    assert decision.cost > 0


def test_the_next_week_begins_at_what_was_overridden(begun: Weeks) -> None:
    made = begun.recommend(scenario())
    api.override(made.run.folder.name, "a", 430.0, by="Kim", reason="site is down", ledger=begun.ledger)
    later = begun.recommend(scenario(), 1)
    assert dict(zip(later.table["campaign"], later.table["before"], strict=True))["a"] == 430.0


@pytest.mark.parametrize(
    ("campaign", "amount", "by", "reason", "error", "words"),
    [
        ("a", 481.0, "Kim", "more", InfeasiblePlan, "the change limit of 20 %"),
        ("d", 400.0, "Kim", "more", UsageError, "has no campaign 'd'"),
        ("a", -1.0, "Kim", "more", UsageError, "is no budget"),
        ("a", 400.005, "Kim", "more", UsageError, "whole cents"),
        ("a", float("nan"), "Kim", "more", UsageError, "is no budget"),
        ("a", 400.0, " ", "more", UsageError, "say who decides"),
        ("a", 400.0, "Kim", "", UsageError, "say why"),
    ],
)
def test_overrides_that_are_refused(
    begun: Weeks, campaign: str, amount: float, by: str, reason: str, error: type[Exception], words: str
) -> None:
    run = begun.recommend(scenario()).run.folder.name
    with pytest.raises(error, match=words):
        api.override(run, campaign, amount, by=by, reason=reason, ledger=begun.ledger)
    assert begun.book(lambda book: book.decisions(run)).empty


def test_people_may_move_what_the_program_holds(weeks: Weeks) -> None:
    run = weeks.recommend(scenario(), 0, lambda rows: rows.pop(CAPACITY)).run.folder.name  # type: ignore[arg-type, return-value]
    decision, _ = api.override(run, "c", 350.0, by="Kim", reason="I called the clinic", ledger=weeks.ledger)
    assert decision.amount == 350.0


def test_decisions_about_runs_that_are_over(begun: Weeks) -> None:
    first = begun.recommend(scenario()).run.folder.name
    with pytest.raises(UsageError, match="in effect already"):
        api.approve(first, by="Kim", ledger=begun.ledger)
    begun.recommend(scenario(), 0, spend={"a": 390.0})
    with pytest.raises(UsageError, match="superseded by a later run"):
        api.approve(first, by="Kim", ledger=begun.ledger)
    with pytest.raises(UsageError, match="has no run 'small-x'"):
        api.reject("small-x", by="Kim", reason="no", ledger=begun.ledger)
    with pytest.raises(UsageError, match="there is no ledger"):
        api.approve(first, by="Kim", ledger=begun.folder / "other.sqlite")


def test_a_run_made_again_is_the_same_to_the_byte(weeks: Weeks) -> None:
    made = weeks.recommend(scenario(weekly={"hold_band": {"share": 0.05}}))
    found = api.rerun(made.run)
    assert found.differing == []
    assert "plan.csv" in found.same
    (made.run.folder / "inputs" / "campaigns.csv").write_text("campaign\n", encoding="utf-8")
    with pytest.raises(StorageError, match="was changed after the run was written"):
        api.rerun(made.run)


# When things go wrong


def test_broken_feeds_record_nothing(begun: Weeks) -> None:
    with pytest.raises(ScenarioError):
        begun.recommend(scenario(), 1, lambda rows: rows[SPEND][0].update(spend=-5.0))
    assert [entry.week for entry in begun.book(lambda book: book.entries())] == [WEEKS[0]]


def test_a_plan_that_is_impossible_records_nothing(weeks: Weeks) -> None:
    floors = [{"limit": "most", "quantity": "spend", "min": 1e5}]
    with pytest.raises(InfeasiblePlan):
        weeks.recommend(scenario(tables={"limits": floors}))
    assert weeks.book(lambda book: book.entries()) == []
    assert not list((weeks.folder / "runs").glob("*"))


@pytest.mark.parametrize("week", [dt.date(2026, 1, 6), dt.date(2025, 12, 29), dt.date(2026, 2, 2)])
def test_weeks_outside_the_calendar(weeks: Weeks, week: dt.date) -> None:
    feeds = write_feeds(weeks.folder / "feeds", feed_rows(scenario()))
    with pytest.raises(
        UsageError, match="calendar, 2026-01-05 to 2026-01-26" if week.weekday() == 0 else "by its Monday, 2026-01-05"
    ):
        recommend(scenario(), feeds, week, ledger=weeks.ledger, runs=weeks.folder / "runs")


@pytest.mark.parametrize("wrong", ["newer", "damaged", "another program's", "a text"])
def test_without_its_ledger_the_plan_is_still_written(weeks: Weeks, wrong: str) -> None:
    if wrong == "a text":
        weeks.ledger.write_text("a text that is no database\n" * 100, encoding="utf-8")
    else:
        if wrong != "another program's":
            weeks.recommend(scenario())
        database = sqlite3.connect(weeks.ledger)
        database.execute({"newer": "PRAGMA user_version = 99", "damaged": "PRAGMA wal_checkpoint(TRUNCATE)"}.get(
            wrong, "CREATE TABLE other (x)"
        ))  # fmt: skip
        database.commit()
        database.close()
    if wrong == "damaged":
        content = bytearray(weeks.ledger.read_bytes())
        content[100:] = b"\xff" * (len(content) - 100)
        weeks.ledger.write_bytes(bytes(content))
    before = weeks.ledger.read_bytes()
    with pytest.raises(LedgerLost) as caught:
        weeks.recommend(scenario(), 0, spend={"a": 399.0})
    assert caught.value.exit_code == 7
    folder = Path(str(caught.value).rsplit(" ", 1)[1])
    assert (folder / "recommendation.csv").is_file()
    assert weeks.ledger.read_bytes() == before


def test_a_run_left_by_a_killed_process_is_replaced(begun: Weeks) -> None:
    made = begun.recommend(scenario())
    begun.ledger.unlink()
    for beside in begun.folder.glob("ledger.sqlite-*"):
        beside.unlink()
    (made.run.folder / "left").write_text("x", encoding="utf-8")
    again = begun.recommend(scenario())
    assert again.run.folder == made.run.folder
    assert not (made.run.folder / "left").exists()
    assert not again.again


def test_two_jobs_at_once_make_one_run(weeks: Weeks) -> None:
    """The second waits for the first, and then finds its run."""
    made = scenario()
    feeds = write_feeds(weeks.folder / "feeds", feed_rows(made))

    def job() -> Recommendation:
        return recommend(made, feeds, MONDAYS[0], ledger=weeks.ledger, runs=weeks.folder / "runs")

    with ThreadPoolExecutor(2) as jobs:
        both = [future.result() for future in [jobs.submit(job), jobs.submit(job)]]
    assert sorted(done.again for done in both) == [False, True]
    assert both[0].run.folder == both[1].run.folder
    assert len(weeks.book(lambda book: book.entries())) == 1


def test_each_scenario_has_a_book_of_its_own(begun: Weeks) -> None:
    other = scenario()
    renamed = replace(other, definition=other.definition.model_copy(update={"name": "other"}))
    begun.recommend(renamed)
    with open_ledger(begun.ledger) as opened:
        assert [book.scenario for book in Book.all(opened)] == ["other", "small"]
