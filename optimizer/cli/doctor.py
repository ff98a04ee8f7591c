"""doctor: whether this installation can be trusted with a plan."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from optimizer.cli.output import as_json, envelope
from optimizer.errors import ExitCode, OptimizerError


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Check that this installation can be trusted.

    Versions, the solver on a plan with a known answer, other solvers, and that a run can be written here.
    """
    checks = [_check(name, run) for name, run in _CHECKS.items()]
    healthy = all(check["ok"] for check in checks)
    if as_json:
        envelope("doctor", {"healthy": healthy, "checks": checks})
    else:
        for check in checks:
            click.echo(f"{'ok ' if check['ok'] else 'BAD'} {check['name']}: {check['found']}")
    if not healthy:
        raise click.exceptions.Exit(ExitCode.BUG)


def _check(name: str, run: Callable[[], str]) -> dict[str, object]:
    try:
        return {"name": name, "ok": True, "found": run()}
    except (OptimizerError, OSError, AssertionError, ImportError) as error:
        return {"name": name, "ok": False, "found": str(error)}


def _versions() -> str:
    import platform
    from importlib.metadata import version

    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas", "scipy", "pydantic", "pulp"))
    return f"Python {platform.python_version()}, {libraries}"


def _solver() -> str:
    """Two products on two machines: 2 x + y <= 100, x + y <= 80, worth 3 and 2: optimum 180, prices 1 and 1."""
    import numpy as np

    from optimizer.lp.blocks import ColumnBlock, Meaning, at_most, grid, term
    from optimizer.lp.certificate import certify
    from optimizer.lp.program import assemble
    from optimizer.solve import highs

    columns = ColumnBlock("x", grid({"product": ["1", "2"]}), np.zeros(2), np.full(2, 1e3), np.array([3.0, 2.0]))
    terms = [term("x", [0, 0, 1, 1], [0, 1, 0, 1], [2.0, 1.0, 1.0, 1.0])]
    rows = at_most(
        "hours", grid({"machine": ["1", "2"]}), np.array([100.0, 80.0]), terms, Meaning("hours", "hour", "h")
    )
    solution = highs.solve(assemble([columns], [rows]))
    certify(solution)
    if abs(solution.objective - 180.0) > 1e-6 or not np.allclose(solution.prices, 1.0):
        raise OptimizerError(f"{solution.solver} gives {solution.objective} where 180 is right; reinstall highspy")
    return f"{solution.solver} solves a known plan to its known optimum and prices"


def _other_solvers() -> str:
    from optimizer.solve.pulp_bridge import available_solvers

    return ", ".join(available_solvers()) or "none; the plan does not need any"


def _writing() -> str:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        (Path(folder) / "probe").write_text("x", encoding="utf-8")
    return f"files can be written in {Path.cwd()}"


_CHECKS = {
    "versions": _versions,
    "solver": _solver,
    "solvers through PuLP": _other_solvers,
    "storage": _writing,
}
