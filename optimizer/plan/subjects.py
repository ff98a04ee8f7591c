"""What a name means in a run: a campaign, a clinic, a team, a resource, a limit, the budget, a gate, or the plan."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from optimizer.errors import UsageError
from optimizer.plan.runs import Run
from optimizer.scenario.gates import GATES
from optimizer.scenario.match import did_you_mean

CAMPAIGN, UNIT, TEAM, RESOURCE, LIMIT, BUDGET, RULE, PLAN = (
    "campaign", "unit", "team", "resource", "limit", "budget", "rule", "plan",
)  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """What is asked about.

    Attributes:
        kind: ``campaign``, ``unit``, ``team``, ``resource``, ``limit``, ``budget``, ``rule`` or ``plan``.
        name: Its name in the tables; of a budget the period, blank for the whole.
    """

    kind: str
    name: str


def subject(run: Run, thing: str) -> Subject:
    """What a name means in a run.

    Args:
        run: The run.
        thing: A campaign; a clinic and service line (``Northside Orthopaedics`` or ``Northside/Orthopaedics``); an
            intake team; a shared resource; a named limit; ``budget``, or one of its periods; the code of a gate; or
            ``plan``. Small and capital letters are alike. Where kinds share a name: ``limit:NAME`` and so on.

    Raises:
        UsageError: if nothing, or more than one thing, has that name.
    """
    known = _subjects(run)
    asked = thing.strip().lower()
    found = [each for kind, name, each in known if asked in (name.lower(), f"{kind}:{name}".lower())]
    if len(found) == 1:
        return found[0]
    if found:
        forms = ", ".join(f"'{each.kind}:{each.name}'" for each in found)
        raise UsageError(f"'{thing}' is the name of several things in this run; write one of {forms}")
    names = {name.lower(): name for _, name, _ in known}
    nearest = did_you_mean(asked, list(names))
    for low, name in names.items():
        nearest = nearest.replace(f"'{low}'", f"'{name}'")
    raise UsageError(
        f"nothing in this run is named '{thing}'; {nearest} Give a campaign, a clinic and service line, an intake team,"
        " a shared resource, a limit, budget, or a gate"
    )


def _subjects(run: Run) -> list[tuple[str, str, Subject]]:
    """Kind, name as it may be written, and subject of everything that can be asked about."""
    units = run.table("capacity")[["location", "service_line"]].drop_duplicates().to_numpy(dtype=str)
    named = {
        CAMPAIGN: run.table("room")["campaign"],
        TEAM: run.table("intake")["intake_team"],
        RESOURCE: run.table("resources")["resource"],
        LIMIT: run.table("limits")["name"],
        RULE: pd.Series(list(GATES)),
    }
    prices = run.table("prices")
    periods = prices.loc[prices["family"] == "budget_period", "row"]
    found = [
        (kind, str(name), Subject(kind, str(name))) for kind, names in named.items() for name in sorted(set(names))
    ]
    for place, line in units:
        written = (f"{place} {line}", f"{place}/{line}")
        found += [(UNIT, name, Subject(UNIT, written[0])) for name in written]
    found += [(BUDGET, "budget", Subject(BUDGET, "")), (BUDGET, "unspent", Subject(BUDGET, ""))]
    for period in dict.fromkeys(periods):
        found += [(BUDGET, name, Subject(BUDGET, period)) for name in (period, period.split(" ")[-1])]
    return [*found, (PLAN, "plan", Subject(PLAN, "plan"))]
