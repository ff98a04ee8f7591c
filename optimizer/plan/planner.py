"""From a scenario to a plan: state, solve, certify, refine, round, play through, explain, check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Finding, InfeasiblePlan, VerificationError
from optimizer.lp.certificate import Certificate, allowed_gap
from optimizer.lp.program import Program
from optimizer.lp.solution import Solution, Status
from optimizer.model.families import state
from optimizer.model.setting import Setting, established, exactly, planning
from optimizer.model.spend_steps import is_enveloped
from optimizer.plan import reasons, tables
from optimizer.plan.cents import whole_cents
from optimizer.plan.check import check_plan
from optimizer.plan.curve_bound import CurveGap, curve_gap
from optimizer.plan.held_back import gate_table, held_back
from optimizer.plan.limit_report import limit_table, penalties
from optimizer.plan.one_more import gain_of_one_more
from optimizer.plan.outcome import Outcome, evaluate, evaluate_recommended, is_allowed
from optimizer.plan.prices import price_table
from optimizer.plan.relief import reliefs
from optimizer.plan.room import room_table
from optimizer.plan.solving import TARGET_SHARE, Answer, Clock, Progress, Solving, silent
from optimizer.plan.split import NextDollar, next_dollar
from optimizer.plan.summary import summarise, totals
from optimizer.plan.words import Words
from optimizer.response.forecast import campaign_curves, todays_spend
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats
from optimizer.scenario.read import Scenario

PRICED = ("budget_total", "budget_period", "campaign_spend", "change_limit", "limits", "ratio_limits",
          "soft_limits", "changed_campaigns", "intake_sla", "intake_total", "intake_overflow", "appointment_capacity",
          "shared_resource")  # fmt: skip
"""Families whose limits are people's to move, in the order of the price table."""


@dataclass(frozen=True)
class Plan:
    """A certified plan.

    Attributes:
        scenario: What was planned.
        facts: Its facts.
        status: ``optimal_certified``; or ``feasible_gap`` where parts are whole numbers, or curves are planned on their
            envelopes, and the plan is not proven within 0.1 % of the best.
        answer: The solved program, from which like ones are solved again.
        curve_gap: How much better any plan on the continuous curves could be.
        outcome: What the recommended spend leads to, leads by the curves themselves.
        today: What today's spend leads to, by the same model.
        tables: ``plan``, ``capacity``, ``intake``, ``leads``, ``bookings``, ``pathways``, ``follow_on``, ``resources``,
            ``limits``, ``gates``, ``room``, ``prices`` and ``explain``,
            with the columns described in :mod:`optimizer.plan.tables`, :mod:`optimizer.plan.limit_report`,
            :mod:`optimizer.plan.prices`, :mod:`optimizer.plan.room` and :mod:`optimizer.plan.split`.
        summary: Headline numbers, moves, tight places and assumptions; plain values only.
        timings: Seconds per phase.
    """

    scenario: Scenario
    facts: Facts
    status: Status
    answer: Answer
    curve_gap: CurveGap
    outcome: Outcome
    today: Outcome
    tables: Mapping[str, pd.DataFrame]
    summary: Mapping[str, object]
    timings: Mapping[str, float]

    @property
    def solution(self) -> Solution:
        """Values and prices of the program."""
        return self.answer.solution

    @property
    def certificate(self) -> Certificate:
        """Proof that the program's optimum was found, with whole numbers as they are."""
        return self.answer.certificate

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


def program_of(scenario: Scenario) -> Program:
    """The program that a scenario states, before refinement; for export and inspection."""
    return state(planning(established(scenario)))


def make_plan(
    scenario: Scenario,
    *,
    after: Plan | None = None,
    solver: str = "highs",
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Plan:
    """Plan a scenario.

    Args:
        scenario: What to plan.
        after: A plan of a like scenario, from which the solver begins; the answer is the same, only sooner.
        solver: ``highs``, or a solver that PuLP knows, such as ``cbc``.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Raises:
        ScenarioError: the tables contradict each other.
        InfeasiblePlan: no plan meets every limit; names the limits.
        SolverLimit: the time was not enough.
        VerificationError: the answer failed a check.
    """
    clock = Clock(progress)
    with clock.phase("facts", "Matching the tables"):
        facts = established(scenario)
    try:
        return _plan(scenario, facts, after, Solving(solver, time_limit, 0.0, clock))
    except (VerificationError, InfeasiblePlan):
        if not is_enveloped(facts, campaign_curves(facts)).any():
            raise
    clock.tell("Planning S-shaped curves as they are")
    return _plan(scenario, exactly(facts), after, Solving(solver, time_limit, 0.0, clock))


def _plan(scenario: Scenario, facts: Facts, after: Plan | None, solving: Solving) -> Plan:
    """Plan a scenario's facts, explain the plan and check it."""
    clock, time_limit = solving.clock, solving.time_limit
    with clock.phase("play", "Playing today's spend through the clinics"):
        today = evaluate(facts, todays_spend(facts), after.today.solved if after else None)
    start = (after.answer.first if after else None) or today.solved
    answer = replace(solving, tolerance=allowed_gap(today.value)).best(facts, start)
    with clock.phase("play", "Playing the plan through the clinics"):
        outcome = evaluate_recommended(facts, whole_cents(answer.solution, answer.spend), answer.solved)
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
        answer=answer,
        curve_gap=gap,
        outcome=outcome,
        today=today,
        tables=made,
        summary=summarise(evidence, codes, made, relief, held),
        timings=clock.seconds,
    )


def _status(answer: Answer, gap: CurveGap) -> Status:
    """What is proven: the optimum of the program; with whole numbers or envelopes only as much as the gap says."""
    setting = answer.setting
    certain = not (answer.has_whole or is_enveloped(setting.facts, setting.curves).any())
    least = answer.solution.program.value_scale / 1000
    close = gap.gap <= max(TARGET_SHARE * abs(answer.solution.objective), least)
    return Status.OPTIMAL_CERTIFIED if certain or close else Status.FEASIBLE_GAP


def replan(facts: Facts, near: Answer, *, time_limit: float) -> tuple[Outcome, float]:
    """The best plan where one is known that is not far, without its reasons and prices, and the proven bound.

    Args:
        facts: The facts.
        near: The plan that is known.
        time_limit: Seconds that a single solve may take.

    Raises:
        InfeasiblePlan, SolverLimit, VerificationError: as :func:`make_plan`.
    """
    answer = Solving("highs", time_limit, allowed_gap(0.0), Clock(silent)).best_near(facts, near)
    return evaluate_recommended(facts, whole_cents(answer.solution, answer.spend), answer.solved), answer.bound


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
    campaign = tables.campaign_table(plan, evidence.today.spend)
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
        "room": room_table(evidence, codes),
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
