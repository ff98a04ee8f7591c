from dataclasses import replace

import numpy as np
import pytest

from optimizer.errors import ExitCode, InfeasiblePlan, VerificationError
from optimizer.lp.blocks import ColumnBlock, Labels, Meaning, RowBlock, at_most, equal, grid, term
from optimizer.lp.certificate import certify
from optimizer.lp.program import Program, assemble
from optimizer.solve.highs import ProvenInfeasible, solve
from optimizer.solve.infeasible import MOST_LINES, explain_infeasible

CAMPAIGNS = {"campaign": ["a", "b", "c"]}


def meaning(limit: str, cost: float = 1.0, unit: str = "money") -> Meaning:
    return Meaning(limit, "price", unit, cost)


def spend(labels: Labels, upper: float = 1000.0) -> ColumnBlock:
    count = len(labels)
    return ColumnBlock("spend", labels, np.zeros(count), np.full(count, upper), np.ones(count), 16.0)


def at_least(name: str, labels: Labels, lower: list[float], columns: list[int], stated: Meaning) -> RowBlock:
    terms = (term("spend", np.arange(len(labels)), columns, 1.0),)
    return RowBlock(name, labels, np.array(lower), np.full(len(labels), np.inf), terms, stated, 16.0)


def floors_and_budget(floor_cost: float = 1.0, budget_cost: float = 1.0) -> Program:
    """Floors of 50, 60 and 70 against a budget of 150, beside a limit that has nothing to do with it."""
    labels = grid(CAMPAIGNS)
    rows = [
        at_most("cap", labels, 900.0, [term("spend", [0, 1, 2], [0, 1, 2], 1.0)], meaning("the ceiling of {campaign}")),
        at_most("budget", grid({}), 150.0, [term("spend", 0, [0, 1, 2], 1.0)], meaning("the budget", budget_cost)),
        at_least("floor", labels, [50.0, 60.0, 70.0], [0, 1, 2], meaning("the floor of {campaign}", floor_cost)),
    ]
    return assemble([spend(labels)], rows)


def is_impossible(program: Program) -> bool:
    try:
        certify(solve(program))
    except ProvenInfeasible:
        return True
    return False


def eased(program: Program, found: InfeasiblePlan) -> Program:
    """The program after its rows gave way as told."""
    given = {relaxation.limit: relaxation.amount for relaxation in found.relaxations}
    rows = []
    for block in program.rows:
        texts = [block.meaning.limit.format(**block.labels.at(position)) for position in range(len(block))]
        amount = np.array([given.pop(text, 0.0) * (1 + 1e-9) for text in texts])
        rows.append(replace(block, lower=block.lower - amount, upper=block.upper + amount))
    assert not given, "every relaxation names a row"
    return replace(program, rows=tuple(rows))


def test_floors_above_the_budget():
    """The known answer: the conflict is the budget and the three floors, 30 is the cheapest way out."""
    program = floors_and_budget()
    assert is_impossible(program)
    found = explain_infeasible(program)
    assert found.exit_code == ExitCode.INFEASIBLE
    assert sorted(found.conflict) == ["the budget", "the floor of a", "the floor of b", "the floor of c"]
    assert sum(relaxation.amount for relaxation in found.relaxations) == pytest.approx(30.0)
    assert {relaxation.unit for relaxation in found.relaxations} == {"money"}
    assert not is_impossible(eased(program, found))


def test_the_cheaper_limit_gives_way():
    found = explain_infeasible(floors_and_budget(floor_cost=2.0))
    assert [relaxation.limit for relaxation in found.relaxations] == ["the budget"]
    assert found.relaxations[0].amount == pytest.approx(30.0)
    found = explain_infeasible(floors_and_budget(budget_cost=2.0))
    assert all(relaxation.limit.startswith("the floor") for relaxation in found.relaxations)


def test_less_than_the_cheapest_way_out_is_not_enough():
    program = floors_and_budget()
    found = explain_infeasible(program)
    less = [replace(relaxation, amount=relaxation.amount * 0.999) for relaxation in found.relaxations]
    assert is_impossible(eased(program, InfeasiblePlan(found.conflict, less)))


def only(program: Program, names: set[str]) -> Program:
    """The program with only those of its movable limits that are named."""
    rows = []
    for block in program.rows:
        texts = [block.meaning.limit.format(**block.labels.at(position)) for position in range(len(block))]
        out = np.array([block.meaning.soft_cost > 0 and text not in names for text in texts])
        limits = {"lower": np.where(out, -np.inf, block.lower), "upper": np.where(out, np.inf, block.upper)}
        rows.append(replace(block, **limits))
    return replace(program, rows=tuple(rows))


def random_conflict(seed: int) -> Program:
    """Random floors and ceilings on random sums of six columns, beside two equalities; ends of columns far away."""
    random = np.random.default_rng(seed)
    labels = grid({"sum": [str(position) for position in range(12)]})
    matrix = random.uniform(0.5, 2.0, (14, 6)) * (random.random((14, 6)) < 0.4)
    row, column = np.nonzero(matrix[:12])
    middle = random.uniform(0, 300, 12)
    floor = random.random(12) < 0.5
    limits = np.where(floor, middle, -np.inf), np.where(floor, np.inf, middle)
    movable = RowBlock(
        "sum", labels, *limits, (term("spend", row, column, matrix[row, column]),), meaning("sum {sum}"), 4.0
    )
    fixed_row, fixed_column = np.nonzero(matrix[12:])
    coefficients = matrix[12 + fixed_row, fixed_column] * np.where(fixed_column % 2, 1.0, -1.0)
    fixed = [term("spend", fixed_row, fixed_column, coefficients)]
    pair = grid({"pair": ["0", "1"]})
    return assemble(
        [spend(grid({"campaign": list("abcdef")}), 1e5)],
        [movable, equal("fixed", pair, 0.0, fixed, meaning("fixed", 0.0))],
    )


CONFLICTS = [seed for seed in range(60) if is_impossible(random_conflict(seed))][:15]


def test_there_are_random_conflicts():
    assert len(CONFLICTS) == 15


@pytest.mark.parametrize("make", [floors_and_budget, *(lambda seed=seed: random_conflict(seed) for seed in CONFLICTS)])
def test_the_conflict_is_one_and_each_limit_of_it_is_needed(make):
    program = make()
    found = explain_infeasible(program)
    names = {name for name in found.conflict if not name.startswith("the most that")}
    assert is_impossible(only(program, names))
    for name in names:
        assert not is_impossible(only(program, names - {name}))
    assert not is_impossible(eased(program, found))


def visits_against_slots() -> Program:
    """Visits are 0.1 of spend by arithmetic; 40 visits are wanted where 25 slots are open."""
    labels = grid({"place": ["north"]})
    visits = ColumnBlock("visits", labels, np.zeros(1), np.full(1, 500.0), np.full(1, 9.0))
    flow = [term("spend", 0, 0, 0.1), term("visits", 0, 0, -1.0)]
    target = (term("visits", 0, 0, 1.0),)
    rows = [
        equal("flow", labels, 0.0, flow, meaning("the arithmetic of {place}", 0.0)),
        at_most("slots", labels, 25.0, [term("visits", 0, 0, 1.0)], meaning("slots of {place}", 100.0, "slot")),
        RowBlock("target", labels, np.array([40.0]), np.array([np.inf]), target, meaning("visits of {place}", 90.0)),
    ]
    return assemble([spend(labels), visits], rows)


def test_arithmetic_neither_gives_way_nor_is_told():
    program = visits_against_slots()
    found = explain_infeasible(program)
    assert sorted(found.conflict) == ["slots of north", "visits of north"]
    assert [(relaxation.limit, relaxation.unit) for relaxation in found.relaxations] == [("visits of north", "money")]
    assert found.relaxations[0].amount == pytest.approx(15.0)
    assert not is_impossible(eased(program, found))


def test_the_end_of_a_column_can_be_part_of_the_conflict():
    """A floor of 50 where the curve ends at 30."""
    labels = grid({"campaign": ["a"]})
    program = assemble(
        [spend(labels, 30.0)], [at_least("floor", labels, [50.0], [0], meaning("the floor of {campaign}"))]
    )
    found = explain_infeasible(program)
    assert sorted(found.conflict) == ["the floor of a", "the most that 'spend' can be"]
    assert found.relaxations[0].amount == pytest.approx(20.0)
    assert not is_impossible(eased(program, found))


def test_a_column_held_at_zero_is_told_too():
    labels = grid({"campaign": ["a"]})
    program = assemble(
        [spend(labels, 0.0)], [at_least("floor", labels, [5.0], [0], meaning("the floor of {campaign}"))]
    )
    assert "the most that 'spend' can be" in explain_infeasible(program).conflict


def weekly(weeks: int, floor: float) -> Program:
    """One campaign with a floor in every week and a budget of 100 for all weeks."""
    labels = grid({"campaign": ["a"], "week": [f"2026-W{week:02d}" for week in range(1, weeks + 1)]})
    every = list(range(weeks))
    rows = [
        at_most("budget", grid({}), 100.0, [term("spend", 0, every, 1.0)], meaning("the budget")),
        at_least("floor", labels, [floor] * weeks, every, meaning("the floor of {campaign} in the week of {week}")),
    ]
    return assemble([spend(labels)], rows)


def test_many_weeks_are_told_in_one_line():
    """13 floors of 8 are 104; twelve of them would fit."""
    found = explain_infeasible(weekly(13, 8.0))
    assert found.conflict == ("the budget", "the floor of a in the week of 2026-W01, and so on in 13 weeks")
    assert sum(relaxation.amount for relaxation in found.relaxations) == pytest.approx(4.0)
    assert not is_impossible(eased(weekly(13, 8.0), found))


def test_few_weeks_are_told_one_by_one():
    assert len(explain_infeasible(weekly(4, 26.0)).conflict) == 5


def test_conflicts_side_by_side_are_not_mixed_up():
    """Every place has its own cap below its floor: one conflict of two limits, and all ways out."""
    labels = grid({"place": ["north", "south", "west"]})
    rows = [
        at_most("cap", labels, 10.0, [term("spend", [0, 1, 2], [0, 1, 2], 1.0)], meaning("the cap of {place}")),
        at_least("floor", labels, [12.0, 15.0, 13.0], [0, 1, 2], meaning("the floor of {place}")),
    ]
    program = assemble([spend(labels)], rows)
    found = explain_infeasible(program)
    assert found.conflict == ("the cap of south", "the floor of south")
    assert sum(relaxation.amount for relaxation in found.relaxations) == pytest.approx(10.0)
    assert len(found.relaxations) == 3
    assert not is_impossible(eased(program, found))


def test_long_conflicts_are_cut_and_the_rest_is_counted():
    labels = grid({"campaign": [f"c{position:02d}" for position in range(40)]})
    rows = [
        at_most("budget", grid({}), 395.0, [term("spend", 0, np.arange(40), 1.0)], meaning("the budget")),
        at_least("floor", labels, [10.0] * 40, list(range(40)), meaning("the floor of {campaign}")),
    ]
    found = explain_infeasible(assemble([spend(labels)], rows))
    assert len(found.conflict) == 1 + MOST_LINES + 1
    assert found.conflict[-1] == f"{40 - MOST_LINES} more like the last"


def test_contradicting_arithmetic_is_said_plainly():
    labels = grid({"campaign": ["a"]})
    rows = [
        equal("one", labels, 1.0, [term("spend", 0, 0, 1.0)], meaning("fixed", 0.0)),
        equal("two", labels, 2.0, [term("spend", 0, 0, 1.0)], meaning("fixed too", 0.0)),
        at_most("budget", labels, 9.0, [term("spend", 0, 0, 1.0)], meaning("the budget")),
    ]
    found = explain_infeasible(assemble([spend(labels)], rows))
    assert found.relaxations == ()
    assert "even if every limit that can move gives way" in found.conflict[0]


def test_a_possible_program_is_not_called_impossible():
    program = floors_and_budget()
    roomy = replace(program.row_block("budget"), upper=np.array([200.0]))
    rows = tuple(roomy if block.name == "budget" else block for block in program.rows)
    with pytest.raises(VerificationError, match="a plan that breaks none of them exists"):
        explain_infeasible(replace(program, rows=rows))


def whole_or_nothing(budget: float) -> Program:
    """a spends 100 or nothing, b up to 60; together at least 50 and at most the budget, and b at most 30."""
    labels, one = grid({"campaign": ["a", "b"]}), grid({})
    run = ColumnBlock("run", one, np.zeros(1), np.ones(1), np.zeros(1), whole=True)
    together = (term("spend", 0, [0, 1], 1.0),)
    rows = [
        at_most("budget", one, budget, together, meaning("the budget")),
        RowBlock("goal", one, np.array([50.0]), np.array([np.inf]), together, meaning("the goal")),
        at_most("cap", one, 30.0, [term("spend", 0, 1, 1.0)], meaning("the ceiling of b")),
        at_most("most", one, 0.0, [term("spend", 0, 0, 1.0), term("run", 0, 0, -100.0)], meaning("run", 0.0)),
        RowBlock(
            "least",
            one,
            np.zeros(1),
            np.array([np.inf]),
            (term("spend", 0, 0, 1.0), term("run", 0, 0, -100.0)),
            meaning("the least at which a runs", 2.0),
        ),
        at_most("other", labels, 900.0, [term("spend", [0, 1], [0, 1], 1.0)], meaning("the end of {campaign}")),
    ]
    return assemble([spend(labels), run], rows)


def test_a_conflict_of_whole_numbers_is_named():
    """With any share of a, 20 of it and 30 of b reach the goal within 90. Whole, a is 0 or 100: 30 < 50, 100 > 90.

    Cheapest way out: the budget gives 10, cheaper than the goal's 20 or 2 * 10 of a's least.
    """
    program = whole_or_nothing(90.0)
    assert not is_impossible(program.relaxed())
    assert is_impossible(program)
    found = explain_infeasible(program)
    assert sorted(found.conflict) == ["the budget", "the ceiling of b", "the goal", "the least at which a runs"]
    assert [(gift.limit, gift.amount) for gift in found.relaxations] == [("the budget", pytest.approx(10.0))]


def test_a_conflict_without_the_whole_numbers_is_told_without_them():
    """A budget of 40 is below the goal of 50, whole numbers or not."""
    found = explain_infeasible(whole_or_nothing(40.0))
    assert sorted(found.conflict) == ["the budget", "the goal"]


def test_whole_numbers_with_a_plan_are_no_conflict():
    with pytest.raises(VerificationError):
        explain_infeasible(whole_or_nothing(100.0))
