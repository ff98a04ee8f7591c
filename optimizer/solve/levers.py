"""Levers: the limits of a program as people set them, each with the sides of rows that it holds.

One number may hold many rows (a floor that holds in every week), and one lever may have many numbers (the slots of
every week). A lever says how the rows give when its numbers move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.lp.blocks import Flags, Floats, Positions
from optimizer.lp.program import Program

_NOISE = 1e-6
"""Part of a step by which an amount may lie above a whole number of steps for the solver's rounding."""


@dataclass(frozen=True)
class Lever:
    """A limit that people set.

    Attributes:
        rows: (n,) rows of the program, each side of a row at most once over all levers.
        lower: (n,) whether the lower side of the row is held; else the upper.
        number: (n,) which of the lever's numbers holds the side, from 0.
        each: (n,) units of the row by which the side gives when its number moves by one.
        idle: (n,) by how much the number moves before the side gives at all.
        most: (n,) most that the side can give, in units of the row; 0 where it does not move.
        cost: Cost of one unit of a number in the search for the cheapest way out.
        step: Smallest amount by which a number is moved.
    """

    rows: Positions
    lower: Flags
    number: Positions
    each: Floats
    idle: Floats
    most: Floats
    cost: float
    step: float

    @property
    def numbers(self) -> int:
        """How many numbers it has."""
        return int(self.number.max(initial=-1)) + 1

    @property
    def moves(self) -> bool:
        """Whether anything gives when its numbers move."""
        return bool((self.most > 0).any())

    def gives(self, amounts: Floats) -> Floats:
        """(n,) what each side gives when the numbers move by so much each."""
        return np.clip(self.each * (amounts[self.number] - self.idle), 0.0, self.most)

    def written(self, given: Floats) -> Floats:
        """(numbers,) least amounts, in whole steps, by which the numbers move so that each side gives so much (n,)."""
        needed = np.where(given > 0, self.idle + given / self.each, 0.0)
        amounts = np.zeros(self.numbers)
        np.maximum.at(amounts, self.number, needed)
        return np.asarray(np.ceil(amounts / self.step - _NOISE) * self.step) + 0.0


@dataclass(frozen=True)
class Limits:
    """(rows,) least and most of every row."""

    lower: Floats
    upper: Floats

    @classmethod
    def of(cls, program: Program) -> Limits:
        """The limits as they stand."""
        return cls(program.row_lower.copy(), program.row_upper.copy())

    def within(self, program: Program) -> Program:
        """A program under these limits."""
        return program.with_limits(self.lower, self.upper)

    def give(self, lever: Lever, given: Floats) -> None:
        """Let the sides of a lever give so much (n,)."""
        np.subtract.at(self.lower, lever.rows[lever.lower], given[lever.lower])
        np.add.at(self.upper, lever.rows[~lever.lower], given[~lever.lower])


def moved(program: Program, levers: Sequence[Lever], moves: Mapping[int, Floats]) -> Limits:
    """The limits of a program after the numbers of some levers, by their positions, moved by so much (numbers,)."""
    limits = Limits.of(program)
    for place, amounts in moves.items():
        limits.give(levers[place], levers[place].gives(amounts))
    return limits
