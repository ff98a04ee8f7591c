"""What a solver returned for a program, in the program's own units."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from optimizer.lp.blocks import Floats
from optimizer.lp.program import Program


class Status(StrEnum):
    """How a solve ended. Only a certified optimum, and a plan with a proven gap, have values that may be shown."""

    OPTIMAL_CERTIFIED = "optimal_certified"
    FEASIBLE_GAP = "feasible_gap"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    LIMIT = "limit"
    ERROR = "error"


@dataclass(frozen=True)
class Solution:
    """Values and prices as the solver gave them, not yet certified.

    Attributes:
        program: What was solved.
        values: (columns,) values.
        prices: (rows,) change of the objective when the row's binding limit rises by one.
        reduced: (columns,) change of the objective when the column's binding bound rises by one.
        iterations: Simplex iterations.
        seconds: Time in the solver.
        solver: Name and version of the solver.
    """

    program: Program
    values: Floats
    prices: Floats
    reduced: Floats
    iterations: int
    seconds: float
    solver: str

    @property
    def objective(self) -> float:
        """Value of the objective at ``values``."""
        worth = (self.program.worth * self.values).sum()  # the last digit of a dot product depends on its threads
        return float(self.program.offset + worth)

    def of(self, block: str) -> Floats:
        """Values of a block of columns."""
        return self.values[self.program.column_slice(block)]

    def price_of(self, block: str) -> Floats:
        """Prices of a block of rows."""
        return self.prices[self.program.row_slice(block)]

    def reduced_of(self, block: str) -> Floats:
        """Reduced prices of a block of columns."""
        return self.reduced[self.program.column_slice(block)]
