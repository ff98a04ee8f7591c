"""Today's spend and the plan of a run, played through the run's own inputs once more."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.errors import Finding, VerificationError
from optimizer.plan.runs import Run
from optimizer.plan.solving import Progress, silent
from optimizer.study.evaluation import Evaluation, evaluation
from optimizer.weekly.run_inputs import planned_scenario, require_unchanged

_CLOSE = 1e-6


@dataclass(frozen=True)
class Played:
    """Both spend plans with everything that becomes of them.

    Attributes:
        today: Today's spend.
        plan: The run's.
    """

    today: Evaluation
    plan: Evaluation


def played(run: Run, progress: Progress = silent) -> Played | None:
    """Play both; nothing where the run was made from data in memory, so that it holds no inputs.

    Raises:
        StorageError: if the run was changed after it was written.
        VerificationError: if its plan, played again, is not what its summary says.
    """
    if not run.manifest["inputs"]:
        return None
    require_unchanged(run, "plan")
    scenario = planned_scenario(run)
    found = Played(
        evaluation(scenario, progress=progress), evaluation(scenario, run.folder / "plan.csv", progress=progress)
    )
    findings = [
        Finding("played", f"{name} is {again:,.6g} when played again, the summary says {said:,.6g}", again - said, side)
        for side, evaluated in (("today", found.today), ("plan", found.plan))
        for name in ("spend", "leads", "bookings", "visits", "value")
        for said, again in [(float(run.summary[side][name]), evaluated.totals[name])]  # type: ignore[index]
        if abs(again - said) > _CLOSE * (1 + abs(said))
    ]
    if findings:
        raise VerificationError(findings, "run")
    return found
