"""From a scenario to a plan: state, solve, certify, refine, round, play through, explain, check."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Finding, InfeasiblePlan, VerificationError
from optimizer.lp.certificate import Certificate, allowed_gap, certify
from optimizer.lp.program import Program
from optimizer.lp.solution import Solution, Status
from optimizer.model.families import state
from optimizer.model.limits import asks_for_volume, leads_over_limits
from optimizer.model.setting import Setting, established, exactly, planning, refined
from optimizer.model.spend_steps import is_enveloped
from optimizer.model.tie_break import towards_today
from optimizer.plan import reasons, tables
from optimizer.plan.cents import whole_cents
from optimizer.plan.check import check_plan
from optimizer.plan.curve_bound import CurveGap, curve_bound, curve_gap
from optimizer.plan.held_back import gate_table, held_back
from optimizer.plan.limit_report import limit_table, penalties
from optimizer.plan.one_more import gain_of_one_more
from optimizer.plan.outcome import Outcome, evaluate, evaluate_recommended, is_allowed, planned_spend
from optimizer.plan.prices import price_table
from optimizer.plan.relief import reliefs
from optimizer.plan.split import NextDollar, next_dollar
from optimizer.plan.summary import summarise, totals
from optimizer.plan.warm_start import Solved, carried_over
from optimizer.plan.words import Words
from optimizer.response.forecast import campaign_curves, todays_spend
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats
from optimizer.scenario.read import Scenario
from optimizer.solve import highs, pulp_bridge
from optimizer.solve.highs import Basis, ProvenInfeasible, Session
from optimizer.solve.infeasible import explain_infeasible

PRICED = ("budget_total", "budget_period", "campaign_spend", "change_limit", "limits", "ratio_limits",
          "soft_limits", "changed_campaigns", "intake_sla", "intake_total", "intake_overflow", "appointment_capacity",
          "shared_resource")  # fmt: skip
"""Families whose limits are people's to move, in the order of the price table."""

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Progress that nobody is told."""


@dataclass(frozen=True)
class Plan:
    """A certified plan.

    Attributes:
        scenario: What was planned.
        facts: Its facts.
        status: ``optimal_certified``; or ``feasible_gap`` where parts are whole numbers, or curves are planned on their
            envelopes, and the plan is not proven within 0.1 % of the best.
        certificate: Proof that the program's optimum was found, with whole numbers as they are.
        curve_gap: How much better any plan on the continuous curves could be.
        solution: Values and prices of the program.
        outcome: What the recommended spend leads to, leads by the curves themselves.
        today: What today's spend leads to, by the same model.
        tables: ``plan``, ``capacity``, ``intake``, ``leads``, ``bookings``, ``pathways``, ``follow_on``, ``resources``,
            ``limits``, ``gates``, ``prices`` and ``explain``,
            with the columns described in :mod:`optimizer.plan.tables`, :mod:`optimizer.plan.limit_report`,
            :mod:`optimizer.plan.prices` and :mod:`optimizer.plan.split`.
        summary: Headline numbers, moves, tight places and assumptions; plain values only.
        timings: Seconds per phase.
    """

    scenario: Scenario
    facts: Facts
    status: Status
    certificate: Certificate
    curve_gap: CurveGap
    solution: Solution
    outcome: Outcome
    today: Outcome
    tables: Mapping[str, pd.DataFrame]
    summary: Mapping[str, object]
    timings: Mapping[str, float]

    @property
    def value(self) -> float:
        """Value of the plan in the objective's unit, spend taken off where that is money.

        What missed soft limits cost is no money spent and not taken off; it is in the table ``limits``.
        """
        return self.outcome.value

    @property
    def spend(self) -> float:
        """Money over all planned weeks."""
        return self.outcome.total_spend

    def frame(self, name: str = "plan") -> pd.DataFrame:
        """A copy of one of the tables; ``KeyError`` names those there are."""
        if name not in self.tables:
            raise KeyError(f"no table '{name}'; there are {', '.join(self.tables)}")
        return self.tables[name].copy()

    @property
    def prices(self) -> pd.DataFrame:
        """Limits with what is used of them and what one more unit would bring; see :mod:`optimizer.plan.prices`."""
        return self.frame("prices")


class _Clock:
    """Seconds per phase, and progress told as each begins."""

    def __init__(self, tell: Progress) -> None:
        self.tell, self.seconds = tell, dict[str, float]()

    @contextmanager
    def phase(self, name: str, said: str) -> Iterator[None]:
        self.tell(said)
        began = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began


def program_of(scenario: Scenario) -> Program:
    """The program that a scenario states, before refinement; for export and inspection."""
    return state(planning(established(scenario)))


def make_plan(
    scenario: Scenario, *, solver: str = "highs", time_limit: float = 600.0, progress: Progress = silent
) -> Plan:
    """Plan a scenario.

    Args:
        scenario: What to plan.
        solver: ``highs``, or a solver that PuLP knows, such as ``cbc``.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Raises:
        ScenarioError: the tables contradict each other.
        InfeasiblePlan: no plan meets every limit; names the limits.
        SolverLimit: the time was not enough.
        VerificationError: the answer failed a check.
    """
    clock = _Clock(progress)
    with clock.phase("facts", "Matching the tables"):
        facts = established(scenario)
    try:
        return _plan(scenario, facts, solver, time_limit, clock)
    except (VerificationError, InfeasiblePlan):
        if not is_enveloped(facts, campaign_curves(facts)).any():
            raise
    clock.tell("Planning S-shaped curves as they are")
    return _plan(scenario, exactly(facts), solver, time_limit, clock)


def _plan(scenario: Scenario, facts: Facts, solver: str, time_limit: float, clock: _Clock) -> Plan:
    """Plan a scenario's facts, explain the plan and check it."""
    with clock.phase("play", "Playing today's spend through the clinics"):
        today = evaluate(facts, todays_spend(facts))
    answer = _Solving(solver, time_limit, allowed_gap(today.value), clock).best(facts)
    with clock.phase("play", "Playing the plan through the clinics"):
        outcome = evaluate_recommended(facts, whole_cents(answer.solution, answer.spend))
    with clock.phase("explain", "Finding what limits the plan"):
        relief = reliefs(answer.setting, answer.session)
        held = held_back(facts, answer.coarse, answer.first, time_limit=time_limit, tell=clock.tell)
        evidence = _evidence(answer.setting, answer.solution, outcome, today)
        codes = reasons.reason_codes(evidence)
        made = _tables(evidence, codes, answer.solution)
        if answer.solution.program.has_rows("changed_campaigns"):
            counted = made["prices"]["family"] == "changed_campaigns"
            gain = gain_of_one_more(answer.setting, answer.solution, time_limit=time_limit)
            made["prices"].loc[counted, "price"] = gain
    with clock.phase("check", "Checking the plan"):
        _verify(scenario, outcome, today, made)
        gap = curve_gap(answer.bound, outcome.value - penalties(outcome))
    return Plan(
        scenario=scenario,
        facts=facts,
        status=_status(answer, gap),
        certificate=answer.certificate,
        curve_gap=gap,
        solution=answer.solution,
        outcome=outcome,
        today=today,
        tables=made,
        summary=summarise(evidence, codes, made, relief, held),
        timings=clock.seconds,
    )


def _status(answer: _Answer, gap: CurveGap) -> Status:
    """What is proven: the optimum of the program; with whole numbers or envelopes only as much as the gap says."""
    setting = answer.setting
    certain = not (answer.has_whole or is_enveloped(setting.facts, setting.curves).any())
    least = answer.solution.program.value_scale / 1000
    close = gap.gap <= max(TARGET_SHARE * abs(answer.solution.objective), least)
    return Status.OPTIMAL_CERTIFIED if certain or close else Status.FEASIBLE_GAP


MOST_ROUNDS = 6
TARGET_SHARE = 1e-3
"""The plan is refined until it is proven this close to the best on the continuous curves."""
TIMES_FINER = 8
"""Steps for each of the first ones before goals are called out of reach: leads then lie within a 64th of the error of
the first steps."""
LEADS_OVER = 1e-8
"""Share by which the curves may bring more leads than a limit on leads allows, before rounding down to cents."""


@dataclass(frozen=True)
class _Answer:
    """A solved and certified program, and how good its plan is on the curves.

    Attributes:
        setting: What was solved.
        session: The session that solved it.
        solution: Its solution.
        certificate: Proof of the program's optimum.
        bound: No plan on the curves is worth more.
        coarse: Objective on the first, coarse steps, where whole columns may take any number.
        basis: Where the solver stood; ``None`` where it was another solver, or whole numbers were searched for.
        first: Where it stood on the first steps.
    """

    setting: Setting
    session: Session
    solution: Solution
    certificate: Certificate
    bound: float
    coarse: float
    basis: Basis | None
    first: Solved | None

    @property
    def solved(self) -> Solved | None:
        """Where a solve of a like program may begin."""
        return Solved(self.solution.program, self.basis, self.spend) if self.basis else None

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

    @property
    def is_close(self) -> bool:
        """Whether steps and curves agree well enough: in value, and where leads are limited, in leads."""
        least = self.solution.program.value_scale / 1000
        close = self.gap <= max(TARGET_SHARE * abs(self.solution.objective), least)
        return close and self.keeps_leads

    @property
    def keeps_leads(self) -> bool:
        """Whether the limits on leads hold on the curves."""
        return leads_over_limits(self.setting, self.spend) <= LEADS_OVER


STALLED = 0.9
"""Part of the gap above which a finer round with whole numbers has gained too little to try another."""


@dataclass(frozen=True)
class _Solving:
    """How programs are solved: with which solver, for how long, and how much worth counts as the same."""

    solver: str
    time_limit: float
    tolerance: float
    clock: _Clock

    def best(self, facts: Facts) -> _Answer:
        """Solve on coarse steps, then on finer ones around each answer until steps and curves agree."""
        return self._closer(self._first(facts))

    def best_near(self, facts: Facts, near: Floats) -> _Answer:
        """Solve on steps that are fine around a plan (I, T) that is known, then as for the best."""
        answer = self._answer(refined(planning(facts), near, 0))
        return answer if answer.is_close else self._closer(answer)

    def _closer(self, answer: _Answer) -> _Answer:
        refines = answer.setting.facts.definition.policies.refine_curves
        for turn in range(MOST_ROUNDS):
            if answer.keeps_leads and not refines:
                break
            self.clock.tell("Refining the response curves around the answer")
            before = answer
            answer = self._answer(refined(before.setting, before.spend, turn), before)
            if answer.is_close or (answer.has_whole and answer.keeps_leads and answer.gap > STALLED * before.gap):
                break
        return answer

    def _first(self, facts: Facts) -> _Answer:
        """Solve on coarse steps; where goals cannot be met on them, on finer ones, for steps bring less than curves."""
        try:
            return self._answer(planning(facts))
        except InfeasiblePlan:
            if not asks_for_volume(facts):
                raise
            self.clock.tell("Trying finer steps of the response curves, on which goals are easier to meet")
            return self._answer(planning(facts, times_finer=TIMES_FINER))

    def _answer(self, setting: Setting, before: _Answer | None = None) -> _Answer:
        """Solve a setting; the bounds of an answer before it hold here too, and its whole numbers are a start."""
        with self.clock.phase("state", "Stating the plan"):
            program = state(setting)
        with self.clock.phase("solve", f"Solving {len(program.worth):,} columns"):
            session = Session(program, time_limit=self.time_limit)
            if before and before.solved:
                session.begin_at(carried_over(before.solved, setting, program))
            start = before.solution if before else None
            solution = self._solve(session, towards_today(setting, program, self.tolerance), start)
        with self.clock.phase("check", "Proving the optimum"):
            relaxed = highs.solve(program.relaxed(), time_limit=self.time_limit) if program.whole.any() else solution
            priced = [solution] if relaxed is solution else [solution, relaxed]
            bounds = [curve_bound(setting, found) for found in priced]
            basis = session.basis() if self.solver == "highs" and relaxed is solution else None
            if session.program is not solution.program:  # another solver chose the whole numbers
                session = Session(solution.program, time_limit=self.time_limit)
            proof = certify(solution)
            answer = _Answer(setting, session, solution, proof, min(bounds), relaxed.objective, basis, None)
            if before is None:
                return replace(answer, first=answer.solved)
            return replace(answer, bound=min(*bounds, before.bound), coarse=before.coarse, first=before.first)

    def _solve(self, session: Session, preferred: Floats, start: Solution | None) -> Solution:
        """Solve in the session, or with another solver on the session's program, which breaks ties as it likes."""
        try:
            if self.solver == "highs":
                return session.preferring(session.solve(start=start), preferred)
            return pulp_bridge.solve_with(session.program, self.solver, time_limit=self.time_limit)
        except ProvenInfeasible as proof:
            raise explain_infeasible(session.program) from proof


def replan(facts: Facts, near: Floats, *, time_limit: float) -> tuple[Outcome, float]:
    """The best plan where one is known that is not far, without its reasons and prices, and the proven bound.

    Args:
        facts: The facts.
        near: (I, T) money of the plan that is known.
        time_limit: Seconds that a single solve may take.

    Raises:
        InfeasiblePlan, SolverLimit, VerificationError: as :func:`make_plan`.
    """
    answer = _Solving("highs", time_limit, allowed_gap(0.0), _Clock(silent)).best_near(facts, near)
    return evaluate_recommended(facts, whole_cents(answer.solution, answer.spend)), answer.bound


def _evidence(setting: Setting, solution: Solution, outcome: Outcome, today: Outcome) -> reasons.Evidence:
    facts = setting.facts
    split = next_dollar(setting, solution, outcome.spend)
    hours = np.zeros((len(facts.teams), facts.lead_weeks))
    if len(facts.teams):
        hours = (solution.price_of("intake_sla") + solution.price_of("intake_total")).reshape(hours.shape)
    return reasons.Evidence(
        plan=outcome,
        today=today,
        next_dollar=split,
        slot_price=solution.price_of("appointment_capacity").reshape(len(facts.units), -1),
        hour_price=hours,
        minute_price=_prices(solution, "shared_resource", facts.resources.left.shape),
        ceilings=reasons.named_pull(solution, outcome.spend.shape, "max"),
        goals=reasons.named_pull(solution, outcome.spend.shape, "min"),
        words=Words.of(facts.definition),
    )


def _prices(solution: Solution, family: str, shape: tuple[int, int]) -> Floats:
    """Prices of a family, zero where the program has no such rows."""
    return solution.price_of(family).reshape(shape) if solution.program.has_rows(family) else np.zeros(shape)


def _tables(evidence: reasons.Evidence, codes: npt.NDArray[np.str_], solution: Solution) -> dict[str, pd.DataFrame]:
    plan = evidence.plan
    campaign = tables.campaign_table(plan, evidence.today)
    campaign["next_dollar_return"] = evidence.next_dollar.lead_return.ravel()
    campaign["reason_code"] = codes.ravel()
    campaign["reason"] = reasons.sentences(evidence, codes).ravel()
    return {
        "plan": campaign,
        "capacity": tables.capacity_table(plan, evidence.slot_price),
        "intake": tables.intake_table(plan, evidence.hour_price),
        "leads": tables.lead_table(plan),
        "bookings": tables.booking_table(plan),
        "pathways": tables.pathway_table(plan),
        "follow_on": tables.follow_on_table(plan),
        "resources": tables.resource_table(plan, evidence.minute_price),
        "limits": limit_table(plan, solution),
        "gates": gate_table(plan.facts),
        "prices": price_table(solution, families=PRICED),
        "explain": _explain_table(campaign, evidence.next_dollar),
    }


def _explain_table(campaign: pd.DataFrame, split: NextDollar) -> pd.DataFrame:
    labels = campaign[["campaign", "location", "service_line", "channel", "week", "current_spend", "recommended_spend"]]
    parts = {name: getattr(split, name).ravel() for name in split.names()}
    return labels.assign(**parts, reason_code=campaign["reason_code"], reason=campaign["reason"])


def _verify(scenario: Scenario, outcome: Outcome, today: Outcome, made: Mapping[str, pd.DataFrame]) -> None:
    """Refuse a plan that fails the independent checks, or that is worse than an allowed plan of today."""
    findings = check_plan(scenario, made, totals(outcome))
    worse = _gain_of_today(outcome, today)
    if worse > max(1.0, 1e-6 * abs(today.value)):
        findings.append(Finding("not_worse", f"today's spend is allowed and worth {worse:,.2f} more", worse))
    if findings:
        raise VerificationError(findings)


def _gain_of_today(outcome: Outcome, today: Outcome) -> float:
    """What today's spend would be worth more, where it is allowed and keeps the limits that the plan keeps.

    Both are counted with what their missed soft limits cost.
    """
    worth = outcome.value - penalties(outcome)
    if today.value <= worth or not is_allowed(outcome.facts, today.spend):
        return 0.0
    kept = evaluate_recommended(outcome.facts, today.spend)
    return kept.value - penalties(kept) - worth
