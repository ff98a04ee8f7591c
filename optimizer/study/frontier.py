"""What the best plan is worth over the budget, or over any other number of the scenario.

Over the budget one program is solved once, and then from the last basis with each other budget; over anything else the
changed scenario is solved near the plan before. Every point is certified and checked like a plan of its own, and says
how much better a plan on the curves could be at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from optimizer.errors import InfeasiblePlan, ScenarioError, VerificationError
from optimizer.lp.certificate import certify
from optimizer.lp.solution import Solution
from optimizer.model.families import state
from optimizer.model.setting import established, planning
from optimizer.model.spend_steps import is_enveloped
from optimizer.plan.binding import binding_places
from optimizer.plan.cents import whole_cents
from optimizer.plan.curve_bound import curve_bound, curve_gap
from optimizer.plan.limit_report import penalties
from optimizer.plan.outcome import Outcome, evaluate_recommended, planned_spend
from optimizer.plan.planner import Plan
from optimizer.plan.played import check_played
from optimizer.plan.recompute_ground import Ground
from optimizer.plan.recompute_tables import ground_of
from optimizer.plan.solving import Answer, Clock, Progress, Solving, silent
from optimizer.plan.warm_start import carried_over
from optimizer.response.forecast import campaign_curves
from optimizer.scenario.changes import apply
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats
from optimizer.scenario.read import Scenario
from optimizer.scenario.what_if import parse_change, parse_set
from optimizer.solve.highs import ProvenInfeasible, Session

BUDGET = "budget.total"
SHARES = tuple(np.linspace(0.0, 2.0, 25).tolist())
TIMES_FINER = 6
"""Steps for each one of a plan: no budget has steps of its own, so they have to be fine everywhere."""
_CENT = 0.005
NO_PLAN = "no plan meets every limit"
ENVELOPES = "a limit breaks on S-shaped curves; plan them as they are (response_curves: exact = yes)"


@dataclass(frozen=True)
class Point:
    """The best plan at one value of the number.

    Attributes:
        share: Of what the scenario says.
        amount: The number; ``None`` where cells that differ are scaled together.
        outcome: What the plan leads to; ``None`` where no plan meets every limit, or the number may not be so.
        gap: By how much, at most, a plan on the curves could be worth more.
        next_unit: What one more unit of the whole budget would add.
        binding: Clinics, teams, resources and limits that limit the plan, in words.
        begins: Those of them that do not at the point below.
        refusal: Why there is no plan, if there is none.
        seconds: Seconds of the solver.
    """

    share: float
    amount: float | None
    outcome: Outcome | None = None
    gap: float = 0.0
    next_unit: float | None = None
    binding: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    refusal: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Frontier:
    """The best plans over one number.

    Attributes:
        scenario: What was asked about.
        over: The number: a key of ``scenario.yaml``, or cells of a table.
        points: From the lowest value to the highest.
    """

    scenario: Scenario
    over: str
    points: tuple[Point, ...]

    @property
    def enough(self) -> float | None:
        """Money beyond which a greater budget brings nothing; ``None`` where the last point could use more."""
        last = self.points[-1]
        if self.over != BUDGET or last.outcome is None or not _is_left(last.outcome, last.amount):
            return None
        return last.outcome.total_spend


def _is_left(outcome: Outcome, budget: float | None) -> bool:
    return budget is not None and outcome.total_spend < budget - _CENT * outcome.spend.size


def frontier(
    of: Plan | Scenario,
    over: str = BUDGET,
    shares: Sequence[float] = SHARES,
    *,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Frontier:
    """The best plan at several values of one number of a scenario.

    Args:
        of: A scenario; or a plan of one, from which the solver begins.
        over: Key of ``scenario.yaml`` (``budget.total``), or cells of a table as a change names them
            (``appointment_capacity[location=Northside] new_patient_slots``).
        shares: Values, as multiples of what the scenario says.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence before each point.

    Raises:
        ScenarioError: the number is not one of the scenario. SolverLimit, VerificationError: as for any plan.
    """
    scenario = of.scenario if isinstance(of, Plan) else of
    answer = of.answer if isinstance(of, Plan) else None
    asked = [_Asked.at(scenario, over, float(share)) for share in sorted(shares, reverse=True)]
    solving = Solving("highs", time_limit, 0.0, Clock(silent))
    explored = _other_budgets if over == BUDGET else _other_scenarios
    found: list[Point] = []
    for world in explored(scenario, answer, asked, solving):
        progress(f"Planning with {over} at {world.asked.share:,.4g} times what it is")
        found.append(_point(world, found[-1] if found else None))
    return Frontier(scenario, over, _with_beginnings(found[::-1]))


@dataclass(frozen=True)
class _Asked:
    """One value of the number: the scenario that has it, or why there is none."""

    share: float
    amount: float | None
    scenario: Scenario | None
    refusal: str = ""

    @classmethod
    def at(cls, scenario: Scenario, over: str, share: float) -> _Asked:
        """The number at a share of what the scenario says."""
        text = f"{over} *= {share!r}"
        change = parse_change(text) if re.search(r"[\[\s]", over.strip()) else parse_set(text)
        apply(scenario, [replace(change, value=1.0)])  # refuses what is no number of the scenario
        try:
            changed = apply(scenario, [change])
        except ScenarioError as error:
            return cls(share, None, None, error.problems[0].message)
        numbers = {entry.new for entry in changed.changes[len(scenario.changes) :]}
        amount = numbers.pop() if len(numbers) == 1 else None
        return cls(share, float(amount) if isinstance(amount, int | float) else None, changed)


@dataclass(frozen=True)
class _World:
    """One value of the number, and the best plan there.

    Attributes:
        asked: The value.
        facts: Facts of its scenario.
        ground: The same for the check.
        solution: Solution of the program; ``None`` where no plan meets every limit.
        bound: No plan on the curves is worth more.
    """

    asked: _Asked
    facts: Facts
    ground: Ground
    solution: Solution | None = None
    bound: float = 0.0


def _other_budgets(
    scenario: Scenario, answer: Answer | None, asked: Sequence[_Asked], solving: Solving
) -> Iterator[_World]:
    """Plans with less and less money: one program, solved again and again from its last basis."""
    facts, ground = established(scenario), ground_of(scenario)
    setting = planning(facts, times_finer=TIMES_FINER)
    program = state(setting)
    if program.whole.any():
        yield from _other_scenarios(scenario, answer, asked, solving)
        return
    session = Session(program, time_limit=solving.time_limit)
    if answer and answer.first:
        session.begin_at(carried_over(answer.first, setting, program))
    with suppress(ProvenInfeasible):
        session.solve()  # with the scenario's own money, from where all the others are near
    last: Solution | None = None
    for world in asked:
        if world.scenario is None:
            yield _World(world, facts, ground)
            continue
        definition = world.scenario.definition
        there = _World(world, replace(facts, definition=definition), replace(ground, definition=definition))
        upper = program.row_upper.copy()
        upper[program.row_start["budget_total"]] = definition.budget.total
        try:
            last = _with_less(last, upper) or session.with_limits(program.row_lower, upper)
        except ProvenInfeasible:
            yield there
        else:
            yield replace(there, solution=last, bound=curve_bound(setting, last))


def _with_less(solution: Solution | None, upper: Floats) -> Solution | None:
    """A solution that leaves money is the solution with less as long as that suffices; ``None`` otherwise."""
    if solution is None or solution.price_of("budget_total")[0] != 0:
        return None
    program = solution.program
    if solution.of("spend").sum() > upper[program.row_start["budget_total"]]:
        return None
    return replace(solution, program=program.with_limits(program.row_lower, upper), iterations=0, seconds=0.0)


def _other_scenarios(
    scenario: Scenario, answer: Answer | None, asked: Sequence[_Asked], solving: Solving
) -> Iterator[_World]:
    """Plans of other scenarios, each begun where the one before ended."""
    near = answer or solving.best(established(scenario))
    for world in asked:
        if world.scenario is None:
            yield _World(world, near.setting.facts, ground_of(scenario))
            continue
        facts, ground = established(world.scenario), ground_of(world.scenario)
        try:
            near = solving.best_near(facts, near)
        except InfeasiblePlan:
            yield _World(world, facts, ground)
        else:
            yield _World(world, facts, ground, near.solution, near.bound)


def _point(world: _World, above: Point | None) -> Point:
    """A point with its plan, certified and checked; the plan of the point above where that left money."""
    share, amount, solution = world.asked.share, world.asked.amount, world.solution
    if solution is None:
        return Point(share, amount, refusal=world.asked.refusal or NO_PLAN)
    certify(solution)
    if above and above.outcome and above.next_unit == 0.0 and _is_left(above.outcome, amount):
        return replace(above, share=share, amount=amount, seconds=solution.seconds)
    spend = planned_spend(solution.program, solution, world.facts.floor.shape)
    try:
        outcome = evaluate_recommended(world.facts, whole_cents(solution, spend))
    except VerificationError:
        if not is_enveloped(world.facts, campaign_curves(world.facts)).any():
            raise
        return Point(share, amount, refusal=ENVELOPES)
    check_played(world.ground, outcome, solution)
    return Point(
        share=share,
        amount=amount,
        outcome=outcome,
        gap=curve_gap(world.bound, outcome.value - penalties(outcome)).gap,
        next_unit=float(solution.price_of("budget_total")[0]),
        binding=binding_places(solution),
        seconds=solution.seconds,
    )


def _with_beginnings(points: Sequence[Point]) -> tuple[Point, ...]:
    """Points from the lowest to the highest, each with what limits it and not the one below."""
    before: set[str] = set()
    found = []
    for point in points:
        found.append(replace(point, begins=tuple(name for name in point.binding if name not in before)))
        before = set(point.binding)
    return tuple(found)
