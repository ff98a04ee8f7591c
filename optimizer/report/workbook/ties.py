"""What must tie out: sums of the sheets, and the totals, budgets and limits that they must be or may reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.report.workbook.cells import number
from optimizer.report.workbook.page import Block
from optimizer.report.workbook.source import Source
from optimizer.scenario.definition import Objective

Blocks = Mapping[str, Block]
_CENT = 0.005
_DIGIT = 0.5e-6
"""Half of the last digit that the run's tables show of what is no money."""


@dataclass(frozen=True)
class Tie:
    """A sum of the workbook and the number that it must be.

    Attributes:
        what: What is summed.
        where: Where the sum is made.
        formula: The sum, without its sign of equality.
        gives: What it gives.
        stated: What the run's summary or inputs state.
        rounding: By how much they may differ for the digits that the tables show.
        style: How the numbers look.
        at_most: Whether the stated number is the most that the sum may be.
        total: The cell that states it; the number itself where there is none.
    """

    what: str
    where: str
    formula: str
    gives: float
    stated: float
    rounding: float
    style: str = "cents"
    at_most: bool = False
    total: str = ""

    @property
    def difference(self) -> float:
        """What does not tie."""
        over = self.gives - self.stated
        return over if over > self.rounding or (over < -self.rounding and not self.at_most) else 0.0


def all_ties(source: Source, blocks: Blocks, moves: Sequence[tuple[Block, Block]]) -> list[Tie]:
    """Every tie of the workbook.

    Args:
        source: The run.
        blocks: Tables of the workbook by name.
        moves: Totals and moves of each comparison with a run.
    """
    return [
        *_spend(source, blocks),
        *_outcomes(source, blocks),
        *_value(source, blocks),
        *_limits(source, blocks),
        *_moves(moves),
    ]


def sum_of(block: Block, key: str) -> tuple[str, float]:
    """The sum of a column as a formula, and what it gives."""
    return f"SUM({block.of(key)})", float(sum(number(cell) for cell in block.cells[key]))


def _spend(source: Source, blocks: Blocks) -> list[Tie]:
    """Spend to the cent, on every sheet that shows it."""
    found = []
    for name in ("data", "changes", "months", "quarters", "by week", "market", "location", "service_line", "channel"):
        if name in blocks:
            found.append(_total(source, blocks, "Planned spend", name, "plan", "spend"))
            found.append(_total(source, blocks, "Today's spend", name, "today", "spend", "today"))
    weeks, data = blocks["weeks"], blocks["data"]
    found.append(_total(source, blocks, "Planned spend", "weeks", "total", "spend"))
    found += [_week(weeks, data, week, key) for week, key in _week_keys(weeks, data)]
    return found


def _total(source: Source, blocks: Blocks, what: str, name: str, key: str, total: str, plan: str = "plan") -> Tie:
    """The sum of a column against a total of the run.

    Args:
        source: The run.
        blocks: Tables by name.
        what: What is summed.
        name: The table that is summed.
        key: Its column.
        total: Name of the total.
        plan: ``plan`` or ``today``.
    """
    block, stated = blocks[name], float(source.summary[plan][total])
    where = f"{block.sheet}: {name.replace('_', ' ')}" if name in _PARTS else block.sheet
    is_spend = total == "spend"
    rounding = _digits(block, key)
    if is_spend:
        rounding = _CENT if plan == "plan" else _CENT * _parts_of_cents(source, blocks["data"])
    style = "cents" if is_spend else "exact"
    return Tie(what, where, *sum_of(block, key), stated, rounding, style, total=blocks["totals"].cell(plan, total))


def _parts_of_cents(source: Source, data: Block) -> int:
    """Rows of the data that may hide part of a cent of today's spend; 1 where the inputs give whole cents."""
    cents = source.facts.current * 100
    return 1 if np.allclose(cents, np.round(cents), rtol=0, atol=1e-6) else len(data.cells["today"])


_PARTS = ("months", "quarters", "by week", "market", "location", "service_line", "channel", "units")
"""Tables that share a sheet with others."""


def _week_keys(weeks: Block, data: Block) -> list[tuple[float, str]]:
    """Each planned week as the data count it, with its column in the plan by week."""
    mondays = sorted({number(cell) for cell in data.cells["week"]})
    return list(zip(mondays, [key for key in weeks.letters if key[:1].isdigit()], strict=True))


def _week(weeks: Block, data: Block, monday: float, key: str) -> Tie:
    """The column of a week against the same week of the data."""
    stated = sum(
        number(spend)
        for week, spend in zip(data.cells["week"], data.cells["plan"], strict=True)
        if number(week) == monday
    )
    formula = f"SUMIFS({data.of('plan')},{data.of('week')},{monday:.0f})"
    return Tie(f"Planned spend in the week of {key}", weeks.sheet, *sum_of(weeks, key), stated, _CENT, total=formula)


def _outcomes(source: Source, blocks: Blocks) -> list[Tie]:
    """Leads, bookings and visits: campaigns with those under way, and every sheet that counts all of them."""
    found = [
        _total(source, blocks, what, "leads", name, name)
        for name, what in (("leads", "Leads"), ("late", "Leads answered late"), ("lost", "Leads never answered"))
    ]
    for name, label, here in (("bookings", "Bookings", "booked"), ("visits", "Completed visits", "visits")):
        found.append(_with_under_way(source, blocks, name, label))
        found += [_total(source, blocks, label, sheet, here, name) for sheet in ("leads", "slots", "bookings")]
    found.append(_total(source, blocks, "Follow-on visits", "slots", "follow_on_visits", "follow_on_visits"))
    return found + [
        _as_data(blocks, name) for name in ("months", "quarters", "by week", *_GROUPS, "units") if name in blocks
    ]


_GROUPS = ("market", "location", "service_line", "channel")


def _with_under_way(source: Source, blocks: Blocks, name: str, label: str) -> Tie:
    """What the campaigns bring and what was under way make the total."""
    data, totals = blocks["data"], blocks["totals"]
    text, gives = sum_of(data, name)
    return Tie(
        f"{label} of the plan's spend and of what was under way",
        f"{data.sheet}, {totals.sheet}",
        f"{text}+{totals.cell('plan', f'{name} under way')}",
        gives + float(source.summary["under_way"][name]),
        float(source.summary["plan"][name]),
        _digits(data, name),
        "exact",
        total=totals.cell("plan", name),
    )


def _as_data(blocks: Blocks, name: str) -> Tie:
    """Visits of a table's groups are those of the data."""
    (text, gives), (of_data, stated) = sum_of(blocks[name], "visits"), sum_of(blocks["data"], "visits")
    where = f"{blocks[name].sheet}: {name.replace('_', ' ')}"
    rounding = _digits(blocks["data"], "visits")
    return Tie("Completed visits of the plan's spend", where, text, gives, stated, rounding, "exact", total=of_data)


def _digits(block: Block, key: str) -> float:
    """By how much a sum may differ for the digits of its rows."""
    return _DIGIT * (len(block.cells[key]) + 1)


def _value(source: Source, blocks: Blocks) -> list[Tie]:
    """Value: what visits are worth, less what they cost."""
    plan, totals, objective = source.summary["plan"], blocks["totals"], source.words.objective
    text, gives = totals.cell("plan", "gross"), float(plan["gross"])
    if objective.in_money:
        spend, spent = sum_of(blocks["data"], "plan")
        text, gives = f"{text}-{spend}", gives - spent
    if objective.values_patients:
        text, gives = f"{text}-{totals.cell('plan', 'overflow_cost')}", gives - float(plan["overflow_cost"])
    value = Tie(
        "Value: worth of all visits less spend and hours bought",
        f"{totals.sheet}, {blocks['data'].sheet}",
        text,
        gives,
        float(plan["value"]),
        _CENT,
        "cents" if objective.in_money else "exact",
        total=totals.cell("plan", "value"),
    )
    return [value, *_worth(source, blocks)]


def _worth(source: Source, blocks: Blocks) -> list[Tie]:
    """Visits times their margins, where every channel's patients are worth what their line's are."""
    margin = {Objective.LTV: "lifetime", Objective.FIRST_VISIT_MARGIN: "first"}.get(source.words.objective)
    if margin is None or (source.facts.multiplier != 1).any():
        return []
    plan, bookings, totals = source.summary["plan"], blocks["bookings"], blocks["totals"]
    text, gives = sum_of(bookings, margin)
    each = "margin" if margin == "lifetime" else "first_margin"
    most = max((abs(number(cell)) for cell in bookings.cells[each]), default=0.0)
    return [
        Tie(
            "Worth of all visits: visits x margin, and follow-on visits",
            f"{bookings.sheet}, {totals.sheet}",
            f"{text}+{totals.cell('plan', 'follow_on_value')}",
            gives + float(plan["follow_on_value"]),
            float(plan["gross"]),
            _digits(bookings, margin) * max(most, 1.0),
            total=totals.cell("plan", "gross"),
        )
    ]


def _limits(source: Source, blocks: Blocks) -> list[Tie]:
    """Budgets, slots and answering hours are kept."""
    budget = source.facts.definition.budget
    data = blocks["data"]
    found = [
        Tie("Planned spend within the budget", data.sheet, *sum_of(data, "plan"), budget.total, _CENT, at_most=True)
    ]
    if budget.per_week is not None:
        found += [
            _period(data, "week", monday, f"the week of {key}", budget.per_week)
            for monday, key in _week_keys(blocks["weeks"], data)
        ]
    months = blocks["months"]
    for start, month in zip(months.cells["month"], _month_names(months), strict=True):
        if month in budget.per_month:
            found.append(_period(data, "month", number(start), month, budget.per_month[month]))
    return [*found, _none_below(blocks["slots"], "open_slots_left", "Clinic weeks past their open slots")]


def _month_names(months: Block) -> list[str]:
    days = np.datetime64("1899-12-30") + np.array([number(cell) for cell in months.cells["month"]]).astype(int)
    return [str(day)[:7] for day in days]


def _period(data: Block, by: str, start: float, name: str, most: float) -> Tie:
    """Spend of a week or month within its budget."""
    gives = sum(
        number(spend) for when, spend in zip(data.cells[by], data.cells["plan"], strict=True) if number(when) == start
    )
    formula = f"SUMIFS({data.of('plan')},{data.of(by)},{start:.0f})"
    return Tie(f"Planned spend within the budget of {name}", data.sheet, formula, gives, most, _CENT, at_most=True)


def _none_below(block: Block, key: str, what: str) -> Tie:
    """How many rows have less than nothing left."""
    below = sum(number(cell) < -1e-5 for cell in block.cells[key])
    return Tie(what, block.sheet, f'COUNTIF({block.of(key)},"<-0.00001")', float(below), 0.0, 0.0, "whole")


def _moves(compared: Sequence[tuple[Block, Block]]) -> list[Tie]:
    """Campaign by campaign against the totals of the two runs."""
    found = []
    for totals, moves in compared:
        for key, what in (("before", "Spend of the run before"), ("after", "Spend of this plan")):
            stated = number(totals.cells[key][0])
            found.append(Tie(f"{what}: all moves", moves.sheet, *sum_of(moves, key), stated, _CENT))
    return found
