"""The named limits of limits.csv."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimizer.lp.blocks import Floats, Labels, Meaning, RowBlock, Term, term
from optimizer.model.arrivals import arrivals, by_row
from optimizer.model.columns import Columns
from optimizer.model.scope import Scope, scopes, windows
from optimizer.model.setting import Setting
from optimizer.response.forecast import arriving_leads, captured_leads
from optimizer.scenario.facts import Flags


@dataclass(frozen=True)
class Side:
    """One side of a limit in one window: a row.

    Attributes:
        labels: Name, quantity, side (min or max) and weeks of the row.
        limit: The limit as its owner wrote it.
        terms: Coefficients.
        standing: What is there of the quantity whatever is decided.
    """

    labels: dict[str, str]
    limit: float
    terms: Term
    standing: float


def limits(setting: Setting, columns: Columns) -> RowBlock:
    r"""A quantity over the scope of a named limit lies between its min and its max.

    .. math:: min_m \le \sum_{j \in m} q_j \le max_m

    ===============  ====  =====================================================================
    spend            q     money in planned weeks
    spend_share      q     money of the scope less max (or min) times all money of the same weeks, at most (least) 0
    leads            q     valid leads in the week they arrive, with those from before the plan
    bookings         q     booked appointments in the week of the visit
    visits           q     booked appointments times show rate in the week of the visit
    min, max         P     limits: min, max; over all covered weeks together, or each week alone (per = week)
    price            dual  what one more unit of the max adds (at least zero) or of the min (at most zero); for a
                           share, one more unit of money allowed or asked for
    ===============  ====  =====================================================================

    Every side that is given is a row of its own.
    """
    return _stated(setting, columns, scopes(setting.facts))


_ROUNDING = 5e-7
"""Room for the cents of a rounded plan, as a share of a limit."""


def outcome_limits(setting: Setting, columns: Columns) -> RowBlock:
    """The named limits on bookings and visits alone, for a plan whose spend is rounded and given."""
    pooled = [scope for scope in scopes(setting.facts) if scope.quantity in ("bookings", "visits")]
    block = _stated(setting, columns, pooled)
    lower, upper = (
        side - sign * _ROUNDING * (1 + np.abs(side)) for side, sign in ((block.lower, 1), (block.upper, -1))
    )
    return replace(block, lower=lower, upper=upper)


def leads_over_limits(setting: Setting, spend: Floats) -> float:
    """By what share the leads that a spend plan brings on the curves pass the tightest limit on leads; 0 for none.

    Args:
        setting: The setting.
        spend: (I, T) money.
    """
    facts = setting.facts
    leads = setting.carried + arriving_leads(facts, captured_leads(facts, setting.curves, spend))
    over = 0.0
    for scope in scopes(facts):
        if scope.quantity == "leads" and not np.isnan(scope.most):
            lead_weeks = np.arange(len(facts.weeks)) < facts.lead_weeks
            for _, window in windows(scope, lead_weeks):
                counted = leads[scope.campaigns][:, window[: facts.lead_weeks]].sum()
                over = max(over, float(counted - scope.most) / (1.0 + scope.most))
    return over


def _stated(setting: Setting, columns: Columns, covered: list[Scope]) -> RowBlock:
    sides = [side for scope in covered for side in _sides(setting, columns, scope)]
    is_max = np.array([side.labels["side"] == "max" for side in sides], dtype=bool)
    limit, standing = (np.array([getattr(side, part) for side in sides], dtype=float) for part in ("limit", "standing"))
    names = ("limit", "quantity", "side", "weeks")
    return RowBlock(
        "limits",
        Labels(
            {name: [side.labels[name] for side in sides] for name in names}, tuple(np.arange(len(sides)) for _ in names)
        ),
        np.where(is_max, -np.inf, limit - standing),
        np.where(is_max, limit - standing, np.inf),
        tuple(
            term(side.terms.block, np.full(len(side.terms.columns), row), side.terms.columns, side.terms.values)
            for row, side in enumerate(sides)
        ),
        Meaning(
            limit="limit '{limit}', {side} of {quantity} over {weeks} (limits)",
            price="one more unit of the {side} of {quantity} in limit '{limit}' over {weeks}",
            unit="{quantity}",
            soft_cost=1.0,
        ),
        standing=standing,
    )


def _sides(setting: Setting, columns: Columns, scope: Scope) -> Iterator[Side]:
    facts = setting.facts
    last = {"spend": facts.planned, "spend_share": facts.planned, "leads": facts.lead_weeks}
    occurs = np.arange(len(facts.weeks)) < last.get(scope.quantity, len(facts.weeks))
    for week, window in windows(scope, occurs):
        weeks = "all covered weeks" if week < 0 else f"the week of {facts.weeks[week]}"
        for side, limit in (("min", scope.least), ("max", scope.most)):
            if not np.isnan(limit):
                labels = {"limit": scope.name, "quantity": scope.quantity, "side": side, "weeks": weeks}
                yield _side(setting, columns, scope, window, limit, labels)


def _side(
    setting: Setting, columns: Columns, scope: Scope, window: Flags, limit: float, labels: dict[str, str]
) -> Side:
    match scope.quantity:
        case "spend":
            return Side(labels, limit, _spend(setting, window, scope.campaigns.astype(float)), 0.0)
        case "spend_share":
            return Side(labels, 0.0, _spend(setting, window, scope.campaigns.astype(float) - limit), 0.0)
        case "leads":
            return _leads(setting, scope, window, limit, labels)
        case "bookings":
            return Side(labels, limit, _booked(columns, scope, window, np.ones_like(setting.facts.show)), 0.0)
        case "visits":
            return Side(labels, limit, _booked(columns, scope, window, setting.facts.show), 0.0)
    raise ValueError(f"no such quantity: {scope.quantity}")


def _spend(setting: Setting, window: Flags, weight: Floats) -> Term:
    steps = setting.steps
    counted = np.flatnonzero(window[steps.week])
    return term("spend", 0, counted, weight[steps.campaign[counted]])


def _leads(setting: Setting, scope: Scope, window: Flags, limit: float, labels: dict[str, str]) -> Side:
    counts = scope.campaigns[:, None] & window[None, : setting.facts.lead_weeks]
    row = np.where(counts, 0, -1)
    carried = float(by_row(row, setting.carried, 1)[0])
    return Side(labels, limit, arrivals(setting, row, np.ones(row.shape)), carried)


def _booked(columns: Columns, scope: Scope, window: Flags, weight: Floats) -> Term:
    counted = np.flatnonzero(scope.units[columns.booked_unit] & window[columns.booked_week + columns.booked_wait])
    values = weight[columns.booked_unit[counted], columns.booked_wait[counted]]
    return term("booked", 0, counted, values)
