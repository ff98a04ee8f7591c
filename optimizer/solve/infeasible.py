"""Why a program is impossible, and the cheapest way out.

Every row of a block with a soft cost may give way at that cost for each unit (an elastic program); all other rows are
arithmetic and hold. Its optimum is the cheapest way out, and its prices prove a conflict: rows without a price do not
take part in it (J. Gleeson and J. Ryan, Identifying minimally infeasible subsystems of inequalities, ORSA Journal on
Computing 2, 1990). What takes part is then left out piece by piece, as long as the rest stays impossible (the deletion
filter of J. Chinneck and E. Dravnieks, Locating minimal infeasible constraint sets in linear programs, ORSA Journal on
Computing 3, 1991).

Where columns take whole numbers only, the program in which they may take any number is looked at first: a conflict
there is one of limits alone. If it has a plan, the whole numbers are part of the conflict, and the same is asked of the
program as it stands; it has no prices that prove anything, so every soft row is a suspect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from optimizer.errors import Finding, InfeasiblePlan, Relaxation, SolverLimit, VerificationError
from optimizer.lp.blocks import ColumnBlock, Floats, Positions, RowBlock, term
from optimizer.lp.program import Program, assemble
from optimizer.lp.solution import Solution
from optimizer.solve.highs import TOLERANCE, ProvenInfeasible, solve

MOST_TRIALS = 100
"""Solves that the search for a smaller conflict may take; the conflict found until then is true but maybe not least."""
TRIAL_SECONDS = 60.0
MOST_WEEKS = 6
"""Rows that differ in nothing but the week are told one by one up to this many."""
MOST_LINES = 12
"""Lines that a block of rows may take; the rest is counted."""
WEEK = "week"
NO_WAY_OUT = "the fixed relations of the plan contradict each other, even if every limit that can move gives way"
WIDER = 1000.0
"""A trial without the upper ends of a block of columns makes them wider by this many of the widest."""
UNPRICED = 1e-9
"""Share of the greatest price below which a price is rounding."""


def explain_infeasible(program: Program) -> InfeasiblePlan:
    """Find which limits contradict each other and what the cheapest way out is.

    Args:
        program: A program that the solver called impossible.

    Returns:
        The error to raise: a smallest conflict among the rows of soft blocks and the upper ends of columns, and one
        relaxation per limit that has to give. Where not even that helps, the conflict says so and there is none.

    Raises:
        VerificationError: if values that meet every row exist after all.
        SolverLimit: if the elastic program took too long.
    """
    relaxed, whole = program.relaxed(), frozenset(block.name for block in program.columns if block.whole)
    try:
        above, below = _breaches(relaxed, solve(_elastic(relaxed)))
        if (above + below).any():
            conflict = _conflict(relaxed, _proof(relaxed, above, below), whole)
            return InfeasiblePlan(_told(program, conflict), _relaxations(program, above, below))
        above, below = _breaches(program, solve(_elastic(program), time_limit=TRIAL_SECONDS))
    except ProvenInfeasible:
        return InfeasiblePlan([NO_WAY_OUT])
    if not (above + below).any():
        text = "the solver found the limits contradictory, but a plan that breaks none of them exists"
        raise VerificationError([Finding("infeasible", text)])
    conflict = _conflict(program, np.ones(len(program.row_lower)), whole)
    return InfeasiblePlan(_told(program, conflict), _relaxations(program, above, below))


def _soft(program: Program) -> list[RowBlock]:
    return [block for block in program.rows if block.meaning.soft_cost > 0]


def _names(block: RowBlock) -> tuple[str, str]:
    """Names of the columns by which a block's rows go above their upper and below their lower limits."""
    return f"{block.name} above", f"{block.name} below"


def _elastic(program: Program) -> Program:
    """The program in which every soft row may be broken at its cost, and nothing else has worth."""
    columns: list[ColumnBlock] = [replace(block, worth=np.zeros(len(block))) for block in program.columns]
    rows = {block.name: block for block in program.rows}
    for block in _soft(program):
        most = _greatest_breach(program, block)
        every = np.arange(len(block))
        for name, sign, upper in zip(_names(block), (-1.0, 1.0), most, strict=True):
            cost = np.full(len(block), -block.meaning.soft_cost)
            columns.append(ColumnBlock(name, block.labels, np.zeros(len(block)), upper, cost, block.scale))
            row = rows[block.name]
            rows[block.name] = replace(row, terms=(*row.terms, term(name, every, every, sign)))
    return assemble(columns, list(rows.values()))


def _greatest_breach(program: Program, block: RowBlock) -> tuple[Floats, Floats]:
    """By how much the rows of a block can pass their limits within the columns' bounds."""
    matrix = program.matrix[program.row_slice(block.name)]
    gain, loss = matrix.maximum(0), matrix.minimum(0)
    above = gain @ program.upper + loss @ program.lower - block.upper
    below = block.lower - gain @ program.lower - loss @ program.upper
    return np.maximum(above, 0.0), np.maximum(below, 0.0)


def _breaches(program: Program, eased: Solution) -> tuple[Floats, Floats]:
    """(rows,) by how much each row passes its upper and its lower limit in the elastic optimum."""
    above, below = np.zeros(len(program.row_lower)), np.zeros(len(program.row_lower))
    for block in _soft(program):
        rows = program.row_slice(block.name)
        above[rows], below[rows] = (eased.of(name) for name in _names(block))
    above[above <= TOLERANCE * (program.row_scale + np.abs(program.row_upper))] = 0.0
    below[below <= TOLERANCE * (program.row_scale + np.abs(program.row_lower))] = 0.0
    return above, below


def _relaxations(program: Program, above: Floats, below: Floats) -> list[Relaxation]:
    """One entry per row that gives way."""
    found = []
    for row in np.flatnonzero(above + below):
        block, position = program.row_at(int(row))
        told = block.meaning.limit.format(**block.labels.at(position))
        unit = block.meaning.unit.format(**block.labels.at(position))
        found.append(Relaxation(told, float(above[row] + below[row]), unit))
    return found


def _proof(program: Program, above: Floats, below: Floats) -> Floats:
    """(rows,) prices that prove one conflict: only the row that gives most is held to its limit again.

    There may be many conflicts side by side, one in every week. All the others are resolved by giving way.
    """
    cost = np.concatenate([np.full(len(block), block.meaning.soft_cost) for block in program.rows])
    worst = np.argmax(cost * (above + below))
    upper, lower = program.row_upper + above, program.row_lower - below
    upper[worst], lower[worst] = program.row_upper[worst], program.row_lower[worst]
    return solve(_elastic(_with_limits(program, lower, upper))).prices


def _conflict(program: Program, prices: Floats, whole: frozenset[str]) -> Positions:
    """Rows, and beyond them blocks of columns whose upper ends matter, of which none can be left out.

    Args:
        program: The program, or the same with every column free to take any number.
        prices: (rows,) prices that prove a conflict; rows without one are no suspects.
        whole: Blocks of columns that count in whole numbers, whose ends nobody could move.

    Returns:
        Positions of rows, and the number of rows plus the position of a block of columns for its upper ends.
    """
    rows = len(program.row_lower)
    soft = np.concatenate([np.full(len(block), block.meaning.soft_cost > 0) for block in program.rows])
    ends = rows + np.flatnonzero([block.name not in whole for block in program.columns])
    set_by_people = rows + np.flatnonzero([bool(block.most) for block in program.columns])
    priced = np.abs(prices) > UNPRICED * np.abs(prices).max()

    def contradicts(kept: Positions) -> bool:
        return _is_impossible(_without(program, soft, kept, whole))

    limits = np.flatnonzero(soft)
    starts = [
        np.concatenate([set_by_people, np.flatnonzero(soft & priced)]),
        np.concatenate([ends, np.flatnonzero(soft & priced)]),
    ]
    start = next((start for start in starts if contradicts(start)), np.concatenate([ends, limits]))
    return _smallest(start, contradicts)


def _smallest(kept: Positions, contradicts: Callable[[Positions], bool]) -> Positions:
    """Leave out ever smaller pieces of a conflict as long as the rest is one."""
    size, trials = max(len(kept) // 2, 1), 0
    while True:
        position = 0
        while position < len(kept) and trials < MOST_TRIALS:
            rest = np.delete(kept, np.s_[position : position + size])
            trials += 1
            if contradicts(rest):
                kept = rest
            else:
                position += size
        if size == 1 or trials >= MOST_TRIALS:
            return kept
        size //= 2


def _without(program: Program, soft: Floats, kept: Positions, whole: frozenset[str]) -> Program:
    """The program without worth, without the soft rows that are not kept, and with wider ends where those are not."""
    rows = len(program.row_lower)
    left_out = soft.astype(bool)
    left_out[kept[kept < rows]] = False
    columns = []
    for position, column in enumerate(program.columns):
        stays = column.name in whole or rows + position in kept
        wider = 0.0 if stays else WIDER * max(column.scale, float(column.upper.max(initial=0.0)))
        columns.append(replace(column, worth=np.zeros(len(column)), upper=column.upper + wider))
    lower = np.where(left_out, -np.inf, program.row_lower)
    upper = np.where(left_out, np.inf, program.row_upper)
    return _with_limits(replace(program, columns=tuple(columns)), lower, upper)


def _with_limits(program: Program, lower: Floats, upper: Floats) -> Program:
    """The same program with other limits of its rows."""
    slices = [program.row_slice(block.name) for block in program.rows]
    blocks = [replace(block, lower=lower[at], upper=upper[at]) for block, at in zip(program.rows, slices, strict=True)]
    return replace(program, rows=tuple(blocks))


def _is_impossible(program: Program) -> bool:
    try:
        solve(program, time_limit=TRIAL_SECONDS)
    except ProvenInfeasible:
        return True
    except SolverLimit:
        return False
    return False


def _told(program: Program, conflict: Positions) -> list[str]:
    """The conflict in words; long runs of weeks and of like rows are shortened."""
    rows = len(program.row_lower)
    told: list[str] = []
    for block in program.rows:
        start = program.row_start[block.name]
        inside = conflict[(conflict >= start) & (conflict < start + len(block))] - start
        lines = _lines(block, [block.labels.at(int(position)) for position in inside])
        more = len(lines) - MOST_LINES
        told += [*lines[:MOST_LINES], f"{more:,} more like the last"] if more > 0 else lines
    ends = [program.columns[position - rows] for position in conflict[conflict >= rows]]
    return told + [block.most or f"the most that '{block.name}' can be" for block in ends]


def _lines(block: RowBlock, labels: Sequence[dict[str, str]]) -> list[str]:
    alike: dict[tuple[str, ...], list[str]] = {}
    for label in labels:
        key = tuple(name for level, name in label.items() if level != WEEK)
        alike.setdefault(key, []).append(block.meaning.limit.format(**label))
    lines = []
    for texts in alike.values():
        lines += texts if len(texts) <= MOST_WEEKS else [f"{texts[0]}, and so on in {len(texts)} weeks"]
    return lines
