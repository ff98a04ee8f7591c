"""Questions that take more than one plan."""

from __future__ import annotations

import os
from collections.abc import Sequence

from optimizer.api.plans import load, plan, save
from optimizer.errors import InfeasiblePlan, UsageError
from optimizer.plan.planner import Plan
from optimizer.plan.runs import Run
from optimizer.plan.solving import Progress, silent
from optimizer.scenario.read import Scenario
from optimizer.study.access import MORE, Place
from optimizer.study.access import access as study_access
from optimizer.study.compare import Comparison, NoPlan
from optimizer.study.compare import compare as study_compare
from optimizer.study.frontier import BUDGET, SHARES, Frontier
from optimizer.study.frontier import frontier as study_frontier
from optimizer.study.sensitivity import Sensitivity
from optimizer.study.sensitivity import sensitivity as study_sensitivity
from optimizer.study.target import Target
from optimizer.study.target import target as study_target
from optimizer.study.variants import Variant


def sensitivity(
    of: Plan | Scenario | str | os.PathLike[str],
    variants: Sequence[Variant] | None = None,
    *,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Sensitivity:
    """How a plan hangs on its softest inputs: planned again where one of them is otherwise.

    Args:
        of: A plan, a scenario, or its folder.
        variants: What to try. If absent, patients are worth 70 and 130 %, of all lines and of each alone, and booking
            rates, and the cost per lead, are 80 and 120 % of what the scenario says.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence before each plan.

    Returns:
        The plan and its cases, also as ``table``: what this plan and the best plan are worth then, and money moved.

    Raises:
        As :func:`plan`.
    """
    given = of if isinstance(of, Plan | Scenario) else load(of)
    return study_sensitivity(given, variants, time_limit=time_limit, progress=progress)


def frontier(
    of: Plan | Scenario | str | os.PathLike[str],
    over: str = BUDGET,
    shares: Sequence[float] = SHARES,
    *,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Frontier:
    """The best plan over the budget, or over any one number of the scenario.

    Args:
        of: A plan, a scenario, or its folder.
        over: Key of ``scenario.yaml``, or cells of a table as in a change, without the operation:
            ``appointment_capacity[location=Northside] new_patient_slots``.
        shares: Values of the number, as multiples of what the scenario says.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence before each point.

    Returns:
        The points from the lowest to the highest: spend, value, visits, what the next unit of budget would add, and the
        places that begin to limit the plan.

    Raises:
        ScenarioError: the number is not one of the scenario. As :func:`plan` besides.
    """
    given = of if isinstance(of, Plan | Scenario) else load(of)
    return study_frontier(given, over, shares, time_limit=time_limit, progress=progress)


def target(
    scenario: Scenario | str | os.PathLike[str],
    goals: Sequence[str],
    *,
    within_budget: bool = False,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Target:
    """The least spend that reaches goals, and what one more of each would cost.

    Args:
        scenario: A scenario, or its folder.
        goals: ``visits >= 9000``, ``bookings[location=Northside,service_line=Orthopaedics] >= 120``.
        within_budget: Whether the budgets hold too; else the answer may be more than them.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Returns:
        The target: ``plan``, and ``goals`` with what is reached and what one more would cost.

    Raises:
        UsageError: if there is no goal. InfeasiblePlan: the goals are out of reach. As :func:`plan` besides.
    """
    made = scenario if isinstance(scenario, Scenario) else load(scenario)
    return study_target(made, goals, within_budget=within_budget, time_limit=time_limit, progress=progress)


def access(
    of: Plan | Scenario | str | os.PathLike[str], more: Sequence[float] = MORE, *, progress: Progress = silent
) -> list[Place]:
    """Where operations should open access: what more slots, intake hours and minutes would bring.

    Args:
        of: A plan, a scenario, or its folder.
        more: Slots or hours a week to try.
        progress: Called with a sentence before each place.

    Returns:
        Places, greatest gain first, each with its pledges: the gain, and the money that marketing would put there.

    Raises:
        As :func:`plan`.
    """
    return study_access(of if isinstance(of, Plan) else plan(of, progress=progress), more, progress=progress)


def what_if(
    base: str | os.PathLike[str],
    files: Sequence[str | os.PathLike[str]] = (),
    *,
    sets: Sequence[str] = (),
    changes: Sequence[str] = (),
    runs: str | os.PathLike[str] = "runs",
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> list[Run | NoPlan]:
    """Plan a scenario, and plan it again under each what-if; every plan is kept as a run.

    Args:
        base: A scenario folder or a what-if file.
        files: What-if files; each says itself what it stands on.
        sets: Keys changed for one more what-if of the base, as for :func:`load`.
        changes: Cells changed for the same one.
        runs: Folder of all runs.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Returns:
        The run of the base, then one run per what-if, in the order given; where no plan meets every limit of a what-if,
        the limits that stand in the way.

    Raises:
        UsageError: if nothing is asked differently. As :func:`plan` besides; InfeasiblePlan only for the base.
    """
    asked = [load(base), *map(load, files)]
    if sets or changes:
        asked.append(load(base, sets=sets, changes=changes))
    if len(asked) == 1:
        raise UsageError("nothing is asked differently; give what-if files, --set or --change")
    progress(f"Planning {asked[0].definition.name}")
    first = plan(asked[0], time_limit=time_limit, progress=progress)
    made: list[Run | NoPlan] = [save(first, runs, command="what-if")]
    for scenario in asked[1:]:
        progress(f"Planning {scenario.definition.name}")
        try:
            found = plan(scenario, after=first, time_limit=time_limit, progress=progress)
        except InfeasiblePlan as conflict:
            made.append(NoPlan(scenario.definition.name, conflict))
        else:
            made.append(save(found, runs, command="what-if"))
    return made


def compare(before: Run, after: Run) -> Comparison:
    """What two runs differ in: what was asked, totals, moves with reasons, limits and tight places.

    Raises:
        UsageError: if they count in different currencies.
    """
    return study_compare(before, after)
