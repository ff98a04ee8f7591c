"""Proof that a solution is optimal, from the program's own numbers and independent of the solver.

Any prices y give a bound on the optimum: with d = worth - y @ matrix,

    optimum <= offset + sum of the greatest y_i * r_i over the rows + sum of the greatest d_j * x_j over the bounds.

The bound is computed so that floating-point rounding can only raise it: every sum of products carries the standard
error bound |computed - exact| <= n u / (1 - n u) * sum of the absolute products (Higham, Accuracy and Stability of
Numerical Algorithms, 2nd edition, section 3.1), and the final sums are exactly rounded and stepped up.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np

from optimizer.errors import Finding, VerificationError
from optimizer.lp.blocks import Floats
from optimizer.lp.program import Program
from optimizer.lp.solution import Solution

UNIT_ROUNDOFF = float(np.finfo(np.float64).eps) / 2
FEASIBILITY = 1e-6
"""Greatest accepted breach of a row or bound, in units of the row times the size of its numbers."""
RELATIVE_GAP = 1e-6
ABSOLUTE_GAP = 1.0
"""Greatest accepted gap in units of the objective, where the relative one is smaller."""


@dataclass(frozen=True)
class Certificate:
    """How far a solution is proven optimal.

    Attributes:
        objective: Value of the solution.
        bound: No plan of this program can be worth more; rounding included.
        gap: bound less objective.
        allowed_gap: What the gap may be.
        row_breach: Greatest breach of a row, relative to the size of its numbers.
        bound_breach: Greatest breach of a column's bounds, relative to the size of the bound.
        worst_row: Label of the row with the greatest breach.
    """

    objective: float
    bound: float
    gap: float
    allowed_gap: float
    row_breach: float
    bound_breach: float
    worst_row: str

    def as_dict(self) -> dict[str, float | str]:
        """Plain values for the manifest."""
        return asdict(self)


def certify(solution: Solution) -> Certificate:
    """Check a solution against its program.

    Raises:
        VerificationError: if a number is not finite, a row or bound is broken, or the gap is too wide.
    """
    program = solution.program
    numbers = (solution.values, solution.prices)
    if any(not np.isfinite(part).all() for part in numbers):
        raise VerificationError([Finding("finite", "the solver returned numbers that are not finite")])
    row_breach, worst = _row_breach(program, solution.values)
    bound_breach = _bound_breach(program, solution.values)
    bound, objective = upper_bound(program, solution.prices), solution.objective
    gap, allowed = bound - objective, allowed_gap(objective)
    certificate = Certificate(objective, bound, gap, allowed, row_breach, bound_breach, worst)
    findings = _findings(certificate)
    if findings:
        raise VerificationError(findings)
    return certificate


def allowed_gap(objective: float) -> float:
    """Greatest accepted gap at an objective, in its units."""
    return max(ABSOLUTE_GAP, RELATIVE_GAP * abs(objective))


def _findings(certificate: Certificate) -> list[Finding]:
    findings = []
    if certificate.row_breach > FEASIBILITY:
        text = f"{certificate.worst_row} is broken by {certificate.row_breach:.2e} of its size"
        findings.append(Finding("rows", text, certificate.row_breach))
    if certificate.bound_breach > FEASIBILITY:
        text = f"a value passes its bound by {certificate.bound_breach:.2e} of its size"
        findings.append(Finding("bounds", text, certificate.bound_breach))
    if not -certificate.allowed_gap <= certificate.gap <= certificate.allowed_gap:
        text = f"the value {certificate.objective:,.6f} is not proven: the bound is {certificate.bound:,.6f}"
        findings.append(Finding("gap", text, certificate.gap))
    return findings


def _row_breach(program: Program, values: Floats) -> tuple[float, str]:
    if not program.rows:
        return 0.0, ""
    activity = program.matrix @ values
    size = 1.0 + abs(program.matrix) @ np.abs(values)
    breach = np.maximum(program.row_lower - activity, activity - program.row_upper) / size
    worst = int(np.argmax(breach))
    block, position = program.row_at(worst)
    return max(float(breach[worst]), 0.0), f"{block.name} {block.labels.at(position)}"


def _bound_breach(program: Program, values: Floats) -> float:
    breach = np.maximum(program.lower - values, values - program.upper) / (1.0 + np.abs(program.upper))
    return max(float(breach.max(initial=0.0)), 0.0)


def upper_bound(program: Program, prices: Floats) -> float:
    """A bound that no plan of the program can pass, for any prices; rounding included.

    Args:
        program: The program; every column has finite bounds.
        prices: (rows,) prices. Those of a side that has no limit count as zero.
    """
    rows, columns = bound_parts(program, prices)
    return float(np.nextafter(math.fsum([*rows, *columns, program.offset]), np.inf))


def bound_parts(program: Program, prices: Floats, worth: Floats | None = None) -> tuple[Floats, Floats]:
    """What each row and each column adds to the bound at most; rounding included.

    Args:
        program: The program.
        prices: (rows,) prices. Those of a side that has no limit count as zero.
        worth: (columns,) what the columns are worth instead; the bound is then that of the program with this worth.

    Returns:
        (rows,) price times limit, and (columns,) greatest reduced worth times value within the bounds.
    """
    worth = program.worth if worth is None else worth
    usable = np.where((prices > 0) & np.isinf(program.row_upper), 0.0, prices)
    usable = np.where((usable < 0) & np.isinf(program.row_lower), 0.0, usable)
    side = np.where(usable > 0, program.row_upper, np.where(usable < 0, program.row_lower, 0.0))
    reduced = worth - program.matrix.T @ usable
    count = np.bincount(program.matrix.indices, minlength=len(worth)) + 3
    size = np.abs(worth) + abs(program.matrix).T @ np.abs(usable)
    error = 2.0 * count * UNIT_ROUNDOFF / (1.0 - count * UNIT_ROUNDOFF) * size
    low, high = reduced - error, reduced + error
    corners = [low * program.lower, high * program.lower, low * program.upper, high * program.upper]
    greatest = np.nextafter(np.maximum.reduce(corners), np.inf)
    return np.nextafter(usable * side, np.inf), greatest
