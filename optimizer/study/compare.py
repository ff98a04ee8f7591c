"""Two runs side by side: what was different in their inputs, and what that did to the plan.

Everything is read from the run folders, so any two runs compare, whenever and wherever they were made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import InfeasiblePlan, UsageError
from optimizer.plan.runs import Run

TOTALS = ("spend", "visits", "bookings", "leads", "late", "lost", "value")
"""Totals that are compared, in the order in which they are shown; each is measured as its run measured it."""
_CENTS = 100


@dataclass(frozen=True)
class NoPlan:
    """A scenario whose limits no plan can meet.

    Attributes:
        name: Its name.
        conflict: The limits that contradict each other, and the ways out.
    """

    name: str
    conflict: InfeasiblePlan


@dataclass(frozen=True)
class Comparison:
    """What two runs differ in.

    Attributes:
        before: The run that is compared with.
        after: The other run.
        inputs: What was asked differently: file or table, what, before and after.
        totals: One row per total: before, change, after. No value where the plans seek different things, for then it is
            counted in different units.
        moves: One row per campaign whose spend differs: location, service_line, channel, before, change and after over
            the weeks of the runs, and after's reason in the week of the greatest change.
        limits: Named limits and goals of which other amounts are asked or reached: name, quantity, side, weeks, and
            asked and achieved before and after.
        tight: Clinics, teams and resources that limit one of the two plans, and what more room is worth to each, in the
            unit of its own value.
    """

    before: Run
    after: Run
    inputs: pd.DataFrame
    totals: pd.DataFrame
    moves: pd.DataFrame
    limits: pd.DataFrame
    tight: pd.DataFrame


def compare(before: Run, after: Run) -> Comparison:
    """Compare two runs.

    Raises:
        UsageError: if they count in different currencies, so that no difference means anything.
    """
    one, other = (str(run.summary["currency"]) for run in (before, after))
    if one != other:
        raise UsageError(f"one run is in {one} and the other in {other}; money cannot be compared")
    return Comparison(
        before=before,
        after=after,
        inputs=pd.DataFrame(_inputs(before, after), columns=["where", "what", "before", "after"]),
        totals=_totals(before, after),
        moves=_moves(before, after),
        limits=_limits(before, after),
        tight=_tight(before, after),
    )


def _inputs(before: Run, after: Run) -> Iterator[tuple[str, str, object, object]]:
    """What was asked differently: keys of the definition, single changes, and files that are not the same."""
    old, new = (_flat(_mapping(run.manifest["definition"])) for run in (before, after))
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key) and key not in ("name", "title"):
            yield "scenario.yaml", key, old.get(key), new.get(key)
    done, asked = (_changes(run) for run in (before, after))
    for (table, place, column), (was, becomes) in asked.items():
        if done.get((table, place, column)) != (was, becomes) and table != "scenario.yaml":
            yield table, f"{column} of {place}", was, becomes
    for (table, place, column), (was, becomes) in done.items():
        if (table, place, column) not in asked and table != "scenario.yaml":
            yield table, f"{column} of {place}", becomes, was
    files, others = (_mapping(run.manifest["inputs"]) for run in (before, after))
    for name in sorted({*files, *others}):
        if files.get(name) != others.get(name) and name != "scenario.yaml":
            yield name, "file", _there(files, name), _there(others, name)


def _there(files: Mapping[str, Any], name: str) -> str | None:
    return str(files[name])[:12] if name in files else None


def _changes(run: Run) -> dict[tuple[str, str, str], tuple[object, object]]:
    """Every value that a what-if changed: what the scenario said, and what was planned with."""
    found: dict[tuple[str, str, str], tuple[object, object]] = {}
    for entry in run.manifest.get("changes", []):  # type: ignore[attr-defined]
        key = (entry["table"], entry["place"], entry["column"])
        found[key] = (found[key][0] if key in found else entry["old"], entry["new"])
    return found


def _flat(data: Mapping[str, Any], above: str = "") -> dict[str, object]:
    """Dotted keys of nested mappings."""
    flat: dict[str, object] = {}
    for name, value in data.items():
        key = f"{above}{name}"
        flat |= _flat(value, f"{key}.") if isinstance(value, dict) else {key: value}
    return flat


def _totals(before: Run, after: Run) -> pd.DataFrame:
    is_like = before.summary["objective"] == after.summary["objective"]
    rows = [
        (name, old, new - old, new)
        for name in TOTALS
        if is_like or name != "value"
        for old, new in [tuple(float(_mapping(run.summary["plan"])[name]) for run in (before, after))]
    ]
    return pd.DataFrame(rows, columns=["total", "before", "change", "after"])


_CAMPAIGN = ["campaign", "location", "service_line", "channel"]


def _moves(before: Run, after: Run) -> pd.DataFrame:
    """Campaigns whose spend differs, greatest difference first; in whole cents, so that sums tie out."""
    plans = [_in_cents(run.table("plan")) for run in (before, after)]
    spend = [plan.groupby(_CAMPAIGN)["cents"].sum() for plan in plans]
    both = pd.concat(spend, axis=1, keys=["before", "after"]).fillna(0.0).reset_index()
    both["change"] = both["after"] - both["before"]
    moved = both[both["change"] != 0]
    moved = moved.iloc[np.lexsort([moved["campaign"].to_numpy(dtype=str), -moved["change"].abs().to_numpy()])]
    why = _reasons(*plans)
    amounts = {name: moved[name] / _CENTS for name in ("before", "change", "after")}
    reasons = [why.get(campaign, "is not in this plan") for campaign in moved["campaign"]]
    return moved[_CAMPAIGN].assign(**amounts, reason=reasons).reset_index(drop=True)


def _in_cents(plan: pd.DataFrame) -> pd.DataFrame:
    return plan.assign(cents=(plan["recommended_spend"] * _CENTS).round())


def _reasons(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, str]:
    """The reason that the other plan gives in the week in which a campaign differs most."""
    key = ["campaign", "week"]
    both = after[[*key, "cents", "reason"]].merge(
        before[[*key, "cents"]], on=key, how="left", suffixes=("", "_before"), validate="one_to_one"
    )
    apart = (both["cents"] - both["cents_before"].fillna(0.0)).abs()
    most = both.loc[apart.groupby(both["campaign"]).idxmax(), ["campaign", "reason"]]
    return {str(campaign): str(text).split(": ", 1)[-1] for campaign, text in zip(*most.to_numpy().T, strict=True)}


def _limits(before: Run, after: Run) -> pd.DataFrame:
    names = ["name", "quantity", "side", "weeks"]
    tables = [run.table("limits")[[*names, "asked", "achieved"]] for run in (before, after)]
    both = tables[0].merge(tables[1], on=names, how="outer", suffixes=("_before", "_after"))
    apart = (both["achieved_before"] - both["achieved_after"]).abs()
    differs = ~(apart <= 1e-6 * (1 + both["achieved_before"].abs())) | (both["asked_before"] != both["asked_after"])
    return both[differs].reset_index(drop=True)


def _tight(before: Run, after: Run) -> pd.DataFrame:
    """Places that limit one of the two plans: the worth of one more slot, hour or minute a week in each."""
    gains = [
        pd.Series({str(place["place"]): float(place["gain"]) for place in _listed(run.summary["tight"])}, dtype=float)
        for run in (before, after)
    ]
    both = pd.concat(gains, axis=1, keys=["before", "after"])
    return both.rename_axis("place").reset_index()


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UsageError("a run folder is not as this version writes it; make the run again")
    return value


def _listed(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise UsageError("a run folder is not as this version writes it; make the run again")
    return value
