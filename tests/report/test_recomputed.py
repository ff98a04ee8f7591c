"""Every table of a run's page, worked out again from the files of the run by code that knows nothing of the report."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer.cli.main import main
from optimizer.errors import ExitCode
from tests.demo import three_weeks_run
from tests.report.tables import Tables

Rows = Sequence[Sequence[str]]


@pytest.fixture(scope="module")
def folder() -> Path:
    return three_weeks_run().folder


@pytest.fixture(scope="module")
def shown(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Rows]:
    """Heading -> rows of its table, without the headers."""
    page = tmp_path_factory.mktemp("recomputed") / "page.html"
    assert main(["report", str(folder), "--html", str(page), "-q"]) == ExitCode.OK
    return {heading: rows[1:] for heading, rows in Tables(page.read_text(encoding="utf-8")).tables.items()}


@pytest.fixture(scope="module")
def summary(folder: Path) -> Any:
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])


def agrees(text: str, amount: float) -> bool:
    """Whether a number as people read it is an amount, rounded to its last digit; money, shares and counts alike."""
    (digits,) = re.findall(r"[\d,]+(?:\.\d+)?", text)
    number = float(digits.replace(",", "")) * (-1 if text.strip().startswith("-") else 1)
    unit = 10.0 ** -len(digits.partition(".")[2])
    scale = 100.0 if "%" in text else 1.0
    return abs(number - amount * scale) <= unit / 2 + 1e-6 * abs(number)


def differing(rows: Rows, expected: Mapping[str, Sequence[float]]) -> list[tuple[str, ...]]:
    """Rows whose numbers are not those expected of their label, and labels that lack."""
    there = {row[0].strip(): row[1:] for row in rows}
    assert there.keys() == expected.keys()
    return [
        (label, text, str(amount))
        for label, amounts in expected.items()
        for text, amount in zip(there[label], amounts, strict=False)
        if not agrees(text, amount)
    ]


@pytest.mark.parametrize(
    ("text", "amount", "is_same"),
    [("$1,234", 1234.4, True), ("$1,234", 1234.6, False), ("-$9.50", -9.5, True), ("95 %", 0.951, True),
     ("95 %", 0.957, False), ("+12.3", 12.34, True), ("at most 170 visits", 170, True)],
)  # fmt: skip
def test_numbers_are_read_as_people_do(text: str, amount: float, is_same: bool) -> None:
    assert agrees(text, amount) is is_same


def test_every_table_of_the_page_is_worked_out_here(shown: Mapping[str, Rows]) -> None:
    assert set(shown) == {
        "", "The biggest moves, over all 3 weeks", "The tightest clinics and teams", "Goals and limits",
        "Held back by rules", "Spend by service line, today and planned", "Spend by channel, today and planned",
        "Spend by week", "How full the clinics are, week by week",
        "Intake: hours that leads take (bars) of those that answer in time (marks)", "From today's value to the plan's",
        "Where patients are lost", "The curves of the campaigns that move most",
    }  # fmt: skip


def test_the_headline(shown: Mapping[str, Rows], folder: Path, summary: Any) -> None:
    plan, leads = read(folder, "plan"), read(folder, "leads")
    planned = {
        "Spend": plan["recommended_spend"].sum(),
        "Completed visits": read(folder, "bookings")["visits"].sum(),
        "Value": summary["plan"]["value"],
        **{label: leads[name].sum() for label, name in
           (("Leads", "leads"), ("answered late", "late"), ("never answered", "lost"))},
    }  # fmt: skip
    names = {"Completed visits": "visits", "answered late": "late", "never answered": "lost"}
    today = {label: summary["today"][names.get(label, label.lower())] for label in planned}
    assert today["Spend"] == pytest.approx(plan["current_spend"].sum())
    for sides in (today, planned):
        sides["Spend per visit"] = sides["Spend"] / sides["Completed visits"]
    there = {row[0].strip() for row in shown[""]}
    assert {"Spend", "Completed visits", "Value", "Leads", "Spend per visit"} <= there
    assert not differing(
        shown[""], {label: (today[label], planned[label], planned[label] - today[label]) for label in there}
    )
    for row in shown[""]:
        label = row[0].strip()
        assert not row[4] or agrees(row[4].strip("()"), planned[label] / today[label] - 1)


def test_the_biggest_moves(shown: Mapping[str, Rows], folder: Path) -> None:
    plan = read(folder, "plan")
    plan["name"] = plan["location"] + " " + plan["service_line"] + ", " + plan["channel"]
    sums = plan.groupby("name")[["current_spend", "recommended_spend"]].sum()
    sums["change"] = sums["recommended_spend"] - sums["current_spend"]
    rows = shown["The biggest moves, over all 3 weeks"]
    largest = sums["change"].abs().nlargest(len(rows))
    assert [abs(sums.loc[row[0], "change"]) for row in rows] == pytest.approx(largest.tolist())
    assert not differing(rows, {row[0]: sums.loc[row[0]].tolist() for row in rows})


def test_tight_places_are_full_where_it_says_so(shown: Mapping[str, Rows], folder: Path, summary: Any) -> None:
    tight = {place["place"]: place for place in summary["tight"]}
    assert not differing(shown["The tightest clinics and teams"], {name: (at["gain"],) for name, at in tight.items()})
    capacity = read(folder, "capacity")
    left = capacity.set_index([capacity["location"] + " " + capacity["service_line"], "week"])["open_slots_left"]
    slots = [(name, week) for name, at in tight.items() for week in at["weeks"] if at["kind"] == "appointment_capacity"]
    assert slots
    assert left.loc[slots].max() < 0.01


def test_goals_and_limits(shown: Mapping[str, Rows], folder: Path) -> None:
    limits = read(folder, "limits")
    for name, asked, reached, short, _ in shown["Goals and limits"]:
        own = limits[limits["name"] == name]
        assert any(agrees(asked, amount) for amount in own["asked"]), name
        assert any(agrees(reached, amount) for amount in own["achieved"]), name
        assert agrees(short, own["shortfall"].max()) if short else own["shortfall"].max() < 0.05
    assert {row[0] for row in shown["Goals and limits"]} == set(limits["name"])


def test_rules_that_hold_campaigns(shown: Mapping[str, Rows], folder: Path) -> None:
    gates = read(folder, "gates")
    names = {"Not ready": "not_ready", "Below the go-live threshold": "go_live", "Blackouts": "blackout"}
    for rule, campaigns, weeks, _ in shown["Held back by rules"]:
        own = gates[gates["code"] == names[rule]]
        assert (campaigns, weeks) == (f"{own['campaign'].nunique():,}", f"{len(own):,}")


@pytest.mark.parametrize("by", ["service_line", "channel"])
def test_spend_by_groups(shown: Mapping[str, Rows], folder: Path, by: str) -> None:
    plan = read(folder, "plan")
    sums = plan.groupby(by)[["current_spend", "recommended_spend", "change"]].sum()
    expected = {str(label): row.tolist() for label, row in sums.iterrows()} | {"All": sums.sum().tolist()}
    assert not differing(shown[f"Spend by {by.replace('_', ' ')}, today and planned"], expected)


def day(week: str) -> str:
    return f"{pd.Timestamp(week):%b} {pd.Timestamp(week).day}"


def test_spend_by_week(shown: Mapping[str, Rows], folder: Path) -> None:
    sums = read(folder, "plan").groupby("week")[["current_spend", "recommended_spend"]].sum()
    assert not differing(shown["Spend by week"], {day(str(week)): row.tolist() for week, row in sums.iterrows()})


def test_how_full_the_clinics_are(shown: Mapping[str, Rows], folder: Path) -> None:
    capacity, weeks = read(folder, "capacity"), read(folder, "plan")["week"].unique()
    capacity = capacity[capacity["week"].isin(weeks)]
    capacity["taken"] = capacity[["already_booked", "expected_baseline_bookings", "slots_used"]].sum(axis=1)
    rows = shown["How full the clinics are, week by week"]
    assert {row[0] for row in rows} == set(capacity["location"])
    for clinic, whole, by_week in rows:
        own = capacity[capacity["location"] == clinic].groupby("week")[["taken", "new_patient_slots"]].sum()
        assert agrees(whole, own["taken"].sum() / own["new_patient_slots"].sum())
        for text, (week, row) in zip(by_week.split(" · "), own.iterrows(), strict=True):
            assert text.startswith(day(str(week)))
            assert agrees(text.removeprefix(day(str(week))), row["taken"] / row["new_patient_slots"])


def test_the_load_of_intake(shown: Mapping[str, Rows], folder: Path) -> None:
    rows = shown["Intake: hours that leads take (bars) of those that answer in time (marks)"]
    names = ["hours_used_in_time", "hours_in_time", "utilisation", "late", "lost"]
    for row, own in zip(rows, read(folder, "intake").to_dict("records"), strict=True):
        assert row[:2] == [own["intake_team"], day(own["week"])]
        assert all(agrees(text, own[name]) for text, name in zip(row[2:], names, strict=True))


def test_value_goes_from_todays_to_the_plans(shown: Mapping[str, Rows], summary: Any) -> None:
    first, *parts, last = [float(re.sub(r"[$,]", "", row[1])) for row in shown["From today's value to the plan's"]]
    assert agrees(f"{first:,.0f}", summary["today"]["value"])
    assert agrees(f"{last:,.0f}", summary["plan"]["value"])
    assert first + sum(parts) == pytest.approx(last, abs=len(parts))


def test_every_lead_ends_somewhere(shown: Mapping[str, Rows], folder: Path, summary: Any) -> None:
    """Leads and those who waited already are seen, or lost on the way; those who do not come are the plan's own."""
    lost = {row[0]: [float(cell.replace(",", "")) for cell in row[1:]] for row in shown["Where patients are lost"]}
    bookings = read(folder, "bookings")
    assert lost["completed visits"][1] == round(bookings["visits"].sum())
    assert lost["booked, and did not come"][1] == round((bookings["booked"] - bookings["visits"]).sum())
    for place, side in enumerate(("today", "plan")):
        assert sum(row[place] for row in lost.values()) >= summary[side]["leads"] - len(lost)


def test_curves_are_those_of_the_inputs(shown: Mapping[str, Rows], folder: Path) -> None:
    """Their formulas, worked out from the tables of the run's inputs."""
    curves = read(folder / "inputs", "response_curves").set_index("campaign")
    mean = read(folder, "plan").groupby("campaign")[["current_spend", "recommended_spend"]].mean()
    rows = shown["The curves of the campaigns that move most"]
    change = (mean["recommended_spend"] - mean["current_spend"]).abs()
    assert {row[0] for row in rows} == set(change.nlargest(len(rows)).index)
    for name, *cells in rows:
        own, (today, plan) = curves.loc[name], mean.loc[name]
        told = [today, leads(own, today), plan, leads(own, plan), own["observed_max_weekly_spend"]]
        assert all(agrees(text, amount) for text, amount in zip(cells, told, strict=True)), (name, cells, told)


def leads(curve: pd.Series, spend: float) -> float:
    """Logarithmic: scale x ln(1 + spend / scale). Hill: most x spend^slope / (spend^slope + half^slope)."""
    if curve["form"] == "log":
        return float(curve["scale_leads"] * math.log1p(spend / curve["scale_spend"]))
    assert curve["form"] in ("hill", "michaelis_menten")
    slope = curve["slope"] if curve["form"] == "hill" else 1.0
    part = spend**slope
    return float(curve["max_leads"] * part / (part + curve["half_spend"] ** slope))
