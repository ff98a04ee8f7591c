"""A run made again from what it was made from, and held against what it said."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from optimizer.errors import ExitCode, OptimizerError
from optimizer.plan.planner import make_plan
from optimizer.plan.runs import Run, texts_of
from optimizer.plan.solving import Progress, silent
from optimizer.weekly.run_inputs import planned_scenario


class Differs(OptimizerError):
    """A run made again is not what it was."""

    exit_code = ExitCode.VERIFICATION
    code = "differs"


@dataclass(frozen=True)
class Rerun:
    """What came of making a run again.

    Attributes:
        run: The run.
        same: Files that are the same to the byte.
        differing: Files that are not.
        versions: What the run was made with and what it was made again with, where these are not the same.
    """

    run: Run
    same: Sequence[str]
    differing: Sequence[str]
    versions: Mapping[str, tuple[str, str]]


def rerun(run: Run, *, time_limit: float = 600.0, progress: Progress = silent) -> Rerun:
    """Plan a run's inputs again and compare every file that says what the plan is.

    Raises:
        StorageError: if its inputs are not there, or are not those that it was made from. As planning besides.
    """
    plan = make_plan(planned_scenario(run), time_limit=time_limit, progress=progress)
    outputs: Mapping[str, str] = run.manifest["outputs"]  # type: ignore[assignment]
    again = {name: hashlib.sha256(text.encode("utf-8")).hexdigest() for name, text in texts_of(plan).items()}
    same = [name for name, digest in again.items() if outputs.get(name) == digest]
    return Rerun(run, same, [name for name in again if name not in same], _versions(run))


def _versions(run: Run) -> dict[str, tuple[str, str]]:
    libraries: Mapping[str, str] = run.manifest["libraries"]  # type: ignore[assignment]
    then = {"optimizer": str(run.manifest["tool_version"]), **libraries}
    now = {"optimizer": version("capacity-budget-optimizer"), **{name: version(name) for name in libraries}}
    return {name: (then[name], now[name]) for name in then if then[name] != now[name]}
