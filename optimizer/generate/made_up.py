"""A made-up group as a scenario, in memory or as a folder, byte for byte the same for the same size and seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import yaml

from optimizer.generate import marketing, operations, rules
from optimizer.generate.group import Group, Size, draw
from optimizer.generate.readme import readme
from optimizer.scenario.read import SCENARIO_FILE, Scenario, scenario_from_frames

TABLES: Mapping[str, Callable[[Group], pd.DataFrame]] = {
    "locations": operations.locations,
    "service_lines": operations.service_lines,
    "channels": marketing.channels,
    "campaigns": marketing.campaigns,
    "response_curves": marketing.response_curves,
    "seasonality": marketing.seasonality,
    "funnel": marketing.funnel,
    "appointment_capacity": operations.appointment_capacity,
    "show_rates": operations.show_rates,
    "intake_teams": operations.intake_teams,
    "patient_value": rules.patient_value,
    "redirects": operations.redirects,
    "care_pathways": operations.care_pathways,
    "shared_resources": operations.shared_resources,
    "resource_use": operations.resource_use,
    "calendar_events": rules.calendar_events,
    "limits": rules.limits,
    "platform_budgets": marketing.platform_budgets,
    "campaign_flags": marketing.campaign_flags,
    "decision_rights": rules.decision_rights,
}
"""Every table of a scenario; a small group has no rows of some, and then no such table."""
_HEADING = "# Made-up data for demonstrations and measurements; see README.md.\n"


def tables(group: Group) -> dict[str, pd.DataFrame]:
    """The tables that have rows, without columns that are blank throughout."""
    made = {name: make(group) for name, make in TABLES.items()}
    return {name: _without_blanks(frame) for name, frame in made.items() if len(frame)}


def _without_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    blank = (frame.isna() | (frame == "")).all()
    return frame.loc[:, ~blank]


def made_up(size: Size, seed: int) -> Scenario:
    """A made-up group in memory.

    Args:
        size: How large it is.
        seed: Any whole number from 0.
    """
    group = draw(size, seed)
    return scenario_from_frames(rules.definition(group), tables(group))


def write_made_up(folder: Path, size: Size, seed: int) -> list[str]:
    """Write a made-up group into a new folder.

    Args:
        folder: Folder to make.
        size: How large it is.
        seed: Any whole number from 0.

    Returns:
        Names of the files written, sorted.

    Raises:
        OSError: if the folder cannot be made or written.
    """
    group = draw(size, seed)
    stated = _HEADING + yaml.safe_dump(rules.definition(group), sort_keys=False, allow_unicode=True)
    written = {SCENARIO_FILE: stated, "README.md": readme(group)}
    for name, frame in tables(group).items():
        written[f"{name}.csv"] = frame.to_csv(index=False, lineterminator="\n", float_format="%.10g")
    folder.mkdir(parents=True)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return sorted(written)
