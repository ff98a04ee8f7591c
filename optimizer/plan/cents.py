"""A spend plan in whole cents that still respects every budget exactly."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from optimizer.lp.program import Program
from optimizer.lp.solution import Solution
from optimizer.model.families import rows_of, rows_of_limits
from optimizer.scenario.facts import Flags
from optimizer.scenario.match import Floats

MONEY_ROWS = ("budget_total", "budget_period", "campaign_spend", "minimum_if_active", "unchanged_spend")
"""Families that limit money and nothing else, once whole numbers are fixed; the hard spend limits of limits.csv come
on top."""

_SOLVER_NOISE = 1e-4
"""Part of a cent that is the solver's rounding."""


def whole_cents(solution: Solution, spend: Floats) -> Floats:
    """Round a spend plan to cents by largest remainder, without passing a limit on money.

    Every amount is first rounded down, then the cents that are missing from the rounded-down total are given to the
    largest remainders, each only where every limit that counts it still holds. Money below a floor comes first, and
    so do campaigns whose leads a binding goal needs; campaigns under a ceiling on leads are only rounded down.

    Args:
        solution: The solution whose program limits the money.
        spend: (I, T) money.

    Returns:
        (I, T) money in whole cents.
    """
    limits, least, most = _money_limits(solution.program, spend.shape)
    wanted = spend.ravel() * 100
    cents = np.floor(wanted + _SOLVER_NOISE)
    remainder = np.maximum(wanted - cents, 0.0)
    missing = int(np.floor(wanted.sum() + _SOLVER_NOISE) - cents.sum())
    used = limits @ cents
    columns = limits.tocsc()
    short = (columns.T @ (used < least).astype(float)) > 0
    needed, capped = _wanted_by_goals(solution, spend.shape)
    needed &= remainder > _SOLVER_NOISE
    for cell in np.lexsort((-remainder, ~needed, ~short)):
        rows = columns.indices[columns.indptr[cell] : columns.indptr[cell + 1]]
        must = needed[cell] or bool((used[rows] < least[rows]).any())
        if not must and (missing <= 0 or remainder[cell] <= 0 or capped[cell]):
            continue
        if (used[rows] + 1 <= most[rows]).all():
            cents[cell] += 1
            used[rows] += 1
            missing -= 1
    return (cents / 100).reshape(spend.shape)


def _wanted_by_goals(solution: Solution, shape: tuple[int, int]) -> tuple[Flags, Flags]:
    """(I * T,) spend whose leads a binding goal needs (all of it if there is one), and spend under a lead ceiling."""
    needed, capped = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    program = solution.program
    amounts = ("leads", "bookings", "visits")
    goals = np.concatenate([rows_of_limits(program, name, amounts) for name in ("limits", "soft_limits")])
    missed = rows_of(program, "soft_limits")[solution.of("shortfall") > _SOLVER_NOISE]
    goals = np.setdiff1d(goals, missed)
    needed[:] = bool((solution.prices[goals] < 0).any())
    ceilings = np.concatenate([rows_of_limits(program, name, ("leads",)) for name in ("limits", "soft_limits")])
    ceilings = ceilings[np.isfinite(program.row_upper[ceilings])]
    campaign, week, _ = program.column_block("spend").labels.codes
    counted = program.matrix[ceilings][:, program.column_slice("spend")].sum(axis=0) > 0
    capped[campaign[counted], week[counted]] = True
    return needed.ravel(), capped.ravel()


def _money_limits(program: Program, shape: tuple[int, int]) -> tuple[sp.csr_array, Floats, Floats]:
    """Rows that limit money, over campaigns and weeks, with least and most in whole cents."""
    campaign, week, _ = program.column_block("spend").labels.codes
    cell = campaign * shape[1] + week
    spread = sp.csr_array((np.ones(len(cell)), (np.arange(len(cell)), cell)), shape=(len(cell), shape[0] * shape[1]))
    named = rows_of_limits(program, "limits", ("spend",))
    rows = np.concatenate([*(rows_of(program, name) for name in MONEY_ROWS), named])
    counted = program.matrix[rows][:, program.column_slice("spend")] @ spread
    limits = sp.csr_array(counted.sign())
    fixed = program.matrix[rows] @ np.where(program.whole, program.lower, 0.0)
    most = np.floor((program.row_upper[rows] - fixed) * 100 + 1e-6)
    least = np.ceil((program.row_lower[rows] - fixed) * 100 - 1e-6)
    return limits, least, most
