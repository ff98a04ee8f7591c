"""How a setting becomes a certified answer: state, solve, prove, refine the steps where the answer lies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from optimizer.lp.blocks import Flags
from optimizer.lp.certificate import Certificate, certify
from optimizer.lp.solution import Solution
from optimizer.model.families import state
from optimizer.model.limits import asks_for_volume, over_limits_on_leads
from optimizer.model.setting import Setting, planning, refined
from optimizer.model.spend_steps import with_finer
from optimizer.model.tie_break import towards_today
from optimizer.plan.contradictions import contradictions
from optimizer.plan.curve_bound import curve_bound, gap_of_weeks
from optimizer.plan.impossible import Impossible
from optimizer.plan.outcome import planned_spend
from optimizer.plan.spend_at_prices import spend_at_prices
from optimizer.plan.warm_start import Solved, carried_over, spend_there
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats
from optimizer.solve import highs, pulp_bridge
from optimizer.solve.highs import Basis, ProvenInfeasible, Session

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Progress that nobody is told."""


class Clock:
    """Seconds per phase, and progress told as each begins."""

    def __init__(self, tell: Progress) -> None:
        self.tell, self.seconds = tell, dict[str, float]()

    @contextmanager
    def phase(self, name: str, said: str) -> Iterator[None]:
        """Tell what begins and count its seconds under a name."""
        self.tell(said)
        began = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began


MOST_ROUNDS = 6
TARGET_SHARE = 1e-3
"""The plan is refined until it is proven this close to the best on the continuous curves."""
FINE_SHARE = 1e-6
"""The same for programs of few columns."""
FEW_COLUMNS = 20_000
"""Columns up to which a finer round costs next to nothing."""
TIMES_FINER = 16
"""Steps for each of the first ones before goals are called out of reach: leads then lie within a 256th of the error of
the first steps."""
REST = 0.5
"""Part of the gap that an answer may have which is left where steps are not refined again."""
LEADS_OVER = 1e-8
"""Share by which the curves may bring more leads than a limit on leads allows, before rounding down to cents."""


@dataclass(frozen=True)
class Answer:
    """A solved and certified program, and how good its plan is on the curves.

    Attributes:
        setting: What was solved.
        session: The session that solved it.
        solution: Its solution.
        bound: No plan on the curves is worth more.
        coarse: Objective on the first, coarse steps, where whole columns may take any number.
        basis: Where the solver stood; ``None`` where it was another solver, or whole numbers were searched for.
        first: Where it stood on the first steps.
    """

    setting: Setting
    session: Session
    solution: Solution
    bound: float
    coarse: float
    basis: Basis | None
    first: Solved | None

    @cached_property
    def certificate(self) -> Certificate:
        """Proof of the program's optimum. Raises :class:`VerificationError` where it is not proven."""
        return certify(self.solution)

    @property
    def solved(self) -> Solved | None:
        """Where a solve of a like program may begin."""
        return Solved(self.solution.program.outline, self.basis, self.spend) if self.basis else None

    @property
    def has_whole(self) -> bool:
        """Whether parts of the plan are whole numbers, so that the bound may never be reached."""
        return bool(self.solution.program.whole.any())

    @property
    def gap(self) -> float:
        """How far the program's value is from the bound; above it where steps promise more than a curve brings."""
        return abs(self.bound - self.solution.objective)

    @property
    def spend(self) -> Floats:
        """(I, T) money, not yet rounded."""
        return planned_spend(self.solution.program, self.solution, self.setting.facts.floor.shape)

    @cached_property
    def free_spend(self) -> Floats:
        """(I, T) money that each campaign's week would spend by itself at the answer's prices."""
        return spend_at_prices(self.setting, self.solution, self.spend)

    @property
    def is_close(self) -> bool:
        """Whether steps and curves agree well enough: in value, and where leads are limited, in leads."""
        return self._is_worth_close and self.keeps_leads

    @property
    def is_enough(self) -> bool:
        """Whether it is close, and where a finer round costs next to nothing, closer still."""
        return self._is_worth_enough and self.keeps_leads

    @property
    def keeps_leads(self) -> bool:
        """Whether the limits on leads hold on the curves."""
        return not bool(self._over_limits.any())

    @property
    def _is_worth_close(self) -> bool:
        least = self.solution.program.value_scale / 1000
        return self.gap <= max(TARGET_SHARE * abs(self.solution.objective), least)

    @property
    def _is_worth_enough(self) -> bool:
        return self._is_worth_close and not (self._is_small and self.gap > FINE_SHARE * abs(self.solution.objective))

    @property
    def _is_small(self) -> bool:
        return len(self.solution.program.worth) <= FEW_COLUMNS and not self.has_whole

    @cached_property
    def _over_limits(self) -> Flags:
        """(I,) campaigns of limits on leads that do not hold on the curves."""
        return over_limits_on_leads(self.setting, self.spend, LEADS_OVER)

    def finer(self, turn: int) -> Setting:
        """The setting with finer steps: of all weeks in the first turn, then of those that need it.

        Where nearly all steps stay, so does nearly all of where the solver stands.
        """
        finer = refined(self.setting, self.spend, self.free_spend, turn)
        if turn == 0:
            return finer
        return replace(finer, steps=with_finer(self.setting.steps, finer.steps, self.in_need))

    @cached_property
    def in_need(self) -> Flags:
        """(I, T) weeks without whose gaps the answer is close enough, and those of limits on leads that do not hold.

        With whole numbers the gap is no sum of weeks, and all are in need.
        """
        gaps = gap_of_weeks(self.setting, self.solution)
        if self.has_whole:
            return np.ones(gaps.shape, dtype=bool)
        share = FINE_SHARE if self._is_small else TARGET_SHARE
        return self._over_limits[:, None] | _greatest(gaps, REST * share * abs(self.solution.objective))


def _greatest(gaps: Floats, rest: float) -> Flags:
    """Flags, in the shape of some gaps, of the fewest of them without which the others add up to the rest."""
    order = np.argsort(gaps, axis=None)
    few = np.cumsum(gaps.ravel()[order]) > rest
    flags = np.zeros(gaps.size, dtype=bool)
    flags[order[few]] = True
    return flags.reshape(gaps.shape)


@dataclass(frozen=True)
class Before:
    """What is kept of an answer on coarser steps: its bounds hold on finer ones too.

    Attributes:
        solved: Where a solve of a like program may begin.
        whole: Its solution, where parts of it are whole numbers, which are tried first.
        bound: As of :class:`Answer`, and so are the others.
    """

    solved: Solved | None
    whole: Solution | None
    bound: float
    gap: float
    coarse: float
    first: Solved | None

    @classmethod
    def of(cls, answer: Answer) -> Before:
        """What is kept of an answer."""
        whole = answer.solution if answer.has_whole else None
        return cls(answer.solved, whole, answer.bound, answer.gap, answer.coarse, answer.first)


STALLED = 0.9
"""Part of the gap above which a finer round with whole numbers has gained too little to try another."""


@dataclass(frozen=True)
class Solving:
    """How programs are solved: with which solver, for how long, and how much worth counts as the same."""

    solver: str
    time_limit: float
    tolerance: float
    clock: Clock

    def best(self, facts: Facts, start: Solved | None = None) -> Answer:
        """Solve on coarse steps, then on finer ones around each answer until steps and curves agree.

        Args:
            facts: The facts.
            start: A like program that was solved on its coarse steps, at whose basis to begin; the answer is the same.

        Raises:
            InfeasiblePlan: no plan meets every limit; by arithmetic before any solve, where that is enough to tell.
        """
        if known := contradictions(facts):
            raise Impossible(planning(facts)).told(known)
        return self._settled(self._closer(self._first(facts, start)))

    def best_near(self, facts: Facts, near: Answer) -> Answer:
        """Solve on steps that are fine around an answer that is known, begun at its basis, then as for the best."""
        spend, around = (spend_there(near.solution.program, money, facts) for money in (near.spend, near.free_spend))
        try:
            answer = self.answer(refined(planning(facts), spend, around, 0), near.solved)
        except ProvenInfeasible:
            if not asks_for_volume(facts):
                raise
            return self.best(facts)  # goals are easier to meet on finer steps than these
        return self._settled(answer if answer.is_close else self._closer(answer))

    def _settled(self, answer: Answer) -> Answer:
        """The answer with its optimum proven and, of plans that are worth the same, the one closest to today's spend.

        Another solver breaks ties as it likes.
        """
        kept = answer
        if self.solver == "highs":
            with self.clock.phase("solve", "Choosing among plans that are worth the same"):
                preferred = towards_today(answer.setting, answer.session.program, self.tolerance)
                kept = replace(answer, solution=answer.session.preferring(answer.solution, preferred))
                kept = kept if kept.keeps_leads or not answer.keeps_leads else answer
        with self.clock.phase("check", "Proving the optimum"):
            kept.certificate  # noqa: B018  (proves, or raises)
        return kept

    def _closer(self, answer: Answer) -> Answer:
        """The answer on finer steps, in as many rounds as it takes."""
        refines = answer.setting.facts.definition.policies.refine_curves
        for turn in range(MOST_ROUNDS):
            if (answer.keeps_leads and not refines) or (turn and not answer.in_need.any()):
                break
            self.clock.tell("Refining the response curves around the answer")
            finer, before = answer.finer(turn), Before.of(answer)
            del answer  # with its program and its solver, which take as much memory as the next
            try:
                answer = self.answer(finer, before.solved, before)
            except ProvenInfeasible as proof:
                raise Impossible(finer).told() from proof
            if answer.is_enough or (answer.has_whole and answer.keeps_leads and answer.gap > STALLED * before.gap):
                break
        return answer

    def _first(self, facts: Facts, start: Solved | None) -> Answer:
        """Solve on coarse steps; where goals cannot be met on them, on finer ones, for steps bring less than curves."""
        try:
            return self.answer(planning(facts), start)
        except ProvenInfeasible as proof:
            self.clock.tell("Finding which limits contradict each other")
            found = Impossible(planning(facts))
            if asks_for_volume(facts) and not found.is_proven_on_curves:
                with suppress(ProvenInfeasible):
                    self.clock.tell("Trying finer steps of the response curves, on which goals are easier to meet")
                    return self.answer(planning(facts, times_finer=TIMES_FINER))
            self.clock.tell("Finding what would let a plan exist")
            raise found.told() from proof

    def answer(self, setting: Setting, start: Solved | None = None, before: Before | None = None) -> Answer:
        """Solve a setting.

        Args:
            setting: What to solve.
            start: A like program that was solved, at whose basis to begin.
            before: What is kept of an answer to the same on coarser steps.
        """
        with self.clock.phase("state", "Stating the plan"):
            program = state(setting)
            highs.give_memory_back()
        with self.clock.phase("solve", f"Solving {len(program.worth):,} columns"):
            session = Session(program, time_limit=self.time_limit)
            if start:
                session.begin_at(carried_over(start, setting, program))
            solution = self._solve(session, before.whole if before else None)
        with self.clock.phase("check", "Proving how good it is"):
            relaxed = highs.solve(program.relaxed(), time_limit=self.time_limit) if program.whole.any() else solution
            priced = [solution] if relaxed is solution else [solution, relaxed]
            bounds = [curve_bound(setting, found) for found in priced]
            basis = session.basis() if self.solver == "highs" and relaxed is solution else None
            if session.program is not solution.program:  # another solver chose the whole numbers
                session = Session(solution.program, time_limit=self.time_limit)
            answer = Answer(setting, session, solution, min(bounds), relaxed.objective, basis, None)
            if before is None:
                return replace(answer, first=answer.solved)
            return replace(answer, bound=min(*bounds, before.bound), coarse=before.coarse, first=before.first)

    def _solve(self, session: Session, tried: Solution | None) -> Solution:
        """Solve in the session, or with another solver on the session's program."""
        if self.solver == "highs":
            return session.solve(start=tried)
        return pulp_bridge.solve_with(session.program, self.solver, time_limit=self.time_limit)
