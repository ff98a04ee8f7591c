"""How a plan hangs on its softest inputs: what patients are worth, how many leads book, what a lead costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.errors import Finding, InfeasiblePlan, VerificationError
from optimizer.model.setting import established
from optimizer.plan.limit_report import penalties
from optimizer.plan.outcome import Outcome, evaluate_given, evaluate_recommended
from optimizer.plan.planner import Plan, make_plan, replan
from optimizer.plan.played import check_played
from optimizer.plan.recompute_ground import Ground
from optimizer.plan.recompute_tables import ground_of
from optimizer.plan.solving import Progress, silent
from optimizer.scenario.facts import Facts
from optimizer.scenario.read import Scenario
from optimizer.study.evaluation import checked
from optimizer.study.variants import ALL_LINES, Input, Variant, capped, varied

WORTH_SHARES = (0.7, 1.3)
"""Worth of a patient relative to what the scenario says."""
RATE_SHARES = (0.8, 1.2)
"""Conversion, and cost per lead, likewise."""
COLUMNS = ("input", "service_line", "share", "kept", "broken", "best", "moved", "capped")
"""Columns of the study as a table."""
_ROUNDING = 0.01
"""Money for each campaign's week by which rounding to cents may change what a plan is worth."""


@dataclass(frozen=True)
class Case:
    """Plans where one input is otherwise. Values are less what missed soft limits cost.

    Attributes:
        variant: The input, and how much of it there is.
        best: What the best plan is worth then; ``None`` where no plan meets every limit.
        kept: What this plan is worth then.
        broken: Limits that it would break then; a best plan may be worth less, for it breaks none.
        moved: Money that the best plan gives to campaigns' weeks or takes from them, whichever is more.
        capped: Rates that would pass 1 and stay at 1.
    """

    variant: Variant
    best: float | None
    kept: float
    broken: tuple[str, ...]
    moved: float
    capped: int = 0

    @property
    def cost(self) -> float | None:
        """What holding on to this plan would cost; never below zero, as the best plan is only proven close to best.

        ``None`` where there is no best plan, or this one breaks a limit, so that they do not compare.
        """
        return None if self.best is None or self.broken else max(self.best - self.kept, 0.0)


@dataclass(frozen=True)
class Sensitivity:
    """How one plan hangs on its inputs.

    Attributes:
        plan: The plan.
        cases: The worth of patients, of all lines together and, where there are several, of each; then booking rates
            and the cost per lead.
    """

    plan: Plan
    cases: tuple[Case, ...]

    @property
    def planned(self) -> float:
        """What the plan is worth as everything is."""
        return _worth(self.plan.outcome)

    @property
    def table(self) -> pd.DataFrame:
        """One row per case, with the columns of ``COLUMNS``.

        ``best`` is blank where no plan meets every limit; limits that are broken have '; ' between them.
        """
        rows = [
            (case.variant.input.value, case.variant.line, case.variant.share, case.kept, "; ".join(case.broken),
             case.best, case.moved, case.capped)
            for case in self.cases
        ]  # fmt: skip
        table = pd.DataFrame(rows, columns=list(COLUMNS))
        return table.astype(dict.fromkeys(("share", "kept", "best", "moved", "capped"), float))


def sensitivity(
    of: Plan | Scenario,
    variants: Sequence[Variant] | None = None,
    *,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Sensitivity:
    """Plan again where an input is less and more than the scenario says, and compare with keeping the plan.

    Args:
        of: A plan, or a scenario that is planned first.
        variants: What to try; :func:`usual_variants` if absent.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence before each plan.

    Raises:
        ScenarioError, InfeasiblePlan, SolverLimit, VerificationError: as for any plan; an input at which no plan meets
            every limit is told, not raised.
    """
    plan = of if isinstance(of, Plan) else make_plan(of, time_limit=time_limit, progress=progress)
    asked = list(usual_variants(plan.facts)) if variants is None else variants
    return Sensitivity(plan, tuple(_cases(plan, asked, time_limit, progress)))


def usual_variants(facts: Facts) -> Iterator[Variant]:
    """What is tried: the worth of patients where the objective counts it, of all and by line; then the rates."""
    if facts.definition.objective.values_patients:
        lines = sorted(set(facts.units["service_line"]))
        for line in (ALL_LINES, *(lines if len(lines) > 1 else ())):
            yield from (Variant(Input.WORTH, share, line) for share in WORTH_SHARES)
    for which in (Input.CONVERSION, Input.COST_PER_LEAD):
        yield from (Variant(which, share) for share in RATE_SHARES)


def _cases(plan: Plan, asked: Sequence[Variant], time_limit: float, progress: Progress) -> Iterator[Case]:
    for number, variant in enumerate(asked, start=1):
        progress(f"Planning {number} of {len(asked)}: {variant.words}")
        yield _case(plan, variant, time_limit)


def _case(plan: Plan, variant: Variant, time_limit: float) -> Case:
    then, over = varied(plan.scenario, variant), capped(plan.scenario, variant)
    facts, ground = established(then), ground_of(then)
    kept, broken = _kept(ground, facts, plan)
    try:
        best, bound = replan(facts, plan.answer, time_limit=time_limit)
    except InfeasiblePlan:
        return Case(variant, None, kept, broken, 0.0, over)
    check_played(ground, best, plan.solution)
    if not broken:
        _believe(bound, kept, best.spend.size)
    change = best.spend - plan.outcome.spend
    moved = max(np.maximum(change, 0.0).sum(), np.maximum(-change, 0.0).sum())
    return Case(variant, _worth(best), kept, broken, float(moved), over)


def _worth(outcome: Outcome) -> float:
    return outcome.value - penalties(outcome)


def _kept(ground: Ground, facts: Facts, plan: Plan) -> tuple[float, tuple[str, ...]]:
    """What this plan is worth then, and the limits on what comes of its spend that it would break."""
    spend = plan.outcome.spend
    try:
        outcome = evaluate_recommended(facts, spend)
        check_played(ground, outcome, plan.solution)
    except VerificationError as error:
        if {finding.check for finding in error.findings} != {"limits"}:
            raise
        outcome = evaluate_given(facts, spend)
        _, broken = checked(ground, outcome, spend)
        return _worth(outcome), tuple(dict.fromkeys(finding.place for finding in broken))
    return _worth(outcome), ()


def _believe(bound: float, kept: float, cells: int) -> None:
    """Refuse an answer by which this plan would be better than any plan can be."""
    if kept > bound + _ROUNDING * cells + 1e-6 * abs(bound):
        text = f"this plan is worth {kept:,.2f}, though no plan was to be worth more than {bound:,.2f}"
        raise VerificationError([Finding("sensitivity", text, kept - bound)])
