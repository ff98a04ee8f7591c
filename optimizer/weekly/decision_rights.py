"""Who may decide what when an alert is raised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from optimizer.scenario.tables import ALERTS, Table

NO_SOURCE = "default, no public source"


@dataclass(frozen=True)
class Right:
    """A decision right.

    Attributes:
        owner: Who decides.
        decision: What the owner may decide.
        escalate_to: Who decides where the owner does not in time.
        hours: Hours in which the owner decides; ``None`` where none are set.
        source: File and line, or that it is a default.
    """

    owner: str
    decision: str
    escalate_to: str
    hours: float | None
    source: str = NO_SOURCE


_PAUSE = "pause or hold the campaigns, or let them run on"
DEFAULTS: Mapping[str, Right] = {
    "leads_over_intake": Right("Intake lead", "add hours, or ask for less advertising", "Head of operations", 24),
    "backlog": Right("Intake lead", "add hours, or keep the campaigns paused", "Head of operations", 24),
    "promise": Right("Campaign owner", "change the message, or move the money", "Head of marketing", 48),
    "filled_up": Right("Clinic manager", "open slots, or ask for less advertising", "Head of operations", 72),
    "opened": Right("Head of marketing", "advertise the open slots", "Head of operations", 72),
    "stale": Right("Owner of the table", "send new figures, or keep the campaigns held", "Head of operations", 48),
    "eligibility_changed": Right("Revenue cycle lead", _PAUSE, "Head of marketing", 24),
    "claims_review": Right("Compliance", _PAUSE, "Head of marketing", 48),
    "scheduling_conflict": Right("Access lead", _PAUSE, "Head of operations", 48),
}
"""Roles and hours where the scenario names none. They are a starting point, not a standard."""
assert tuple(DEFAULTS) == ALERTS


def rights(table: Table | None) -> dict[str, Right]:
    """The decision right of every kind of alert: the scenario's, or the default."""
    found = dict(DEFAULTS)
    for row, line in zip(table.frame.to_dict("records"), table.lines, strict=True) if table else ():
        hours = None if np.isnan(row["hours"]) else float(row["hours"])
        source = f"{table.file}:{line}" if table and line else "decision_rights"
        found[row["alert"]] = Right(row["owner"], row["decision"], row["escalate_to"], hours, source)
    return found
