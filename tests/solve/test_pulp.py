import os
import subprocess
import sys
import time
from pathlib import Path

import highspy
import numpy as np
import pytest

from optimizer.errors import ExitCode, SolverLimit, StorageError, UsageError
from optimizer.lp.blocks import ColumnBlock, Labels, Meaning, RowBlock, at_most, between, equal, grid, term
from optimizer.lp.certificate import certify
from optimizer.lp.program import Program, assemble
from optimizer.solve import highs, pulp_bridge

MEANING = Meaning("limit", "price", "unit")
AVAILABLE = pulp_bridge.available_solvers()
needs_cbc = pytest.mark.skipif("cbc" not in AVAILABLE, reason="PuLP has no CBC here")
EACH_SOLVER = [pytest.param("cbc", marks=needs_cbc), "highs"]
DIGITS = {"cbc": 1e-6, "highs": 1e-9}
"""CBC writes eight digits of each number."""


def labels(name: str, count: int) -> Labels:
    return grid({name: [str(position) for position in range(count)]})


def columns(worth: list[float], upper: list[float]) -> ColumnBlock:
    return ColumnBlock("spend", labels("c", len(worth)), np.zeros(len(worth)), np.array(upper), np.array(worth), 4.0)


def row(name: str, lower: float, upper: float, coefficients: list[float]) -> RowBlock:
    terms = (term("spend", 0, np.arange(len(coefficients)), coefficients),)
    return between(name, labels("r", 1), np.array([lower]), np.array([upper]), terms, MEANING, 8.0)


def every_kind_of_row() -> Program:
    """Six columns, each with a row of its own kind, worked by hand.

    Ceiling 5 at worth 3; floor 4 at worth -2; equality 6 at worth 7; a range 2 to 8 at worth 1.5, and another at worth
    -1.5; and a column that no row mentions, worth 0.25, up to 20. Value 15 - 8 + 42 + 12 - 3 + 5 + 100 = 163.
    """
    unit = np.eye(6)
    rows = [
        row("ceiling", -np.inf, 5.0, list(unit[0])),
        row("floor", 4.0, np.inf, list(unit[1])),
        row("equality", 6.0, 6.0, list(unit[2])),
        row("range_above", 2.0, 8.0, list(unit[3])),
        row("range_below", 2.0, 8.0, list(unit[4])),
        row("free", -np.inf, np.inf, list(unit[0])),
        row("slack", -np.inf, 900.0, [1.0] * 6),
    ]
    block = columns([3.0, -2.0, 7.0, 1.5, -1.5, 0.25], [20.0] * 6)
    return assemble([block], rows, offset=100.0, value_scale=2.0)


def random_program(seed: int) -> Program:
    random = np.random.default_rng(seed)
    rows, count = 15, 25
    matrix = random.uniform(-1, 5, (rows, count)) * (random.random((rows, count)) < 0.3)
    activity = matrix @ random.uniform(0, 10, count)
    upper = activity + random.uniform(0, 3, rows)
    lower = np.where(random.random(rows) < 0.5, activity - random.uniform(0, 3, rows), -np.inf)
    at, column = np.nonzero(matrix)
    terms = (term("spend", at, column, matrix[at, column]),)
    block = columns(list(random.normal(size=count) * 100), [10.0] * count)
    return assemble([block], [between("limit", labels("r", rows), lower, upper, terms, MEANING, 16.0)], offset=-7.0)


@pytest.mark.parametrize("solver", EACH_SOLVER)
def test_values_and_prices_of_every_kind_of_row(solver: str):
    solution = pulp_bridge.solve_with(every_kind_of_row(), solver)
    certify(solution)
    assert solution.values == pytest.approx([5.0, 4.0, 6.0, 8.0, 2.0, 20.0])
    assert solution.objective == pytest.approx(163.0)
    assert solution.prices == pytest.approx([3.0, -2.0, 7.0, 1.5, -1.5, 0.0, 0.0], abs=1e-9)
    assert solution.reduced == pytest.approx([0.0, 0.0, 0.0, 0.0, 0.0, 0.25], abs=1e-9)
    assert "through PuLP" in solution.solver


@pytest.mark.parametrize("solver", EACH_SOLVER)
@pytest.mark.parametrize("seed", range(6))
def test_solvers_agree_on_the_optimum_and_its_prices(solver: str, seed: int):
    """Random numbers make the optimum and its prices unique."""
    program = random_program(seed)
    first, second = highs.solve(program), pulp_bridge.solve_with(program, solver)
    certify(second)
    assert second.objective == pytest.approx(first.objective, rel=DIGITS[solver])
    assert second.values == pytest.approx(first.values, rel=DIGITS[solver], abs=1e-5)
    assert second.prices == pytest.approx(first.prices, rel=1e-5, abs=1e-5)
    priced = np.abs(first.prices) > 1e-3
    assert priced.any()
    assert (np.sign(second.prices[priced]) == np.sign(first.prices[priced])).all()


@pytest.mark.parametrize("solver", EACH_SOLVER)
def test_values_lie_within_their_bounds_whatever_digits_are_lost(solver: str):
    third = 100_000.0 / 3.0
    program = assemble([columns([1.0, 2.0], [third, third])], [row("cap", -np.inf, 1e9, [1.0, 1.0])])
    values = pulp_bridge.solve_with(program, solver).values
    assert (values <= third).all()
    assert values == pytest.approx([third, third])


@pytest.mark.parametrize("solver", EACH_SOLVER)
def test_contradicting_limits_are_proven(solver: str):
    rows = [row("cap", -np.inf, 1.0, [1.0]), row("floor", 2.0, np.inf, [1.0])]
    with pytest.raises(highs.ProvenInfeasible):
        pulp_bridge.solve_with(assemble([columns([1.0], [9.0])], rows), solver)


@pytest.mark.parametrize(("lower", "upper"), [(1.0, np.inf), (-np.inf, -1.0), (2.0, 2.0)])
def test_a_limit_on_nothing_is_not_left_out(lower: float, upper: float):
    with pytest.raises(highs.ProvenInfeasible):
        pulp_bridge.solve_with(assemble([columns([1.0], [9.0])], [row("odd", lower, upper, [0.0])]), "highs")


def test_a_limit_on_nothing_that_holds_has_no_price():
    rows = [row("odd", -1.0, 1.0, [0.0, 0.0]), row("cap", -np.inf, 3.0, [1.0, 0.0])]
    solution = pulp_bridge.solve_with(assemble([columns([1.0, 0.0], [9.0, 9.0])], rows), "highs")
    assert solution.prices == pytest.approx([0.0, 1.0])
    assert solution.values == pytest.approx([3.0, 0.0])


@pytest.mark.parametrize("solver", EACH_SOLVER)
def test_a_program_in_which_nothing_is_worth_anything(solver: str):
    program = assemble([columns([0.0], [9.0])], [row("floor", 2.0, np.inf, [1.0])])
    solution = pulp_bridge.solve_with(program, solver)
    assert certify(solution).objective == 0.0
    assert solution.values[0] >= 2.0 - 1e-9


def test_names_of_solvers_are_told_in_any_case():
    program = every_kind_of_row()
    assert pulp_bridge.solve_with(program, "HIGHS").objective == pytest.approx(163.0)
    assert "highs" in AVAILABLE
    assert len(set(AVAILABLE)) == len(AVAILABLE)


def test_a_solver_that_is_not_there_is_named_with_what_is():
    with pytest.raises(pulp_bridge.SolverMissing, match=r"no solver 'mosek' here; choose of .*highs") as raised:
        pulp_bridge.solve_with(every_kind_of_row(), "mosek")
    assert "pip install 'pulp[mosek]'" in str(raised.value)
    assert raised.value.exit_code == ExitCode.USAGE


def hard_program() -> Program:
    """Dense enough that no solver ends at once."""
    random = np.random.default_rng(5)
    rows, count = 400, 900
    matrix = random.uniform(0, 5, (rows, count))
    at, column = np.nonzero(matrix > 1.0)
    terms = (term("spend", at, column, matrix[at, column]),)
    stated = at_most("limit", labels("r", rows), matrix.sum(axis=1), terms, MEANING)
    return assemble([columns(list(random.uniform(1, 2, count)), [10.0] * count)], [stated])


@pytest.mark.parametrize("solver", EACH_SOLVER)
def test_a_solve_out_of_time_gives_no_plan(solver: str):
    with pytest.raises(SolverLimit, match="allow more time"):
        pulp_bridge.solve_with(hard_program(), solver, time_limit=0.01)


def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Let another script answer in the place of PuLP."""
    (tmp_path / "child.py").write_text(script)
    monkeypatch.setattr(pulp_bridge, "_CHILD", tmp_path / "child.py")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_solver_that_crashes_takes_nothing_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    stand_in(monkeypatch, tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(pulp_bridge.SolverFailure, match="died of SIGSEGV") as raised:
        pulp_bridge.solve_with(every_kind_of_row(), "cbc")
    assert raised.value.exit_code == ExitCode.LIMIT


def test_the_last_words_of_a_solver_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    stand_in(monkeypatch, tmp_path, "raise SystemExit('no licence was found')")
    with pytest.raises(pulp_bridge.SolverFailure, match=r"ended with code 1 .* 'no licence was found'"):
        pulp_bridge.solve_with(every_kind_of_row(), "gurobi")


def test_a_solver_without_prices_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    script = (
        "import numpy as np\n"
        "numbers = {'values': np.ones(6), 'duals': np.full(8, np.nan)}\n"
        "np.savez('answer.npz', ending='Optimal', seconds=0.0, solver='none', **numbers)"
    )
    stand_in(monkeypatch, tmp_path, script)
    with pytest.raises(pulp_bridge.SolverFailure, match="'glpk' returns no prices"):
        pulp_bridge.solve_with(every_kind_of_row(), "glpk")


@pytest.mark.parametrize(
    ("ending", "error"),
    [
        ("Stopped", SolverLimit),
        ("TimeLimit", SolverLimit),
        ("NotSolved", SolverLimit),
        ("Undefined", pulp_bridge.SolverFailure),
        ("Infeasible", highs.ProvenInfeasible),
        ("Unbounded", highs.UnboundedProgram),
    ],
)
def test_nothing_but_a_proven_optimum_is_a_solution(
    ending: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    stand_in(monkeypatch, tmp_path, f"import numpy as np\nnp.savez('answer.npz', ending='{ending}')")
    with pytest.raises(error):
        pulp_bridge.solve_with(every_kind_of_row(), "highs")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_a_solver_that_hangs_is_killed_with_all_it_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    script = (
        "import pathlib, subprocess, sys, time\n"
        "worker = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(tmp_path / 'worker')!r}).write_text(str(worker.pid))\n"
        "time.sleep(60)\n"
    )
    stand_in(monkeypatch, tmp_path, script)
    monkeypatch.setattr(pulp_bridge, "GRACE", 2.0)
    began = time.monotonic()
    with pytest.raises(SolverLimit, match="was killed after"):
        pulp_bridge.solve_with(every_kind_of_row(), "highs", time_limit=0.1)
    assert time.monotonic() - began < 20.0
    worker = Path("/proc", (tmp_path / "worker").read_text())
    for _ in range(50):
        if not worker.exists() or ") Z " in (worker / "stat").read_text():
            return
        time.sleep(0.1)
    pytest.fail("the process that the solver started lives on")


@pytest.mark.parametrize("solver", ["highs", "no_such_solver"])
def test_no_files_are_left_behind(solver: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    try:
        pulp_bridge.solve_with(every_kind_of_row(), solver)
    except pulp_bridge.SolverMissing:
        assert solver == "no_such_solver"
    assert list(tmp_path.iterdir()) == []


def test_pulp_is_never_loaded_into_this_process():
    """PuLP 4 after HiGHS in one process ends in a crash."""
    script = (
        "import sys\n"
        "from optimizer.solve import pulp_bridge\n"
        "assert pulp_bridge.available_solvers()\n"
        "assert 'highspy' in sys.modules and 'pulp' not in sys.modules\n"
    )
    root = Path(pulp_bridge.__file__).parents[2]
    subprocess.run([sys.executable, "-c", script], cwd=root, check=True)


def read_back(path: Path) -> highspy.Highs:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    solver.run()
    return solver


@pytest.mark.parametrize("ending", ["lp", "mps", "LP"])
@pytest.mark.parametrize("seed", range(3))
def test_a_written_program_has_the_same_optimum(ending: str, seed: int, tmp_path: Path):
    program = random_program(seed)
    pulp_bridge.export(program, tmp_path / f"plan.{ending}")
    lower = tmp_path / f"plan_again.{ending.lower()}"
    (tmp_path / f"plan.{ending}").rename(lower)
    solver = read_back(lower)
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    assert solver.getObjectiveValue() == pytest.approx(highs.solve(program).objective, rel=1e-9)
    assert list(tmp_path.iterdir()) == [lower]


@pytest.mark.parametrize("ending", ["lp", "mps"])
def test_names_are_business_names_made_safe(ending: str, tmp_path: Path):
    places = grid({"location": ["North side", "São-Paul[o]"], "week": ["2026-10-05"]})
    block = ColumnBlock("spend", places, np.zeros(2), np.ones(2), np.array([1.0, 2.0]))
    terms = (term("spend", [0, 1], [0, 1], 1.0),)
    rows = [
        between("appointment_capacity", places, np.full(2, 0.25), np.full(2, 0.5), terms, MEANING),
        at_most("budget", grid({}), 0.75, [term("spend", 0, [0, 1], 1.0)], MEANING),
    ]
    pulp_bridge.export(assemble([block], rows), tmp_path / f"plan.{ending}")
    model = read_back(tmp_path / f"plan.{ending}").getLp()
    assert sorted(model.col_names_) == ["spend(North_side,2026_10_05)", "spend(S_o_Paul_o_,2026_10_05)"]
    assert sorted(model.row_names_) == [
        "appointment_capacity(North_side,2026_10_05)_lower",
        "appointment_capacity(North_side,2026_10_05)_upper",
        "appointment_capacity(S_o_Paul_o_,2026_10_05)_lower",
        "appointment_capacity(S_o_Paul_o_,2026_10_05)_upper",
        "budget()",
    ]


@pytest.mark.parametrize("ending", ["lp", "mps"])
def test_names_are_unique_and_short(ending: str, tmp_path: Path):
    members = ["a b", "a-b", "a_b", "x" * 400, "x" * 401, "x" * 402]
    block = ColumnBlock("spend", grid({"place": members}), np.zeros(6), np.ones(6), np.ones(6))
    labelled = between(
        "cap", block.labels, np.zeros(6), np.full(6, 0.5), (term("spend", range(6), range(6), 1.0),), MEANING
    )
    pulp_bridge.export(assemble([block], [labelled]), tmp_path / f"plan.{ending}")
    solver = read_back(tmp_path / f"plan.{ending}")
    names = [*solver.getLp().col_names_, *solver.getLp().row_names_]
    assert len(names) == len(set(names)) == 18
    assert max(map(len, names)) <= 255
    assert solver.getObjectiveValue() == pytest.approx(3.0)


@pytest.mark.parametrize("ending", ["lp", "mps"])
def test_a_written_limit_on_nothing_still_contradicts(ending: str, tmp_path: Path):
    program = assemble([columns([1.0], [9.0])], [row("odd", 1.0, np.inf, [0.0])])
    pulp_bridge.export(program, tmp_path / f"plan.{ending}")
    assert read_back(tmp_path / f"plan.{ending}").getModelStatus() == highspy.HighsModelStatus.kInfeasible


@pytest.mark.parametrize("name", ["plan.txt", "plan", "plan.lp.gz"])
def test_other_endings_are_refused(name: str, tmp_path: Path):
    with pytest.raises(UsageError, match=r"ending \.lp or \.mps"):
        pulp_bridge.export(every_kind_of_row(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_an_error_that_names_the_file(tmp_path: Path):
    with pytest.raises(StorageError, match=r"nowhere/plan\.lp' cannot be written"):
        pulp_bridge.export(every_kind_of_row(), tmp_path / "nowhere" / "plan.lp")


def test_a_failed_write_leaves_the_old_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    target = tmp_path / "out" / "plan.lp"
    target.parent.mkdir()
    target.write_text("old")
    stand_in(monkeypatch, tmp_path, "raise SystemExit(3)")
    with pytest.raises(pulp_bridge.SolverFailure):
        pulp_bridge.export(every_kind_of_row(), target)
    assert target.read_text() == "old"
    assert list(target.parent.iterdir()) == [target]


def test_a_row_with_two_limits_beside_an_equality():
    """x + y within 2 and 8, x - y = 1, worth 3 and 1: (4.5, 3.5); half of each more unit goes to either side."""
    rows = [
        row("range", 2.0, 8.0, [1.0, 1.0]),
        equal("flow", labels("e", 1), 1.0, [term("spend", 0, [0, 1], [1.0, -1.0])], MEANING),
    ]
    program = assemble([columns([3.0, 1.0], [20.0, 20.0])], rows)
    solution = pulp_bridge.solve_with(program, "highs")
    assert solution.values == pytest.approx([4.5, 3.5])
    assert solution.prices == pytest.approx([2.0, 1.0])


def knapsack() -> Program:
    """Things of weight 3, 4, 5 and 6 worth 4, 5, 6.5 and 8.1, whole or not at all, and filling worth 0.5 a unit."""
    worth = np.array([4.0, 5.0, 6.5, 8.1])
    things = ColumnBlock("take", labels("t", 4), np.zeros(4), np.ones(4), worth, whole=True)
    terms = [term("take", 0, np.arange(4), [3.0, 4.0, 5.0, 6.0]), term("spend", 0, 0, 1.0)]
    return assemble(
        [things, columns([0.5], [2.0])], [at_most("room", labels("r", 1), 10.0, terms, MEANING)], offset=1.0
    )


@pytest.mark.parametrize("solver", EACH_SOLVER)
def test_whole_numbers_agree_and_are_fixed_for_the_prices(solver: str) -> None:
    """5 + 8.1 in a room of 10, and 1 to begin with; the prices are those of the linear program that is left."""
    program = knapsack()
    one, other = highs.solve(program), pulp_bridge.solve_with(program, solver)
    assert certify(other).gap == pytest.approx(0, abs=1e-6)
    assert other.objective == pytest.approx(one.objective) == pytest.approx(14.1)
    assert other.program.column_block("take").upper.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("ending", [".lp", ".mps"])
def test_files_say_which_columns_are_whole(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"program{ending}"
    pulp_bridge.export(knapsack(), path)
    reader = highspy.Highs()
    reader.setOptionValue("output_flag", False)
    reader.readModel(str(path))
    kinds = {reader.getColName(at)[1]: reader.getColIntegrality(at)[1] for at in range(reader.getNumCol())}
    whole = {name for name, kind in kinds.items() if kind == highspy.HighsVarType.kInteger}
    assert whole == {name for name in kinds if name.startswith("take")}
    reader.run()
    assert abs(reader.getInfo().objective_function_value) == pytest.approx(14.1)
