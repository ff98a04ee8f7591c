"""The scenario of one week: the scenario as it is kept, moved on to the week, with this week's figures and holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from optimizer.calibration.files import csv_text
from optimizer.scenario.definition import Definition
from optimizer.scenario.read import SCENARIO_FILE, Scenario, read_scenario
from optimizer.scenario.tables import LEAD_WEEKS
from optimizer.weekly.doubts import Doubt
from optimizer.weekly.feeds import INTAKE, Feeds
from optimizer.weekly.holds import Hold, events_of, with_events, with_holds
from optimizer.weekly.record import Known
from optimizer.weekly.roll import (
    Span,
    budget_note,
    rolled_definition,
    rolled_events,
    rolled_limits,
    spent_so_far,
    with_market,
)
from optimizer.weekly.taken import capacity_with, counts_with, funnel_with, intake_with, spent_with


def week_scenario(
    scenario: Scenario, known: Known, feeds: Feeds, found: Sequence[Doubt], span: Span, folder: Path
) -> tuple[Scenario, list[str]]:
    """Write the scenario of a week into a folder and read it back, so that it is checked like any other.

    Args:
        scenario: The scenario as it is kept.
        known: What is known before the week.
        feeds: This week's feeds.
        found: What is doubtful in them.
        span: The weeks.
        folder: An empty folder.

    Returns:
        The scenario, and what was assumed, for people.

    Raises:
        ScenarioError: if the figures contradict each other.
    """
    spent = spent_so_far(
        scenario, Known(known.scenario, known.budgets, known.weeks, spent_with(known, feeds, found)), span
    )
    frames = {name: table.frame for name, table in scenario.tables.items()}
    frames["campaigns"] = _with_budgets(frames["campaigns"], known.budgets)
    frames["appointment_capacity"] = capacity_with(scenario, known, feeds, found)
    if "intake_teams" in frames:
        frames["intake_teams"] = intake_with(scenario, known, feeds, found)
    frames["funnel"], notes = funnel_with(scenario, counts_with(known, feeds))
    if "limits" in frames:
        frames["limits"], assumed = rolled_limits(frames["limits"], scenario, span, spent)
        notes += assumed
    if "calendar_events" in frames:
        frames["calendar_events"] = rolled_events(frames["calendar_events"], span, _longest(scenario))
    definition = rolled_definition(scenario.definition, span, spent)
    write_scenario(folder, definition, frames)
    made = with_holds(read_scenario(folder), _holds(found, scenario))
    rewrite_events(folder, made)
    return read_scenario(folder), [*budget_note(scenario.definition, span, spent), *notes]


def _with_budgets(campaigns: pd.DataFrame, budgets: Mapping[str, float]) -> pd.DataFrame:
    """The campaigns with the budgets now in effect as today's spend."""
    return campaigns.assign(current_weekly_spend=campaigns["campaign"].map(budgets).to_numpy(float))


def _longest(scenario: Scenario) -> int:
    """Weeks after the plan in which its patients may come, at the most."""
    waits = scenario.tables["show_rates"].frame["weeks_waited"].max() if "show_rates" in scenario.tables else 0
    return LEAD_WEEKS + int(waits)


def _holds(found: Sequence[Doubt], scenario: Scenario) -> list[Hold]:
    """One hold per feed and place that some campaign runs at; its reason is everything doubtful there."""
    campaigns = with_market(scenario)
    reasons: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    for doubt in found:
        touched = np.ones(len(campaigns), dtype=bool)
        for column, label in doubt.labels.items():
            touched &= (campaigns[column] == label).to_numpy()
        if doubt.feed == INTAKE and not doubt.labels:
            for team in sorted(set(campaigns["intake_team"]) - {""}):
                reasons.setdefault((doubt.feed, (("intake_team", team),)), []).append(doubt.text)
        elif doubt.holds and touched.any():
            reasons.setdefault((doubt.feed, tuple(doubt.labels.items())), []).append(doubt.text)
    return [Hold(f"Feed {feed}", "; ".join(texts), dict(labels)) for (feed, labels), texts in reasons.items()]


def write_scenario(folder: Path, definition: Definition, frames: Mapping[str, pd.DataFrame]) -> None:
    """Write a scenario with every digit of its numbers; tables without rows are left out."""
    said = definition.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(said, sort_keys=False, allow_unicode=True)
    (folder / SCENARIO_FILE).write_text(text, encoding="utf-8")
    for name, frame in frames.items():
        if len(frame):
            (folder / f"{name}.csv").write_text(csv_text(frame), encoding="utf-8", newline="")


def rewrite_events(folder: Path, scenario: Scenario) -> None:
    """Write the events of a scenario into its folder again."""
    events = events_of(with_events(scenario, events_of(scenario)))
    if len(events):
        (folder / "calendar_events.csv").write_text(csv_text(events), encoding="utf-8", newline="")
