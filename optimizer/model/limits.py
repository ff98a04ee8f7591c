"""The named limits of limits.csv."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from optimizer.lp.blocks import Floats, Labels, Meaning, RowBlock, Term, term
from optimizer.model.arrivals import arrivals, by_row
from optimizer.model.columns import Columns
from optimizer.model.scope import Scope, scopes, windows
from optimizer.model.setting import Setting
from optimizer.scenario.facts import Flags

Row = tuple[dict[str, str], float, Term]
"""Labels of a row, its limit, and its coefficients; the label ``side`` says which side the limit is on."""


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
    price            dual  what one more unit of the max adds, or of the min (then at most zero); for a share, one
                           more unit of money allowed
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
    room = _ROUNDING * (1 + np.where(np.isfinite(block.upper), np.abs(block.upper), np.abs(block.lower)))
    return replace(block, lower=block.lower - room, upper=block.upper + room)


def _stated(setting: Setting, columns: Columns, covered: list[Scope]) -> RowBlock:
    rows = [row for scope in covered for row in _rows(setting, columns, scope)]
    terms = [
        term(part.block, np.full(len(part.columns), position), part.columns, part.values)
        for position, (_, _, part) in enumerate(rows)
    ]
    names = ("limit", "quantity", "side", "weeks")
    labels = Labels(
        {name: [row[0][name] for row in rows] for name in names}, tuple(np.arange(len(rows)) for _ in names)
    )
    limit = np.array([row[1] for row in rows], dtype=np.float64)
    is_least = np.array([row[0]["side"] == "min" for row in rows], dtype=bool)
    return RowBlock(
        "limits",
        labels,
        np.where(is_least, limit, -np.inf),
        np.where(is_least, np.inf, limit),
        tuple(terms),
        Meaning(
            limit="the {side} {quantity} of limit '{limit}' over {weeks} (limits)",
            price="one more unit of the {side} {quantity} of limit '{limit}' over {weeks}",
            unit="unit of the quantity",
            soft_cost=1.0,
        ),
    )


def _rows(setting: Setting, columns: Columns, scope: Scope) -> Iterator[Row]:
    facts = setting.facts
    occurs = np.arange(len(facts.weeks)) < {"leads": facts.lead_weeks}.get(scope.quantity, len(facts.weeks))
    if scope.quantity.startswith("spend"):
        occurs = np.arange(len(facts.weeks)) < facts.planned
    for week, window in windows(scope, occurs):
        weeks = "all covered weeks" if week < 0 else f"the week of {facts.weeks[week]}"
        for side, limit in (("min", scope.least), ("max", scope.most)):
            if np.isnan(limit):
                continue
            label = {"limit": scope.name, "quantity": scope.quantity, "side": side, "weeks": weeks}
            yield label, *_side(setting, columns, scope, window, limit)


def _side(setting: Setting, columns: Columns, scope: Scope, window: Flags, limit: float) -> tuple[float, Term]:
    """Limit and coefficients of one side of one window."""
    match scope.quantity:
        case "spend":
            return limit, _spend(setting, window, scope.campaigns.astype(float))
        case "spend_share":
            return 0.0, _spend(setting, window, scope.campaigns.astype(float) - limit)
        case "leads":
            return _leads(setting, scope, window, limit)
        case "bookings":
            return limit, _booked(columns, scope, window, np.ones_like(setting.facts.show))
        case "visits":
            return limit, _booked(columns, scope, window, setting.facts.show)
    raise ValueError(f"no such quantity: {scope.quantity}")


def _spend(setting: Setting, window: Flags, weight: Floats) -> Term:
    steps = setting.steps
    counted = np.flatnonzero(window[steps.week])
    return term("spend", 0, counted, weight[steps.campaign[counted]])


def _leads(setting: Setting, scope: Scope, window: Flags, limit: float) -> tuple[float, Term]:
    counts = scope.campaigns[:, None] & window[None, : setting.facts.lead_weeks]
    row = np.where(counts, 0, -1)
    return limit - float(by_row(row, setting.carried, 1)[0]), arrivals(setting, row, np.ones(row.shape))


def _booked(columns: Columns, scope: Scope, window: Flags, weight: Floats) -> Term:
    counted = np.flatnonzero(scope.units[columns.booked_unit] & window[columns.booked_week + columns.booked_wait])
    values = weight[columns.booked_unit[counted], columns.booked_wait[counted]]
    return term("booked", 0, counted, values)
