"""How a plan hangs on what a patient is worth, the softest of its inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimizer.errors import Finding, InfeasiblePlan, UsageError, VerificationError
from optimizer.model.setting import established
from optimizer.plan.limit_report import penalties
from optimizer.plan.outcome import Outcome, evaluate_recommended
from optimizer.plan.planner import Plan, make_plan, replan
from optimizer.plan.played import check_played
from optimizer.plan.recompute_ground import Ground
from optimizer.plan.recompute_tables import ground_of
from optimizer.plan.solving import Progress, silent
from optimizer.plan.words import percent
from optimizer.scenario.facts import Facts
from optimizer.scenario.read import Scenario

ALL_LINES = ""
"""Name that stands for all service lines together."""
SHARES = (0.7, 1.3)
"""Worth of a patient relative to what the scenario says."""
MARGINS = {
    "patient_value": ("service_line", ("first_visit_margin", "ltv_margin", "margin_per_year")),
    "care_pathways": ("to_line", ("margin",)),
}
"""Tables that say what patients are worth: the column of the line that is worth it, and the columns of the worth."""
_ROUNDING = 0.01
"""Money for each campaign's week by which rounding to cents may change what a plan is worth."""


@dataclass(frozen=True)
class Case:
    """Plans where patients are worth a share of what the scenario says. Values are less what missed soft limits cost.

    Attributes:
        line: Service line whose patients are worth more or less; ``ALL_LINES`` for all together.
        share: Their worth relative to the scenario's.
        best: What the best plan is worth then; ``None`` where no plan meets every limit.
        kept: What this plan is worth then; ``None`` where it would break a limit.
        moved: Money that the best plan gives to campaigns' weeks or takes from them, whichever is more.
    """

    line: str
    share: float
    best: float | None
    kept: float | None
    moved: float

    @property
    def cost(self) -> float | None:
        """What holding on to this plan would cost; never below zero, as the best plan is only proven close to best."""
        return None if self.best is None or self.kept is None else max(self.best - self.kept, 0.0)


@dataclass(frozen=True)
class Sensitivity:
    """How one plan hangs on the worth of patients.

    Attributes:
        plan: The plan.
        cases: All lines together first, then line by line.
    """

    plan: Plan
    cases: tuple[Case, ...]


def sensitivity(of: Plan | Scenario, *, time_limit: float = 600.0, progress: Progress = silent) -> Sensitivity:
    """Plan again where patients are worth less and more, all lines together and each alone, and compare.

    Args:
        of: A plan, or a scenario that is planned first.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence before each plan.

    Raises:
        UsageError: if the objective does not count what patients are worth.
        ScenarioError, InfeasiblePlan, SolverLimit, VerificationError: as for any plan; a worth at which no plan meets
            every limit is told, not raised.
    """
    scenario = of.scenario if isinstance(of, Plan) else of
    if not scenario.definition.objective.values_patients:
        objective, others = scenario.definition.objective.value, "plan for ltv or first_visit_margin"
        raise UsageError(f"the objective '{objective}' does not count what patients are worth; {others}")
    plan = of if isinstance(of, Plan) else make_plan(of, time_limit=time_limit, progress=progress)
    return Sensitivity(plan, tuple(_cases(plan, time_limit, progress)))


def _cases(plan: Plan, time_limit: float, progress: Progress) -> Iterator[Case]:
    lines = sorted(set(plan.facts.units["service_line"]))
    yield Case(ALL_LINES, 1.0, _worth(plan.outcome), _worth(plan.outcome), 0.0)
    for line in (ALL_LINES, *lines):
        for share in SHARES:
            progress(f"Planning with patients of {line or 'all lines'} worth {percent(share)}")
            yield _case(plan, line, share, time_limit)


def scaled(scenario: Scenario, share: float, line: str = ALL_LINES) -> Scenario:
    """A scenario in which patients are worth a share of what they were; of one line, or of all."""
    tables = dict(scenario.tables)
    for name, (of_line, columns) in MARGINS.items():
        if name in tables:
            frame = tables[name].frame.copy()
            mine = (frame[of_line] == line) | (line == ALL_LINES)
            frame[list(columns)] = frame[list(columns)].mask(mine, frame[list(columns)] * share)
            tables[name] = replace(tables[name], frame=frame)
    return replace(scenario, tables=tables)


def _case(plan: Plan, line: str, share: float, time_limit: float) -> Case:
    then = scaled(plan.scenario, share, line)
    facts, ground = established(then), ground_of(then)
    kept = _kept(ground, facts, plan)
    try:
        best, bound = replan(facts, plan.answer, time_limit=time_limit)
    except InfeasiblePlan:
        return Case(line, share, None, kept, 0.0)
    check_played(ground, best, plan.solution)
    _believe(bound, kept, best.spend.size)
    change = best.spend - plan.outcome.spend
    moved = max(np.maximum(change, 0.0).sum(), np.maximum(-change, 0.0).sum())
    return Case(line, share, _worth(best), kept, float(moved))


def _worth(outcome: Outcome) -> float:
    return outcome.value - penalties(outcome)


def _kept(ground: Ground, facts: Facts, plan: Plan) -> float | None:
    """What this plan is worth then; nothing where a limit on the worth of patients would be broken."""
    try:
        outcome = evaluate_recommended(facts, plan.outcome.spend)
    except VerificationError as error:
        if {finding.check for finding in error.findings} != {"limits"}:
            raise
        return None
    check_played(ground, outcome, plan.solution)
    return _worth(outcome)


def _believe(bound: float, kept: float | None, cells: int) -> None:
    """Refuse an answer by which this plan would be better than any plan can be."""
    if kept is not None and kept > bound + _ROUNDING * cells + 1e-6 * abs(bound):
        text = f"this plan is worth {kept:,.2f}, though no plan was to be worth more than {bound:,.2f}"
        raise VerificationError([Finding("sensitivity", text, kept - bound)])
