"""Where operations should open access: what more slots, intake hours and minutes would bring, found by solving again.

The price of a limit tells where to look, not how much: a clinic may need one more slot and no second one. So every
amount is solved for, from the last basis, with everything else of the plan free to move.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.lp.certificate import certify
from optimizer.lp.solution import Solution
from optimizer.model.families import state
from optimizer.model.setting import planning
from optimizer.plan.outcome import planned_spend
from optimizer.plan.planner import Plan
from optimizer.plan.solving import Progress, silent
from optimizer.plan.warm_start import carried_over
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Codes, Floats
from optimizer.solve.highs import Session

TIMES_FINER = 6
"""Steps for each one of a plan: a gain of a few slots is a small difference of two large values."""
MORE = (1.0, 5.0, 10.0)
"""Slots or hours a week that are tried."""
MOST_PLACES = 12
MINUTES = 60.0
_SMALL = 1e-6


@dataclass(frozen=True)
class Pledge:
    """So much more access in every week, and what marketing would do with it.

    Attributes:
        more: Slots, intake hours or hours of a shared resource a week.
        gain: What the whole plan would gain, in the objective's unit.
        funded: Money that the plan would put into the campaigns that use the place, over the whole plan.
        spend: Money that the whole plan would spend more; the rest of ``funded`` comes from other campaigns.
    """

    more: float
    gain: float
    funded: float
    spend: float


@dataclass(frozen=True)
class Place:
    """One clinic, intake team or shared resource that limits the plan.

    Attributes:
        kind: ``appointment_capacity``, ``intake`` or ``shared_resource``.
        name: Clinic and service line, team, or resource.
        unit: What there would be more of.
        weeks: Weeks in which it limits the plan.
        pledges: Gains of ever more of it.
    """

    kind: str
    name: str
    unit: str
    weeks: tuple[str, ...]
    pledges: tuple[Pledge, ...]


@dataclass(frozen=True)
class _Candidate:
    """A place with its rows of the program.

    Attributes:
        kind, name, unit, weeks: As of a place.
        rows: Rows whose upper limits rise.
        each: Units of the rows per slot or hour.
        campaigns: (I,) whether a campaign's patients use it.
        price: Sum of its prices.
    """

    kind: str
    name: str
    unit: str
    weeks: tuple[str, ...]
    rows: Codes
    each: float
    campaigns: np.ndarray
    price: float


def access(
    plan: Plan, more: Sequence[float] = MORE, *, most: int = MOST_PLACES, progress: Progress = silent
) -> list[Place]:
    """The places where more access would bring most, greatest gain first.

    Whole numbers of the plan (campaigns on or off, changed or not) stay as they are.

    Args:
        plan: The plan.
        more: Slots or hours a week to try.
        most: Places that are solved again: those with the highest prices.
        progress: Called with a sentence before each place.

    Raises:
        SolverLimit, VerificationError: as for any plan.
    """
    session, base = _fine(plan)
    candidates = sorted(_candidates(plan.facts, base), key=lambda place: (-place.price, place.name))[:most]
    found = []
    for place in candidates:
        progress(f"Opening more of {place.name}")
        pledges = tuple(_pledge(plan, place, amount, session, base) for amount in more)
        found.append(Place(place.kind, place.name, place.unit, place.weeks, pledges))
    return sorted(found, key=lambda place: (-max(pledge.gain for pledge in place.pledges), place.name))


def _fine(plan: Plan) -> tuple[Session, Solution]:
    """The plan once more on steps that are fine everywhere; on its own steps where parts of it are whole numbers."""
    if plan.answer.has_whole:
        session = Session(plan.solution.program)
        return session, session.solve()
    setting = planning(plan.facts, times_finer=TIMES_FINER)
    program = state(setting)
    session = Session(program)
    if plan.answer.solved:
        session.begin_at(carried_over(plan.answer.solved, setting, program))
    return session, session.solve()


def _pledge(plan: Plan, place: _Candidate, amount: float, session: Session, base: Solution) -> Pledge:
    upper = base.program.row_upper.copy()
    upper[place.rows] += amount * place.each
    opened = session.with_limits(base.program.row_lower, upper)
    certify(opened)
    after, before = (planned_spend(found.program, found, plan.facts.floor.shape) for found in (opened, base))
    change = after - before
    gain = opened.objective - base.objective
    return Pledge(amount, gain, float(change[place.campaigns].sum()), float(change.sum()))


def _candidates(facts: Facts, solution: Solution) -> Iterator[_Candidate]:
    """Every place that has a price in some week."""
    slots = facts.places.tolist()
    users = np.eye(len(facts.units), dtype=bool)[:, facts.unit]
    yield from _of_kind(facts, solution, "appointment_capacity", slots, "slot", ["appointment_capacity"], 1.0, users)
    if len(facts.teams):
        mine = facts.team[facts.unit][None, :] == np.arange(len(facts.teams))[:, None]
        families = ["intake_sla", "intake_total"]
        yield from _of_kind(facts, solution, "intake", list(map(str, facts.teams)), "intake hour", families, 1.0, mine)
    if solution.program.has_rows("shared_resource"):
        names = list(map(str, facts.resources.names))
        uses = facts.resources.minutes[:, facts.unit] > 0
        yield from _of_kind(facts, solution, "shared_resource", names, "hour", ["shared_resource"], MINUTES, uses)


def _of_kind(
    facts: Facts,
    solution: Solution,
    kind: str,
    names: Sequence[str],
    unit: str,
    families: Sequence[str],
    each: float,
    users: np.ndarray,
) -> Iterator[_Candidate]:
    """The places of one kind; the rows of each family are the places times the weeks."""
    price: Floats = sum((solution.price_of(name) for name in families), np.zeros(1)).reshape(len(names), -1)
    weeks = price.shape[1]
    for place in np.flatnonzero(price.sum(axis=1) > _SMALL).tolist():
        starts = [solution.program.row_start[name] + place * weeks for name in families]
        yield _Candidate(
            kind=kind,
            name=names[place],
            unit=unit,
            weeks=tuple(str(week) for week in facts.weeks[:weeks][price[place] > _SMALL]),
            rows=np.concatenate([np.arange(start, start + weeks) for start in starts]),
            each=each,
            campaigns=users[place],
            price=float(price[place].sum() * each),
        )
