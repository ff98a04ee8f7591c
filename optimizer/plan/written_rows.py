"""What people write, as levers of a program: a limit in words, where its numbers stand, and what they move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.lp.blocks import Positions, RowLimits
from optimizer.model.scope import Side
from optimizer.plan.words import Words
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


@dataclass(frozen=True)
class Rows:
    """A block of rows on its way to what people wrote.

    Attributes:
        facts: The facts.
        block: The block.
        start: Its first row in the program.
        words: How numbers are written.
    """

    facts: Facts
    block: RowLimits
    start: int
    words: Words

    def codes(self, level: str) -> Positions:
        """Members of a set at every row."""
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


def fixed_place(place: Place) -> Callable[[int], Place]:
    """A place of every number."""
    return lambda _: place


def cell_place(facts: Facts, table: str, column: str, *labels: str) -> Callable[[int], Place]:
    """The place of a number of a table."""
    return lambda _: facts.sources.cell(table, column, *labels)


def weekly_place(facts: Facts, table: str, column: str, *labels: str) -> Callable[[int], Place]:
    """The place of a number of each week of a table."""
    return lambda number: facts.sources.cell(table, column, *labels, str(facts.weeks[number]))


def place_of(source: str) -> Place:
    """The first place that a gate names."""
    first = source.partition(",")[0]
    file, _, line = first.rpartition(":")
    return Place(file, int(line)) if line.isdigit() else Place(first)


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
