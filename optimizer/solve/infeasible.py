"""Which limits contradict each other.

A proof of a conflict has a price for every limit that takes part in it; limits without one do not (J. Gleeson and J.
Ryan, Identifying minimally infeasible subsystems of inequalities, ORSA Journal on Computing 2, 1990). What takes part
is then left out piece by piece, as long as the rest stays impossible (the deletion filter of J. Chinneck and E.
Dravnieks, Locating minimal infeasible constraint sets in linear programs, ORSA Journal on Computing 3, 1991), and every
proof on the way leaves out what it has no price for.

Where columns take whole numbers only, the program in which they may take any number is looked at first: a conflict
there is one of limits alone. If it has a plan, the whole numbers are part of the conflict, and the same is asked of the
program as it stands; it has no prices that prove anything, so every limit is a suspect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.errors import OptimizerError
from optimizer.lp.blocks import Flags, Positions
from optimizer.lp.program import Program
from optimizer.solve.highs import ProvenInfeasible, solve
from optimizer.solve.levers import Lever, Limits
from optimizer.solve.ways_out import TRIAL_SECONDS, WaysOut

MOST_TRIALS = 60
"""Solves that the search for a smaller conflict may take; the conflict found until then is true but maybe not least."""
MOST_PIECES = 40
"""Sides of a conflict above which it is not made smaller side by side; what a proof has no price for is left out."""
WIDER = 1000.0
"""Columns without their upper ends are wider by this many of the widest."""


@dataclass(frozen=True)
class Conflict:
    """Limits of which none can be left out, or a plan exists.

    Attributes:
        levers: Positions of the levers.
        sides: For each of them, the positions of its sides that matter.
        ends: Whether the upper ends of columns that people set are needed as well.
    """

    levers: tuple[int, ...]
    sides: tuple[Positions, ...]
    ends: bool


def find_conflict(program: Program, ways: WaysOut, suspects: Sequence[int] = ()) -> Conflict | None:
    """A smallest conflict among the levers of a program and the upper ends of its columns.

    Args:
        program: A program that the solver called impossible.
        ways: The ways out of it, with its levers; rows that none of them holds are arithmetic and always stay.
        suspects: Levers among which a conflict is known to be.

    Returns:
        The conflict; ``None`` where the program has a plan after all, or none even without its levers.
    """
    levers, sides = ways.levers, _Sides.of(ways.levers)
    wide = _with_wider_ends(program)
    relaxed = program.relaxed()
    if program.whole.any() and not is_impossible(relaxed):
        trials: list[Prove] = [_ByTrial(wide, sides), _ByTrial(program, sides)]
        start = sides.of_levers(suspects or range(len(levers)))
    else:
        trials = [_ByProof(WaysOut(wide.relaxed(), levers), sides), _ByProof(ways, sides)]
        start = sides.of_levers(suspects or ways.suspects())
    for ends, prove in enumerate(trials):
        for first in (start, np.ones_like(start)):
            found = prove(first)
            if found is not None:
                return sides.conflict(_smallest(found, sides, prove), ends=bool(ends))
    return None


def is_impossible(program: Program) -> bool:
    """Whether no values meet every row; not where the solver could not find out."""
    try:
        solve(program, time_limit=TRIAL_SECONDS)
    except OptimizerError as ending:
        return isinstance(ending, ProvenInfeasible)
    return False


def _with_wider_ends(program: Program) -> Program:
    """The same without the upper ends of columns, but those that count in whole numbers and nobody could move."""
    columns = []
    for block in program.columns:
        wider = 0.0 if block.whole else WIDER * max(block.scale, float(block.upper.max(initial=0.0)))
        columns.append(replace(block, upper=block.upper + wider))
    return replace(program, columns=tuple(columns))


Prove = Callable[[Flags], Flags | None]
"""Whether the sides that are kept contradict each other: those of them in the proof, or ``None``."""


@dataclass(frozen=True)
class _Sides:
    """The sides of all levers, one after the other: lever, position in it, row, and whether it is the row's lower."""

    lever: Positions
    side: Positions
    row: Positions
    lower: Flags

    @classmethod
    def of(cls, levers: Sequence[Lever]) -> _Sides:
        sizes = [len(lever.rows) for lever in levers]
        return cls(
            np.repeat(np.arange(len(levers)), sizes),
            np.concatenate([np.arange(size) for size in sizes]),
            np.concatenate([lever.rows for lever in levers]),
            np.concatenate([lever.lower for lever in levers]),
        )

    def of_levers(self, levers: Sequence[int]) -> Flags:
        """Sides of some levers."""
        return np.isin(self.lever, levers)

    def limits(self, program: Program, kept: Flags) -> Limits:
        """Limits of a program without the sides that are not kept."""
        limits, out = Limits.of(program), ~kept
        limits.lower[self.row[out & self.lower]] = -np.inf
        limits.upper[self.row[out & ~self.lower]] = np.inf
        return limits

    def conflict(self, kept: Flags, *, ends: bool) -> Conflict:
        """The sides that are kept, by lever."""
        levers = np.unique(self.lever[kept]).tolist()
        return Conflict(tuple(levers), tuple(self.side[kept & (self.lever == lever)] for lever in levers), ends)


@dataclass(frozen=True)
class _ByProof:
    """Proofs by prices."""

    ways: WaysOut
    sides: _Sides

    def __call__(self, kept: Flags) -> Flags | None:
        priced = self.ways.proof(self.sides.limits(self.ways.program, kept))
        return None if priced is None else kept & priced[self.sides.row]


@dataclass(frozen=True)
class _ByTrial:
    """Proofs by the solver's word alone, which names nothing."""

    program: Program
    sides: _Sides

    def __call__(self, kept: Flags) -> Flags | None:
        return kept if is_impossible(self.sides.limits(self.program, kept).within(self.program)) else None


def _smallest(kept: Flags, sides: _Sides, prove: Prove) -> Flags:
    """Leave out levers, then single sides, the last ones first, as long as the rest is a conflict."""
    trials = MOST_TRIALS
    for pieces in (sides.lever, np.arange(len(sides.lever))):
        count = len(np.unique(pieces[kept]))
        if count > MOST_PIECES:
            continue
        size = max(count // 2, 1)
        while trials > 0:
            tried: set[int] = set()
            while trials > 0:
                left = [piece for piece in np.unique(pieces[kept]).tolist() if piece not in tried]
                if not left:
                    break
                tried.update(left[-size:])
                found = prove(kept & ~np.isin(pieces, left[-size:]))
                trials -= 1
                kept = kept if found is None else found
            if size == 1:
                break
            size //= 2
    return kept
