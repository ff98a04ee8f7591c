"""The limits of a program as people wrote them: which number of which file holds which sides of rows.

One entry per number, or per row of numbers of a kind such as a clinic's slots week by week, from the same facts as the
families. What no number moves, such as what a gate says, is here as well, for it can be part of a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.lp.blocks import Positions, RowBlock
from optimizer.lp.program import Program
from optimizer.model.scope import Side, sides
from optimizer.model.setting import Setting
from optimizer.plan.words import Words, percent
from optimizer.scenario.events import multipliers
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats
from optimizer.scenario.sources import Place
from optimizer.solve.levers import Lever

MONEY, SLOTS, HOURS, MINUTES, CAMPAIGNS = "money", "slots", "hours", "minutes", "campaigns"
CENT, WHOLE, QUARTER = 0.01, 1.0, 0.25
ALWAYS = -1
"""Week of a side that counts more than one week."""


def limit_key(name: str, side: str) -> str:
    """Key of a side of a named limit."""
    return f"limits/{side}/{name}"


def campaign_key(column: str, name: str) -> str:
    """Key of a campaign's own number."""
    return f"campaigns/{column}/{name}"


def slots_key(location: str, line: str) -> str:
    """Key of a clinic's slots of a line."""
    return f"appointment_capacity/{location}/{line}"


CHANGE_LIMIT = "policies.change_limit.amount"
"""Key of the change limit."""


@dataclass(frozen=True)
class WrittenLimit:
    """A limit as people wrote it.

    Attributes:
        key: What it is, for finding it again.
        lever: The sides of rows that it holds, and how they give.
        says: The limit with its number, in words.
        name: What moves, in words.
        up: Whether it gives by being raised; else by being lowered.
        unit: Unit of its numbers.
        now: (numbers,) the numbers as they stand; NaN where none is written down.
        week: (n,) week of each side, ``ALWAYS`` where it counts several.
        place: Where each of its numbers stands.
        left: (n,) what the limit leaves on each side, where it is told with its weeks; empty where ``says`` says it.
        kind: What many like it are called together; empty where each is told alone.
        ratio: The side of a limit on a ratio, whose number no amount of its rows stands for.
    """

    key: str
    lever: Lever
    says: str
    name: str
    up: bool
    unit: str
    now: Floats
    week: Positions
    place: Callable[[int], Place]
    left: Floats
    kind: str = ""
    ratio: Side | None = None


def written_limits(setting: Setting, program: Program) -> list[WrittenLimit]:
    """Every limit of a program that people could move, or that is told where it is part of a conflict; money first.

    Args:
        setting: What the program was stated from.
        program: The program.
    """
    words = Words.of(setting.facts.definition)
    found: list[WrittenLimit] = []
    for name, written in _WRITTEN.items():
        if program.has_rows(name):
            found += written(_Block(setting.facts, program.row_block(name), program.row_start[name], words))
    return found


@dataclass(frozen=True)
class _Block:
    """A block of rows on its way to what people wrote."""

    facts: Facts
    block: RowBlock
    start: int
    words: Words

    def codes(self, level: str) -> Positions:
        return np.asarray(self.block.labels.codes[list(self.block.labels.levels).index(level)])

    def limit(
        self,
        rows: Positions,
        *,
        lower: bool,
        says: str,
        name: str,
        unit: str,
        step: float,
        place: Callable[[int], Place],
        now: Floats | float = np.nan,
        number: Positions | int = 0,
        each: Floats | float = 1.0,
        idle: Floats | float = 0.0,
        most: Floats | float = np.inf,
        week: Positions | int = ALWAYS,
        left: Floats | None = None,
        key: str = "",
        kind: str = "",
        ratio: Side | None = None,
    ) -> WrittenLimit:
        """A limit on one side of some rows of the block; a number of one row costs its soft cost for each unit."""
        size = len(rows)
        numbers = np.broadcast_to(np.asarray(number, dtype=np.int64), (size,))
        held = size / (int(numbers.max(initial=0)) + 1)
        lever = Lever(
            rows=self.start + rows,
            lower=np.full(size, lower),
            number=numbers,
            each=np.broadcast_to(np.asarray(each, dtype=float), (size,)),
            idle=np.broadcast_to(np.asarray(idle, dtype=float), (size,)),
            most=np.broadcast_to(np.asarray(most, dtype=float), (size,)),
            cost=self.block.meaning.soft_cost * held * float(np.mean(each)),
            step=step,
        )
        return WrittenLimit(
            key=key or name,
            lever=lever,
            says=says,
            name=name,
            up=not lower,
            unit=unit,
            now=np.broadcast_to(np.asarray(now, dtype=float), (lever.numbers,)),
            week=np.broadcast_to(np.asarray(week, dtype=np.int64), (size,)),
            place=place,
            left=np.empty(0) if left is None else left,
            kind=kind,
            ratio=ratio,
        )


Written = Iterator[WrittenLimit]


def _fixed(place: Place) -> Callable[[int], Place]:
    """A place of every number."""
    return lambda _: place


def _cell(facts: Facts, table: str, column: str, *labels: str) -> Callable[[int], Place]:
    """The place of a number of a table."""
    return lambda _: facts.sources.cell(table, column, *labels)


def _weekly(facts: Facts, table: str, column: str, *labels: str) -> Callable[[int], Place]:
    """The place of a number of each week of a table."""
    return lambda number: facts.sources.cell(table, column, *labels, str(facts.weeks[number]))


def _budget_total(rows: _Block) -> Written:
    total = rows.facts.definition.budget.total
    yield _key(rows, np.arange(1), "budget.total", total, "the budget")


def _budget_period(rows: _Block) -> Written:
    budget, facts = rows.facts.definition.budget, rows.facts
    weekly = facts.planned if budget.per_week is not None else 0
    if budget.per_week is not None:
        every = np.arange(weekly)
        yield _key(rows, every, "budget.per_week", budget.per_week, "the weekly budget", week=every)
    for place, (month, most) in enumerate(sorted(budget.per_month.items())):
        yield _key(rows, np.array([weekly + place]), f"budget.per_month.{month}", most, f"the budget of month {month}")


def _key(
    rows: _Block, mine: Positions, key: str, now: float, what: str, week: Positions | int = ALWAYS
) -> WrittenLimit:
    """A budget of scenario.yaml."""
    return rows.limit(
        mine,
        lower=False,
        says=f"{what} of {rows.words.money(now, cents=True)} ({key})",
        name=key,
        unit=MONEY,
        step=CENT,
        place=_fixed(rows.facts.sources.key(key)),
        now=now,
        week=week,
    )


def _campaign_spend(rows: _Block) -> Written:
    facts, gates = rows.facts, rows.facts.gates
    campaign, week = rows.codes("campaign"), rows.codes("week")
    names = list(facts.campaigns["campaign"])
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
    rows: _Block, mine: Positions, column: str, name: str, now: float, lower: bool, idle: Floats | float, most: Floats
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
        place=_cell(rows.facts, "campaigns", column, name),
        now=now,
        idle=idle,
        most=most,
        week=rows.codes("week")[mine],
    )


def _gated(rows: _Block, by_gate: np.ndarray, *, lower: bool) -> Written:
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
            place=_fixed(place),
            most=0.0,
            week=week[mine],
        )


def place_of(source: str) -> Place:
    """The first place that a gate names."""
    first = source.partition(",")[0]
    file, _, line = first.rpartition(":")
    return Place(file, int(line)) if line.isdigit() else Place(first)


def _change_limit(rows: _Block) -> Written:
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
        place=_fixed(rows.facts.sources.key(CHANGE_LIMIT)),
        now=policy.amount,
        week=rows.codes("week"),
    )


def _minimum_if_active(rows: _Block) -> Written:
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
                place=_cell(facts, "campaigns", "min_if_active", name),
                now=least,
                most=least if is_least else 0.0,
                week=week[mine],
            )


def _changed_campaigns(rows: _Block) -> Written:
    most = rows.facts.definition.policies.max_changed_campaigns
    key = "policies.max_changed_campaigns"
    yield rows.limit(
        np.arange(len(rows.block)),
        lower=False,
        says=f"no more than {most} campaigns change ({key})",
        name=key,
        unit=CAMPAIGNS,
        step=WHOLE,
        place=_fixed(rows.facts.sources.key(key)),
        now=float(most or 0),
    )


STEPS = {"spend": CENT, "spend_share": 0.001, "cac": CENT, "ltv_to_cac": CENT}
"""Smallest amount by which limits on a quantity are moved; a whole one where none is given."""
WRITE: dict[str, Callable[[Words, float], str]] = {
    **dict.fromkeys(("spend", MONEY), lambda words, money: words.money(money, cents=True)),
    "spend_share": lambda _, share: f"{share * 100:g} %",
    "cac": lambda words, money: f"{words.money(money, cents=True)} per visit",
    "ltv_to_cac": lambda _, ratio: f"{ratio:g} times the spend",
}


def written_amount(words: Words, unit: str, amount: float) -> str:
    """An amount in the unit of a limit."""
    if unit in WRITE:
        return WRITE[unit](words, amount)
    return f"{amount:,.10g} {unit.removesuffix('s') if amount == 1 else unit}"


def _limits(rows: _Block) -> Written:
    """The sides of limits.csv on amounts; a limit of each week alone is one number for all its weeks."""
    labels = [rows.block.labels.at(position) for position in range(len(rows.block))]
    known = {tuple(side.labels.values()): side for side in sides(rows.facts)}
    mine = [known[tuple(label.values())] for label in labels]
    for name, which in dict.fromkeys((side.scope.name, side.side) for side in mine):
        at = np.array([place for place, side in enumerate(mine) if (side.scope.name, side.side) == (name, which)])
        yield _named(rows, at, [mine[place] for place in at])


def _named(rows: _Block, mine: Positions, windows: Sequence[Side]) -> WrittenLimit:
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
        place=_cell(rows.facts, "limits", side.side, scope.name),
        now=side.asked,
        most=0.0 if scope.is_ratio else (side.asked if lower else np.inf),
        week=np.array([int(np.flatnonzero(part.window)[0]) if scope.alone else ALWAYS for part in windows]),
    )


def _appointment_capacity(rows: _Block) -> Written:
    """A clinic's slots, week by week; a written slot counts as much as the fill cap and events leave of it."""
    facts = rows.facts
    weeks = len(facts.weeks)
    schedule = _schedule(facts)
    number = _number(facts, "appointment_capacity", facts.units[["location", "service_line"]])
    fill = facts.definition.policies.fill_cap
    lacks = np.maximum(facts.already_booked + facts.baseline - facts.slots * fill, 0.0)
    for unit, row in enumerate(facts.units[["location", "service_line"]].to_numpy(dtype=str)):
        place, line = str(row[0]), str(row[1])
        each = fill * schedule[unit]
        gives = each > 0
        yield rows.limit(
            unit * weeks + np.arange(weeks),
            lower=False,
            says=f"open new-patient slots of {place} {line}",
            name=f"new_patient_slots of {place} {line}",
            key=slots_key(place, line),
            kind="clinics and lines with no more open new-patient slots (new_patient_slots)",
            unit=SLOTS,
            step=WHOLE,
            place=_weekly(facts, "appointment_capacity", "new_patient_slots", place, line),
            number=number[unit],
            each=np.where(gives, each, 1.0),
            idle=lacks[unit] / np.where(gives, each, 1.0),
            most=np.where(gives, np.inf, 0.0),
            week=np.arange(weeks),
            left=facts.open_slots[unit],
        )


def _schedule(facts: Facts) -> Floats:
    """(U, H) what calendar events leave of a slot."""
    events = facts.sources.tables.get("calendar_events")
    if events is None:
        return np.ones(facts.slots.shape)
    return multipliers(events, "slot_multiplier", facts.units, facts.weeks)


def _number(facts: Facts, table: str, members: pd.DataFrame) -> Positions:
    """(n, H) week whose row holds the number of each member and week: the last row known where it has none of its own.

    Args:
        facts: The facts.
        table: Table with a row for each member and week.
        members: (n rows) labels of the members, in columns of the table.
    """
    frame = facts.sources.tables[table].frame
    names = list(members.columns)
    member = pd.MultiIndex.from_frame(members).get_indexer(pd.MultiIndex.from_frame(frame[names]))
    week = pd.Index(facts.weeks).get_indexer(pd.Index(frame["week"]))
    known = np.zeros((len(members), len(facts.weeks)), dtype=bool)
    used = (member >= 0) & (week >= 0)
    known[member[used], week[used]] = True
    return np.maximum.accumulate(np.where(known, np.arange(len(facts.weeks)), 0), axis=1)


def _of_teams(rows: _Block, says: str, name: str, amounts: Floats, column: str, step: float) -> Written:
    facts, team, week = rows.facts, rows.codes("intake_team"), rows.codes("week")
    number = _number(facts, "intake_teams", pd.DataFrame({"intake_team": facts.teams}))
    for g in np.unique(team):
        mine = np.flatnonzero(team == g)
        who = str(facts.teams[g])
        yield rows.limit(
            mine,
            lower=False,
            says=says.format(team=who),
            name=name.format(team=who),
            unit=HOURS,
            step=step,
            place=_weekly(facts, "intake_teams", column, who),
            number=number[g, week[mine]],
            week=week[mine],
            left=amounts[mine],
        )


def _intake_sla(rows: _Block) -> Written:
    left = rows.block.upper + rows.block.standing
    says = "hours in which {team} can answer leads in time"
    yield from _of_teams(rows, says, "the hours in which {team} answers leads in time", left, "paid_hours", QUARTER)


def _intake_total(rows: _Block) -> Written:
    left = rows.block.upper + rows.block.standing
    says = "hours that {team} has for leads at all"
    yield from _of_teams(rows, says, "the hours that {team} has for leads at all", left, "paid_hours", QUARTER)


def _intake_overflow(rows: _Block) -> Written:
    says = "hours that {team} can buy beyond its paid ones"
    yield from _of_teams(rows, says, "overflow_hours of {team}", rows.block.upper, "overflow_hours", QUARTER)


def _shared_resource(rows: _Block) -> Written:
    facts, shared = rows.facts, rows.facts.resources
    if not len(shared.names):
        return
    weeks = len(facts.weeks)
    number = _number(facts, "shared_resources", pd.DataFrame({"resource": shared.names}))
    for resource, name in enumerate(map(str, shared.names)):
        yield rows.limit(
            resource * weeks + np.arange(weeks),
            lower=False,
            says=f"minutes of {name} that are left",
            name=f"minutes_available of {name}",
            unit=MINUTES,
            step=WHOLE,
            place=_weekly(facts, "shared_resources", "minutes_available", name),
            number=number[resource],
            idle=np.maximum(shared.baseline - shared.available, 0.0)[resource],
            week=np.arange(weeks),
            left=shared.left[resource],
        )


_WRITTEN: dict[str, Callable[[_Block], Written]] = {
    "budget_total": _budget_total,
    "budget_period": _budget_period,
    "limits": _limits,
    "ratio_limits": _limits,
    "campaign_spend": _campaign_spend,
    "minimum_if_active": _minimum_if_active,
    "change_limit": _change_limit,
    "changed_campaigns": _changed_campaigns,
    "appointment_capacity": _appointment_capacity,
    "shared_resource": _shared_resource,
    "intake_sla": _intake_sla,
    "intake_total": _intake_total,
    "intake_overflow": _intake_overflow,
}
"""How each family that people limit is written down; where a conflict can be told in two ways, by the earlier ones."""
