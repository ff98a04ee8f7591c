"""What people should know before a week's budgets go out, who decides on it, and by when.

Every number is a cell of a table of the run, which was checked when it was written, or of the scenario's own tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from optimizer.errors import UsageError
from optimizer.plan.runs import Run
from optimizer.scenario.read import Scenario
from optimizer.weekly.alert_rules import RULES, SEVERITIES, Ground, Raised
from optimizer.weekly.decision_rights import Right, rights
from optimizer.weekly.run_inputs import planned_scenario, require_unchanged

_TABLES = ("plan", "capacity", "intake", "bookings")


@dataclass(frozen=True)
class Alert:
    """One alert.

    Attributes:
        raised: What is wrong, where and since when, with its number and threshold.
        right: Who decides what.
    """

    raised: Raised
    right: Right


@dataclass(frozen=True)
class Alerts:
    """The alerts of a run, worst first.

    Attributes:
        run: Name of the run.
        since: Name of the run that it is compared with; empty where none is given.
        scenario: Name of the scenario.
        currency: ISO 4217 code.
        as_of: Date at which the inputs were true.
        synthetic: Whether the data is made up.
        found: The alerts.
    """

    run: str
    since: str
    scenario: str
    currency: str
    as_of: str
    synthetic: bool
    found: tuple[Alert, ...]

    def frame(self) -> pd.DataFrame:
        """One row per alert: kind, severity, place, headline, number, threshold, unit, since, source, and the right."""
        rows = [
            {**vars(alert.raised), **{name: getattr(alert.right, name) for name in _RIGHT}, "right": alert.right.source}
            for alert in self.found
        ]
        return pd.DataFrame(rows, columns=[*Raised.__dataclass_fields__, *_RIGHT, "right"])


_RIGHT = ("owner", "decision", "escalate_to", "hours")


def run_alerts(run: Run, before: Run | None = None) -> Alerts:
    """The alerts of a run.

    Args:
        run: The run.
        before: An earlier run, to tell which clinics filled up or opened since.

    Raises:
        UsageError: if the run before is the same one, or of another scenario's clinics.
        StorageError: if a run was changed after it was written, or has no inputs.
    """
    ground = _ground(run, before)
    scenario = ground.scenario
    decided = rights(scenario.tables.get("decision_rights"))
    raised = [one for rule in RULES for one in rule(ground)]
    raised.sort(key=lambda one: (SEVERITIES.index(one.severity), one.kind, one.place))
    return Alerts(
        run=run.folder.name,
        since=before.folder.name if before else "",
        scenario=scenario.definition.name,
        currency=scenario.definition.currency,
        as_of=str(scenario.definition.as_of),
        synthetic=scenario.definition.synthetic,
        found=tuple(Alert(one, decided[one.kind]) for one in raised),
    )


def _ground(run: Run, before: Run | None) -> Ground:
    require_unchanged(run, *_TABLES)
    scenario: Scenario = planned_scenario(run)
    capacity_before = None
    if before is not None:
        require_unchanged(before, "capacity")
        capacity_before = before.table("capacity")
        _require_comparable(run, before, run.table("capacity"), capacity_before)
    plan, capacity, intake, bookings = (run.table(name) for name in _TABLES)
    return Ground(scenario, plan, capacity, intake, bookings, capacity_before)


def _require_comparable(run: Run, before: Run, after_table: pd.DataFrame, before_table: pd.DataFrame) -> None:
    """Refuse to compare a run with itself, or with one that shares no clinic, line and week."""
    if run.folder.resolve() == before.folder.resolve():
        raise UsageError("--since names the same run; name the run of the week before")
    key: Sequence[str] = ("location", "service_line", "week")
    if after_table.merge(before_table, on=list(key)).empty:
        raise UsageError(f"{before.folder.name} shares no clinic, service line and week with {run.folder.name}")
