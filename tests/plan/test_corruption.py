"""A solver that lies is not believed: nothing is shown and the exit code is 6."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from optimizer.cli.main import main
from optimizer.errors import ExitCode
from optimizer.lp.solution import Solution
from optimizer.solve import highs

SCENARIO = Path(__file__).parents[2] / "scenarios" / "one_clinic"


def scaled_values(solution: Solution) -> Solution:
    return replace(solution, values=solution.values * 1.01)


def one_more_booking(solution: Solution) -> Solution:
    values = solution.values.copy()
    values[solution.program.column_slice("booked").start] += 1.0
    return replace(solution, values=values)


def nothing_planned(solution: Solution) -> Solution:
    return replace(solution, values=np.where(solution.program.lower > 0, solution.values, 0.0))


def wrong_sign_of_prices(solution: Solution) -> Solution:
    return replace(solution, prices=-solution.prices)


def no_prices(solution: Solution) -> Solution:
    return replace(solution, prices=np.zeros_like(solution.prices))


def not_a_number(solution: Solution) -> Solution:
    return replace(solution, values=np.full_like(solution.values, np.nan))


LIES: list[Callable[[Solution], Solution]] = [
    scaled_values,
    one_more_booking,
    nothing_planned,
    wrong_sign_of_prices,
    no_prices,
    not_a_number,
]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_lying_solver_is_refused(
    lie: Callable[[Solution], Solution],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    honest = highs.Session.solve
    monkeypatch.setattr(highs.Session, "solve", lambda session: lie(honest(session)))
    assert main(["plan", "-q", str(SCENARIO), "--runs", str(tmp_path)]) == ExitCode.VERIFICATION
    assert list(tmp_path.iterdir()) == []
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "did not pass its checks" in shown.err


def test_a_status_that_claims_an_optimum_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The solver is stopped before its first step and its values are taken for an optimum."""
    monkeypatch.setattr(highs.Session, "_raise_unless_optimal", lambda session: None)
    made = highs.Session.__init__

    def stopped(session: highs.Session, *arguments: object, **options: object) -> None:
        made(session, *arguments, **options)  # type: ignore[arg-type]
        session._highs.setOptionValue("simplex_iteration_limit", 0)

    monkeypatch.setattr(highs.Session, "__init__", stopped)
    assert main(["plan", "-q", str(SCENARIO), "--runs", str(tmp_path)]) == ExitCode.VERIFICATION
    assert list(tmp_path.iterdir()) == []
