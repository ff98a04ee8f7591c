import highspy
import numpy as np
import pytest

from optimizer.errors import ExitCode, OptimizerError, SolverLimit
from optimizer.lp.blocks import ColumnBlock, Meaning, at_most, between, equal, grid, term
from optimizer.lp.certificate import certify
from optimizer.lp.program import Program, assemble
from optimizer.lp.solution import Solution
from optimizer.solve import highs

MEANING = Meaning("limit", "price", "unit")


def labels(name: str, count: int):
    return grid({name: [str(position) for position in range(count)]})


def columns(worth: list[float], upper: list[float], scale: float = 1.0) -> ColumnBlock:
    return ColumnBlock("spend", labels("c", len(worth)), np.zeros(len(worth)), np.array(upper), np.array(worth), scale)


def solved(program: Program) -> Solution:
    solution = highs.solve(program)
    certify(solution)
    return solution


def with_budget(budget: float, scale: float = 1.0) -> Program:
    """Three curves' steps of worth 3, 2, 1 and width 10 under one budget."""
    rows = [at_most("budget", labels("b", 1), budget, [term("spend", 0, [0, 1, 2], 1.0)], MEANING, scale)]
    return assemble([columns([3.0, 2.0, 1.0], [10.0] * 3, scale)], rows, offset=5.0, value_scale=scale * 2.0)


@pytest.mark.parametrize("scale", [1.0, 1024.0, 2.0**-5])
def test_budget_goes_to_the_best_steps_and_is_priced_by_the_one_it_cuts(scale: float):
    """15 of budget: 10 into the first step, 5 into the second, of which one more unit adds 2."""
    solution = solved(with_budget(15.0, scale))
    assert solution.of("spend") == pytest.approx([10.0, 5.0, 0.0])
    assert solution.objective == pytest.approx(5.0 + 30.0 + 10.0)
    assert solution.price_of("budget") == pytest.approx([2.0])
    assert solution.reduced_of("spend") == pytest.approx([1.0, 0.0, -1.0])


def test_a_budget_that_is_not_used_up_has_no_price():
    solution = solved(with_budget(100.0))
    assert solution.price_of("budget") == pytest.approx([0.0])
    assert solution.reduced_of("spend") == pytest.approx([3.0, 2.0, 1.0])


def test_a_floor_has_a_negative_price():
    """Raising the floor of the worthless column by one takes one unit from the column worth 3: -3 + 1 = -2."""
    rows = [
        at_most("budget", labels("b", 1), 10.0, [term("spend", 0, [0, 1], 1.0)], MEANING),
        between("floor", labels("f", 1), np.array([4.0]), np.array([np.inf]), (term("spend", 0, 1, 1.0),), MEANING),
    ]
    solution = solved(assemble([columns([3.0, 1.0], [20.0, 20.0])], rows))
    assert solution.of("spend") == pytest.approx([6.0, 4.0])
    assert solution.price_of("budget") == pytest.approx([3.0])
    assert solution.price_of("floor") == pytest.approx([-2.0])


@pytest.mark.parametrize(("worth", "price"), [(3.0, 3.0), (-3.0, -3.0)])
def test_an_equality_is_priced_by_what_one_more_unit_does(worth: float, price: float):
    rows = [equal("flow", labels("e", 1), 4.0, [term("spend", 0, 0, 1.0)], MEANING)]
    solution = solved(assemble([columns([worth], [20.0])], rows))
    assert solution.objective == pytest.approx(4.0 * worth)
    assert solution.price_of("flow") == pytest.approx([price])


@pytest.mark.parametrize(("worth", "value", "price"), [(2.0, 8.0, 2.0), (-2.0, 3.0, -2.0)])
def test_a_row_with_two_limits_is_priced_at_the_one_that_binds(worth: float, value: float, price: float):
    rows = [
        between("range", labels("r", 1), np.array([3.0]), np.array([8.0]), (term("spend", 0, 0, 1.0),), MEANING, 4.0)
    ]
    solution = solved(assemble([columns([worth], [20.0])], rows))
    assert solution.of("spend") == pytest.approx([value])
    assert solution.price_of("range") == pytest.approx([price])


def test_share_rules_have_the_known_optimum_and_prices():
    """Known optimum (275,000, 200,000, 25,000), 107,250; one more of budget 0.2185, of the share limit 0.07."""
    names = grid({"rule": ["budget", "share_max", "share_min", "b", "c", "impressions"]})
    matrix = np.array(
        [[1, 1, 1], [0.45, -0.55, -0.55], [-0.55, 0.45, 0.45], [0, -1, 0], [0, 0, -1], [-29.41, -40, -62.5]]
    )
    row, column = np.nonzero(matrix)
    upper = np.array([500e3, 0.0, 0.0, -50e3, -25e3, -15e6])
    rows = [at_most("rule", names, upper, [term("spend", row, column, matrix[row, column])], MEANING, 1024.0)]
    solution = solved(assemble([columns([0.25, 0.18, 0.10], [500e3] * 3, 1024.0)], rows, value_scale=1024.0))
    assert solution.values == pytest.approx([275e3, 200e3, 25e3])
    assert solution.objective == pytest.approx(107_250)
    assert solution.prices == pytest.approx([0.2185, 0.07, 0.0, 0.0, 0.08, 0.0], abs=1e-9)


def test_a_program_without_rows_takes_every_column_to_its_better_end():
    assert solved(assemble([columns([3.0, -1.0], [2.0, 2.0])], [])).values == pytest.approx([2.0, 0.0])


def test_tiny_coefficients_are_not_dropped():
    """2e-11 leads per unit of money: the limit of 1e-9 leads allows 50 units."""
    rows = [at_most("leads", labels("l", 1), 1e-9, [term("spend", 0, 0, 2e-11)], MEANING, 2.0**-30)]
    assert solved(assemble([columns([1.0], [1000.0])], rows)).values == pytest.approx([50.0], rel=1e-6)


def random_program(seed: int, rows: int, count: int) -> Program:
    """A feasible program: limits lie around the activity of a random point."""
    random = np.random.default_rng(seed)
    matrix = random.uniform(-1, 5, (rows, count)) * (random.random((rows, count)) < 0.3)
    activity = matrix @ random.uniform(0, 10, count)
    upper = activity + random.uniform(0, 3, rows)
    lower = np.where(random.random(rows) < 0.5, activity - random.uniform(0, 3, rows), -np.inf)
    row, column = np.nonzero(matrix)
    terms = (term("spend", row, column, matrix[row, column]),)
    block = columns(list(random.normal(size=count)), [10.0] * count, 4.0)
    return assemble([block], [between("limit", labels("r", rows), lower, upper, terms, MEANING, 16.0)])


@pytest.mark.parametrize("seed", range(10))
def test_a_price_is_the_change_of_the_optimum_in_the_direction_that_hurts(seed: int):
    """Value is concave in a limit, so taking a little away loses at least the price of it and adding gains at most."""
    program = random_program(seed, 12, 20)
    session = highs.Session(program)
    solution = session.solve()
    certify(solution)
    step = 1e-4
    for row in np.flatnonzero(solution.prices > 1e-7):
        limit = program.row_upper[row]
        less = session.objective_with_limits(np.array([row]), np.array([limit - step]))
        more = session.objective_with_limits(np.array([row]), np.array([limit + step]))
        price = solution.prices[row]
        assert (solution.objective - less) / step >= price - 1e-5
        assert (more - solution.objective) / step <= price + 1e-5


@pytest.mark.parametrize("seed", range(5))
def test_a_hot_solve_equals_a_cold_one_and_puts_limits_back(seed: int):
    program = random_program(seed, 15, 25)
    session = highs.Session(program)
    before = session.solve().objective
    row = np.array([0])
    changed = program.row_upper[row] + 0.5
    upper = program.row_upper.copy()
    upper[0] = changed[0]
    block = program.stated("limit")
    cold = assemble(program.columns, [between("limit", block.labels, block.lower, upper, block.terms, MEANING, 16.0)])
    assert session.objective_with_limits(row, changed) == pytest.approx(highs.solve(cold).objective, abs=1e-7)
    assert session.solve().objective == pytest.approx(before, abs=1e-9)


def test_contradicting_limits_are_proven():
    rows = [
        at_most("cap", labels("a", 1), 1.0, [term("spend", 0, 0, 1.0)], MEANING),
        between("floor", labels("f", 1), np.array([2.0]), np.array([np.inf]), (term("spend", 0, 0, 1.0),), MEANING),
    ]
    with pytest.raises(highs.ProvenInfeasible) as raised:
        highs.solve(assemble([columns([1.0], [9.0])], rows))
    assert raised.value.exit_code == ExitCode.INFEASIBLE


def test_limits_are_put_back_even_if_the_changed_ones_contradict():
    rows = [
        at_most("cap", labels("a", 1), 3.0, [term("spend", 0, 0, 1.0)], MEANING),
        between("floor", labels("f", 1), np.array([2.0]), np.array([np.inf]), (term("spend", 0, 0, 1.0),), MEANING),
    ]
    session = highs.Session(assemble([columns([1.0], [9.0])], rows))
    with pytest.raises(highs.ProvenInfeasible):
        session.objective_with_limits(np.array([0]), np.array([1.0]))
    assert session.solve().objective == pytest.approx(3.0)


def test_a_solve_out_of_time_gives_no_plan():
    with pytest.raises(SolverLimit, match="allow more time") as raised:
        highs.solve(random_program(0, 800, 1500), time_limit=1e-3)
    assert raised.value.exit_code == ExitCode.LIMIT


def test_a_solver_version_known_to_be_wrong_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(highspy.Highs, "version", lambda self: "1.14.0")
    with pytest.raises(OptimizerError, match=r"HiGHS 1\.14\.0 is installed; at least 1\.15\.1 is needed"):
        highs.Session(with_budget(1.0))


def knapsack(room: float = 10.0) -> Program:
    """Things of weight 3, 4, 5 and 6 worth 4, 5, 6.5 and 8.1, whole or not at all, and filling worth 0.5 a unit."""
    things = ColumnBlock("take", labels("t", 4), np.zeros(4), np.ones(4), np.array([4.0, 5.0, 6.5, 8.1]), whole=True)
    weight = [term("take", 0, np.arange(4), [3.0, 4.0, 5.0, 6.0]), term("fill", 0, 0, 1.0)]
    filling = ColumnBlock("fill", labels("f", 1), np.zeros(1), np.full(1, 2.0), np.full(1, 0.5))
    return assemble([things, filling], [at_most("room", labels("r", 1), room, weight, MEANING)])


def test_whole_numbers_are_chosen_and_then_priced_as_they_are():
    """In 10 the second and fourth are best: 5 + 8.1 = 13.1, against 12.1 of first and fourth with 1 left for 0.5.

    One more unit of room is filled at 0.5; another choice, worth 14.6 from 11 on, is not part of the price.
    """
    session = highs.Session(knapsack())
    solution = session.solve()
    assert certify(solution).gap == pytest.approx(0, abs=1e-9)
    assert solution.of("take").tolist() == [0, 1, 0, 1]
    assert solution.objective == pytest.approx(13.1)
    assert solution.price_of("room") == pytest.approx([0.5])
    assert session.objective_with_limits(np.array([0]), np.array([11.0])) == pytest.approx(13.6)
    assert highs.solve(knapsack(11.0)).objective == pytest.approx(6.5 + 8.1)


def test_the_solution_is_of_the_program_with_the_whole_columns_fixed():
    solution = highs.solve(knapsack())
    assert solution.program.column_block("take").lower.tolist() == [0, 1, 0, 1]
    assert solution.program.column_block("take").upper.tolist() == [0, 1, 0, 1]
    assert solution.program.column_block("fill").upper.tolist() == [2]


def test_a_search_may_start_anywhere_and_be_repeated():
    session, narrow = highs.Session(knapsack()), highs.solve(knapsack(8.0))
    assert narrow.of("take").tolist() == [1, 0, 1, 0]
    assert session.solve(start=narrow).objective == pytest.approx(13.1)
    assert session.solve().objective == pytest.approx(13.1)


def test_a_search_begins_within_rows_of_whole_columns_alone():
    """Two of three may be taken, each filled up to 4: the two worth most, 5 and 4, though all three would be best."""
    things = ColumnBlock("take", labels("t", 3), np.zeros(3), np.ones(3), np.zeros(3), whole=True)
    each = np.arange(3)
    rows = [
        at_most("fill", labels("f", 3), 0.0, [term("fill", each, each, 1.0), term("take", each, each, -4.0)], MEANING),
        at_most("count", labels("c", 1), 2.0, [term("take", 0, each, 1.0)], MEANING),
    ]
    filling = ColumnBlock("fill", labels("x", 3), np.zeros(3), np.full(3, 4.0), np.array([3.0, 5.0, 4.0]))
    program = assemble([things, filling], rows)
    assert highs._allowed(program, np.ones(3), np.array([0.1, 1.0, 0.9])).tolist() == [0, 1, 1]
    assert highs.solve(program).objective == pytest.approx(4 * (5 + 4))


def hard_knapsack() -> Program:
    """200 things of about the same worth by weight in 40 scales at once: no search ends in a second."""
    random = np.random.default_rng(0)
    weight = random.integers(10, 100, (40, 200)).astype(float)
    worth = weight.mean(axis=0) + 3 * random.normal(size=200)
    row, column = np.nonzero(weight)
    rows = [
        at_most("room", labels("r", 40), weight.sum(axis=1) / 2, [term("take", row, column, weight.ravel())], MEANING)
    ]
    return assemble([ColumnBlock("take", labels("t", 200), np.zeros(200), np.ones(200), worth, whole=True)], rows)


def test_a_search_out_of_time_ends_with_the_best_it_found():
    solution = highs.solve(hard_knapsack(), time_limit=1.0)
    certify(solution)
    assert (solution.values == np.rint(solution.values)).all()
    assert 0 < solution.objective < highs.solve(hard_knapsack().relaxed()).objective


def test_a_search_out_of_time_with_nothing_found_gives_no_plan():
    """Half of all weight to the gram in each of 40 scales: nothing is found in a moment."""
    (things,), room = hard_knapsack().columns, hard_knapsack().stated("room")
    exact = equal("room", room.labels, np.floor(room.upper), room.terms, MEANING)
    with pytest.raises(SolverLimit, match="allow more time"):
        highs.solve(assemble([things], [exact]), time_limit=0.2)


def test_the_time_of_one_solve_is_not_taken_from_the_next():
    program = hard_knapsack()
    session = highs.Session(program, time_limit=0.5)
    session.solve()
    row = np.array([0])
    assert np.isfinite(session.objective_with_limits(row, program.row_upper[row] + 1.0))


@pytest.mark.parametrize("seed", range(3))
def test_a_session_that_slept_goes_on_where_it_stood(seed: int):
    program = random_program(seed, 15, 25)
    session, other = highs.Session(program), highs.Session(program)
    before = session.solve()
    other.solve()
    stood = session.sleep()
    assert stood.columns.tolist() == session.basis().columns.tolist()
    again = session.again()
    assert again.iterations == 0
    assert again.values == pytest.approx(before.values, abs=1e-9)
    upper = program.row_upper + 0.25
    session.sleep()
    assert session.with_limits(program.row_lower, upper).objective == pytest.approx(
        other.with_limits(program.row_lower, upper).objective, abs=1e-9
    )
    session.sleep()  # with the limits that stay
    assert session.again().objective == pytest.approx(highs.solve(session.program).objective, abs=1e-9)


def test_whole_numbers_stay_as_they_were_after_sleep():
    session = highs.Session(hard_knapsack(), time_limit=0.5)
    chosen = session.solve()
    session.sleep()
    assert session.again().values == pytest.approx(chosen.values, abs=1e-9)


def test_a_run_that_gets_stuck_begins_again_without_its_basis(monkeypatch: pytest.MonkeyPatch):
    """Once, and not for ever."""
    program = random_program(3, 15, 25)
    session = highs.Session(program)
    known = session.solve()
    session.begin_at(session.basis())
    status, cleared = highspy.Highs.getModelStatus, list[bool]()
    monkeypatch.setattr(highspy.Highs, "clearSolver", lambda solver: cleared.append(True))

    def stuck(solver: highspy.Highs, until: int) -> highspy.HighsModelStatus:
        return status(solver) if len(cleared) >= until else highspy.HighsModelStatus.kSolveError

    monkeypatch.setattr(highspy.Highs, "getModelStatus", lambda solver: stuck(solver, 1))
    assert session.solve().objective == pytest.approx(known.objective, rel=1e-12)
    assert cleared == [True]
    monkeypatch.setattr(highspy.Highs, "getModelStatus", lambda solver: stuck(solver, 9))
    with pytest.raises(OptimizerError, match="the solver ended with"):
        session.solve()
    assert cleared == [True, True]


def test_limits_that_stay_are_those_of_the_program_and_are_solved_like_new():
    """Down and up again: every answer is the one of a new session, and carries its own limits."""
    program = with_budget(25.0)
    session = highs.Session(program)
    session.solve()
    for share in (0.5, 0.8, 1.0):
        upper = np.where(np.isfinite(program.row_upper), program.row_upper * share, program.row_upper)
        warm = session.with_limits(program.row_lower, upper)
        cold = highs.solve(program.with_limits(program.row_lower, upper))
        assert warm.objective == pytest.approx(cold.objective, rel=1e-9)
        assert np.array_equal(warm.program.row_upper, upper)
        assert certify(warm).gap <= certify(warm).allowed_gap
