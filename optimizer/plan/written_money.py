"""Budgets, named limits and the rules on campaigns as people wrote them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.lp.blocks import Positions
from optimizer.model.scope import Side, sides
from optimizer.plan.words import percent
from optimizer.plan.written_rows import (
    ALWAYS,
    CAMPAIGNS,
    CENT,
    CHANGE_LIMIT,
    MONEY,
    STEPS,
    WHOLE,
    Rows,
    Written,
    WrittenLimit,
    campaign_key,
    cell_place,
    fixed_place,
    limit_key,
    place_of,
    written_amount,
)
from optimizer.scenario.match import Floats


def budget_total(rows: Rows) -> Written:
    """The budget of the whole plan."""
    total = rows.facts.definition.budget.total
    yield _key(rows, np.arange(1), "budget.total", total, "the budget")


def budget_period(rows: Rows) -> Written:
    """Budgets of single weeks and months."""
    budget, facts = rows.facts.definition.budget, rows.facts
    weekly = facts.planned if budget.per_week is not None else 0
    if budget.per_week is not None:
        every = np.arange(weekly)
        yield _key(rows, every, "budget.per_week", budget.per_week, "the weekly budget", week=every)
    for place, (month, most) in enumerate(sorted(budget.per_month.items())):
        yield _key(rows, np.array([weekly + place]), f"budget.per_month.{month}", most, f"the budget of month {month}")


def _key(rows: Rows, mine: Positions, key: str, now: float, what: str, week: Positions | int = ALWAYS) -> WrittenLimit:
    """A budget of scenario.yaml."""
    return rows.limit(
        mine,
        lower=False,
        says=f"{what} of {rows.words.money(now, cents=True)} ({key})",
        name=key,
        unit=MONEY,
        step=CENT,
        place=fixed_place(rows.facts.sources.key(key)),
        now=now,
        week=week,
    )


def campaign_spend(rows: Rows) -> Written:
    """Campaigns' own floors and ceilings, and what gates leave of them."""
    facts, gates = rows.facts, rows.facts.gates
    campaign, week = rows.codes("campaign"), rows.codes("week")
    names = facts.campaign_names
    block, here = rows.block, (campaign, week)
    asked, hold = gates.asked_floor[here], gates.hold[here]
    owned = (block.lower > 0) & (asked > hold)
    kept = np.maximum(hold, gates.least_active[here])
    capped = np.isfinite(block.upper)
    by_gate = capped & (gates.ceiling[here] <= gates.asked_ceiling[here])
    for i in np.unique(campaign[owned]):
        mine = np.flatnonzero(owned & (campaign == i))
        least, now = block.lower[mine], float(asked[mine[0]])
        most = least - np.minimum(kept[mine], least)
        yield _own(rows, mine, "min_weekly_spend", names[i], now, True, asked[mine] - least, most)
    for i in np.unique(campaign[capped & ~by_gate]):
        mine = np.flatnonzero(capped & ~by_gate & (campaign == i))
        most = gates.ceiling[here][mine] - block.upper[mine]
        yield _own(rows, mine, "max_weekly_spend", names[i], float(block.upper[mine[0]]), False, 0.0, most)
    yield from _gated(rows, by_gate, lower=False)
    yield from _gated(rows, (block.lower > 0) & ~owned, lower=True)


def _own(
    rows: Rows, mine: Positions, column: str, name: str, now: float, lower: bool, idle: Floats | float, most: Floats
) -> WrittenLimit:
    """A campaign's own floor or ceiling in its row of campaigns."""
    what = "floor" if lower else "ceiling"
    return rows.limit(
        mine,
        lower=lower,
        says=f"the {what} of {rows.words.money(now, cents=True)} a week of campaign '{name}' ({column})",
        name=f"{column} of campaign '{name}'",
        key=campaign_key(column, name),
        kind=f"{what}s of campaigns ({column})",
        unit=MONEY,
        step=CENT,
        place=cell_place(rows.facts, "campaigns", column, name),
        now=now,
        idle=idle,
        most=most,
        week=rows.codes("week")[mine],
    )


def _gated(rows: Rows, by_gate: np.ndarray, *, lower: bool) -> Written:
    """What the gates allow or hold; no amount moves it."""
    facts, gates = rows.facts, rows.facts.gates
    campaign, week = rows.codes("campaign"), rows.codes("week")
    for i in np.unique(campaign[by_gate]):
        mine = np.flatnonzero(by_gate & (campaign == i))
        first = (int(i), int(week[mine[0]]))
        name, code = facts.campaigns["campaign"].iloc[i], gates.code[first]
        place = place_of(str(gates.source[first]))
        yield rows.limit(
            mine,
            lower=lower,
            says=f"the rule '{code}' on campaign '{name}': {str(gates.sentence[first]).rstrip('.')}",
            name=f"the rule '{code}'",
            unit=MONEY,
            step=CENT,
            place=fixed_place(place),
            most=0.0,
            week=week[mine],
        )


def change_limit(rows: Rows) -> Written:
    """The change limit: one amount for all campaigns and weeks."""
    policy = rows.facts.definition.policies.change_limit
    if policy is None:
        return
    amount = rows.words.money(policy.amount, cents=True)
    yield rows.limit(
        np.arange(len(rows.block)),
        lower=False,
        says=f"the change limit of {percent(policy.share)} and {amount} a week (policies.change_limit)",
        name=CHANGE_LIMIT,
        unit=MONEY,
        step=CENT,
        place=fixed_place(rows.facts.sources.key(CHANGE_LIMIT)),
        now=policy.amount,
        week=rows.codes("week"),
    )


def minimum_if_active(rows: Rows) -> Written:
    """The least at which each campaign runs, if it runs."""
    facts = rows.facts
    campaign, week, side = (rows.codes(name) for name in ("campaign", "week", "side"))
    for i in np.unique(campaign):
        name, least = facts.campaigns["campaign"].iloc[i], float(facts.gates.least_active[i, 0])
        for is_least in (True, False):
            mine = np.flatnonzero((campaign == i) & ((side == 0) == is_least))
            yield rows.limit(
                mine,
                lower=is_least,
                says=f"campaign '{name}' runs at {rows.words.money(least, cents=True)} a week or not at all"
                " (min_if_active)",
                name=f"min_if_active of campaign '{name}'",
                unit=MONEY,
                step=CENT,
                place=cell_place(facts, "campaigns", "min_if_active", name),
                now=least,
                most=least if is_least else 0.0,
                week=week[mine],
            )


def changed_campaigns(rows: Rows) -> Written:
    """How many campaigns may change."""
    most = rows.facts.definition.policies.max_changed_campaigns
    key = "policies.max_changed_campaigns"
    yield rows.limit(
        np.arange(len(rows.block)),
        lower=False,
        says=f"no more than {most} campaigns change ({key})",
        name=key,
        unit=CAMPAIGNS,
        step=WHOLE,
        place=fixed_place(rows.facts.sources.key(key)),
        now=float(most or 0),
    )


def limits(rows: Rows) -> Written:
    """The sides of limits.csv on amounts; a limit of each week alone is one number for all its weeks."""
    labels = [rows.block.labels.at(position) for position in range(len(rows.block))]
    known = {tuple(side.labels.values()): side for side in sides(rows.facts)}
    mine = [known[tuple(label.values())] for label in labels]
    for name, which in dict.fromkeys((side.scope.name, side.side) for side in mine):
        at = np.array([place for place, side in enumerate(mine) if (side.scope.name, side.side) == (name, which)])
        yield _named(rows, at, [mine[place] for place in at])


def _named(rows: Rows, mine: Positions, windows: Sequence[Side]) -> WrittenLimit:
    side = windows[0]
    scope, lower = side.scope, side.side == "min"
    value = written_amount(rows.words, scope.quantity, side.asked)
    each = " each week" if scope.alone else ""
    return rows.limit(
        mine,
        lower=lower,
        says=f"limit '{scope.name}': at {'least' if lower else 'most'} {value}{each} ({side.side})",
        name=f"{side.side} of limit '{scope.name}'",
        key=limit_key(scope.name, side.side),
        unit=MONEY if scope.quantity == "spend" else scope.quantity,
        step=STEPS.get(scope.quantity, WHOLE),
        ratio=side if scope.is_ratio and not scope.alone else None,
        place=cell_place(rows.facts, "limits", side.side, scope.name),
        now=side.asked,
        most=0.0 if scope.is_ratio else (side.asked if lower else np.inf),
        week=np.array([int(np.flatnonzero(part.window)[0]) if scope.alone else ALWAYS for part in windows]),
    )
