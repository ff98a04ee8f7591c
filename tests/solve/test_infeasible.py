from dataclasses import replace

import numpy as np
import pytest

from optimizer.lp.blocks import ColumnBlock, Labels, Meaning, RowBlock, at_most, between, equal, grid, term
from optimizer.lp.certificate import certify
from optimizer.lp.program import Program, assemble
from optimizer.solve.highs import ProvenInfeasible, solve
from optimizer.solve.infeasible import find_conflict
from optimizer.solve.levers import Lever, moved
from optimizer.solve.ways_out import WaysOut

CAMPAIGNS = {"campaign": ["a", "b", "c"]}
ENDS = "the ends of columns"
CENT = 0.01


def text(program: Program, row: int) -> str:
    block, position = program.row_at(row)
    return block.meaning.limit.format(**block.labels.at(position))


def lever(rows: list[int], *, lower: bool, cost: float, step: float = CENT, **more: list[float] | float) -> Lever:
    """One number that holds one side of some rows, unit for unit."""
    size = len(rows)
    given = {"each": 1.0, "idle": 0.0, "most": np.inf, "number": 0, **more}
    parts = {name: np.broadcast_to(np.asarray(value, dtype=float), (size,)) for name, value in given.items()}
    parts["number"] = parts["number"].astype(np.int64)
    return Lever(np.array(rows), np.full(size, lower), cost=cost, step=step, **parts)


def levers(program: Program) -> list[Lever]:
    """Every side of every row that people may move, as a lever of its own."""
    found = []
    for row in range(len(program.row_lower)):
        cost = program.row_at(row)[0].meaning.soft_cost
        sides = [(True, program.row_lower[row]), (False, program.row_upper[row])]
        found += [lever([row], lower=lower, cost=cost) for lower, limit in sides if cost and np.isfinite(limit)]
    return found


class Explained:
    """What is found of a program without a plan, in the words of its rows."""

    def __init__(self, program: Program) -> None:
        given = levers(program)
        self.ways = WaysOut(program, given)
        names = [text(program, int(each.rows[0])) for each in given]
        found = find_conflict(program, self.ways)
        assert found is not None
        self.conflict = sorted([*(names[place] for place in found.levers), *([ENDS] if found.ends else [])])
        moves = self.ways.together() or {}
        self.moves = moves
        self.gives = {names[place]: float(amounts.sum()) for place, amounts in moves.items()}
        alone = {place: self.ways.alone(place) for place in found.levers}
        self.alone = {names[place]: None if gift is None else float(gift.sum()) for place, gift in alone.items()}

    def eased(self, share: float = 1.0) -> Program:
        """The program after its rows gave a share of what they give in the cheapest combination."""
        moves = {place: share * amounts for place, amounts in self.moves.items()}
        return moved(self.ways.program, self.ways.levers, moves).within(self.ways.program)


def meaning(limit: str, cost: float = 1.0, unit: str = "money") -> Meaning:
    return Meaning(limit, "price", unit, cost)


def spend(labels: Labels, upper: float = 1000.0) -> ColumnBlock:
    count = len(labels)
    return ColumnBlock("spend", labels, np.zeros(count), np.full(count, upper), np.ones(count), 16.0)


def at_least(name: str, labels: Labels, lower: list[float], columns: list[int], stated: Meaning) -> RowBlock:
    terms = (term("spend", np.arange(len(labels)), columns, 1.0),)
    return between(name, labels, np.array(lower), np.full(len(labels), np.inf), terms, stated, 16.0)


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


def test_floors_above_the_budget():
    """The known answer: the conflict is the budget and the three floors, 30 is the cheapest way out.

    Each of the four can give the 30 alone, for every floor is above 30.
    """
    program = floors_and_budget()
    assert is_impossible(program)
    found = Explained(program)
    names = ["the budget", "the floor of a", "the floor of b", "the floor of c"]
    assert found.conflict == names
    assert sum(found.gives.values()) == pytest.approx(30.0)
    assert found.alone == pytest.approx(dict.fromkeys(names, 30.0))
    assert not is_impossible(found.eased())


def test_the_cheaper_limit_gives_way():
    found = Explained(floors_and_budget(floor_cost=2.0))
    assert found.gives == pytest.approx({"the budget": 30.0})
    found = Explained(floors_and_budget(budget_cost=2.0))
    assert all(name.startswith("the floor") for name in found.gives)


def test_less_than_the_cheapest_way_out_is_not_enough():
    assert is_impossible(Explained(floors_and_budget()).eased(0.999))


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
    movable = between(
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
    found = Explained(program)
    names = {name for name in found.conflict if name != ENDS}
    assert is_impossible(only(program, names))
    for name in names:
        assert not is_impossible(only(program, names - {name}))
    assert not is_impossible(found.eased())


@pytest.mark.parametrize("seed", CONFLICTS)
def test_the_least_amount_alone_is_enough_and_less_is_not(seed):
    """For every limit of every random conflict; where it alone is not enough, leaving it out is not either."""
    program = random_conflict(seed)
    found = Explained(program)
    for place in find_conflict(program, found.ways).levers:
        amounts = found.ways.alone(place)
        assert found.ways.confirms({place: amounts}) if amounts is not None else not without(program, found, place)
        if amounts is not None:
            assert not found.ways.confirms({place: np.maximum(amounts - 2 * CENT, 0.0)})


def without(program: Program, found: Explained, place: int) -> bool:
    """Whether a plan exists without a lever."""
    each = found.ways.levers[place]
    return found.ways.confirms({place: np.full(each.numbers, 1e9)})


def visits_against_slots() -> Program:
    """Visits are 0.1 of spend by arithmetic; 40 visits are wanted where 25 slots are open."""
    labels = grid({"place": ["north"]})
    visits = ColumnBlock("visits", labels, np.zeros(1), np.full(1, 500.0), np.full(1, 9.0))
    flow = [term("spend", 0, 0, 0.1), term("visits", 0, 0, -1.0)]
    target = (term("visits", 0, 0, 1.0),)
    rows = [
        equal("flow", labels, 0.0, flow, meaning("the arithmetic of {place}", 0.0)),
        at_most("slots", labels, 25.0, [term("visits", 0, 0, 1.0)], meaning("slots of {place}", 100.0, "slot")),
        between("target", labels, np.array([40.0]), np.array([np.inf]), target, meaning("visits of {place}", 90.0)),
    ]
    return assemble([spend(labels), visits], rows)


def test_arithmetic_neither_gives_way_nor_is_told():
    program = visits_against_slots()
    found = Explained(program)
    assert found.conflict == ["slots of north", "visits of north"]
    assert found.gives == pytest.approx({"visits of north": 15.0})
    assert found.alone == pytest.approx({"slots of north": 15.0, "visits of north": 15.0})
    assert not is_impossible(found.eased())


def test_the_end_of_a_column_can_be_part_of_the_conflict():
    """A floor of 50 where the curve ends at 30."""
    labels = grid({"campaign": ["a"]})
    program = assemble(
        [spend(labels, 30.0)], [at_least("floor", labels, [50.0], [0], meaning("the floor of {campaign}"))]
    )
    found = Explained(program)
    assert found.conflict == [ENDS, "the floor of a"]
    assert found.gives == pytest.approx({"the floor of a": 20.0})
    assert not is_impossible(found.eased())


def test_a_column_held_at_zero_is_told_too():
    labels = grid({"campaign": ["a"]})
    program = assemble(
        [spend(labels, 0.0)], [at_least("floor", labels, [5.0], [0], meaning("the floor of {campaign}"))]
    )
    assert ENDS in Explained(program).conflict


def weekly(weeks: int, floor: float) -> Program:
    """One campaign with a floor in every week and a budget of 100 for all weeks."""
    labels = grid({"campaign": ["a"], "week": [f"2026-W{week:02d}" for week in range(1, weeks + 1)]})
    every = list(range(weeks))
    rows = [
        at_most("budget", grid({}), 100.0, [term("spend", 0, every, 1.0)], meaning("the budget")),
        at_least("floor", labels, [floor] * weeks, every, meaning("the floor of {campaign} in the week of {week}")),
    ]
    return assemble([spend(labels)], rows)


def test_a_floor_of_many_weeks_is_one_number():
    """13 floors of 8 are 104, 4 above the budget: the floor gives 4 / 13 = 0.307..., in cents 0.31, every week."""
    program = weekly(13, 8.0)
    floor = lever(list(range(1, 14)), lower=True, cost=13.0, most=8.0)
    ways = WaysOut(program, [lever([0], lower=False, cost=1.0), floor])
    found = find_conflict(program, ways)
    assert found.levers == (0, 1)
    assert [len(sides) for sides in found.sides] == [1, 13]
    assert ways.alone(0) == pytest.approx([4.0])
    assert ways.alone(1) == pytest.approx([0.31])
    assert ways.confirms({1: np.array([0.31])})
    assert not ways.confirms({1: np.array([0.30])})


def test_a_number_that_moves_in_vain_at_first_moves_further():
    """The floor gives only after its number moved by 3: with 30 to give, it moves by 33. In whole tens by 40."""
    program = floors_and_budget()
    row = program.row_start["floor"] + 2
    for step, amount in ((CENT, 33.0), (10.0, 40.0)):
        ways = WaysOut(program, [lever([row], lower=True, cost=1.0, step=step, idle=3.0, most=70.0)])
        assert ways.alone(0) == pytest.approx([amount])
        assert ways.confirms({0: np.array([amount])})
        assert not ways.confirms({0: np.array([32.9])})


def test_a_number_gives_no_more_than_it_can():
    """20 of the 30 that are needed."""
    program = floors_and_budget()
    row = program.row_start["floor"]
    ways = WaysOut(program, [lever([row], lower=True, cost=1.0, most=20.0), lever([3], lower=False, cost=1.0)])
    assert ways.alone(0) is None
    assert ways.alone(1) == pytest.approx([30.0])


def test_two_sides_of_a_row_give_apart():
    """A floor of 8 and a ceiling of 8 in every week, one number each: lower floors leave ceilings as they are."""
    program = weekly(13, 8.0)
    block = replace(program.row_block("floor"), upper=np.full(13, 8.0))
    rows = tuple(block if each.name == "floor" else each for each in program.rows)
    program = replace(program, rows=rows)
    floor = lever(list(range(1, 14)), lower=True, cost=13.0, most=8.0)
    ceiling = lever(list(range(1, 14)), lower=False, cost=13.0)
    ways = WaysOut(program, [lever([0], lower=False, cost=1.0), floor, ceiling])
    assert find_conflict(program, ways).levers == (0, 1)
    assert ways.alone(1) == pytest.approx([0.31])
    assert ways.alone(2) is None


def test_conflicts_side_by_side_are_not_mixed_up():
    """Every place has its own cap below its floor: one conflict of two limits, and all ways out."""
    labels = grid({"place": ["north", "south", "west"]})
    rows = [
        at_most("cap", labels, 10.0, [term("spend", [0, 1, 2], [0, 1, 2], 1.0)], meaning("the cap of {place}")),
        at_least("floor", labels, [12.0, 15.0, 13.0], [0, 1, 2], meaning("the floor of {place}")),
    ]
    program = assemble([spend(labels)], rows)
    found = Explained(program)
    assert found.conflict == ["the cap of south", "the floor of south"]
    assert found.alone == {"the cap of south": None, "the floor of south": None}
    assert sum(found.gives.values()) == pytest.approx(10.0)
    assert len(found.gives) == 3
    assert not is_impossible(found.eased())


def test_contradicting_arithmetic_is_said_plainly():
    labels = grid({"campaign": ["a"]})
    rows = [
        equal("one", labels, 1.0, [term("spend", 0, 0, 1.0)], meaning("fixed", 0.0)),
        equal("two", labels, 2.0, [term("spend", 0, 0, 1.0)], meaning("fixed too", 0.0)),
        at_most("budget", labels, 9.0, [term("spend", 0, 0, 1.0)], meaning("the budget")),
    ]
    program = assemble([spend(labels)], rows)
    ways = WaysOut(program, levers(program))
    assert find_conflict(program, ways).levers == ()
    assert ways.together() is None


def test_a_possible_program_is_not_called_impossible():
    program = floors_and_budget()
    roomy = replace(program.row_block("budget"), upper=np.array([200.0]))
    rows = tuple(roomy if block.name == "budget" else block for block in program.rows)
    program = replace(program, rows=rows)
    ways = WaysOut(program, levers(program))
    assert find_conflict(program, ways) is None
    assert ways.together() == {}


def whole_or_nothing(budget: float) -> Program:
    """a spends 100 or nothing, b up to 60; together at least 50 and at most the budget, and b at most 30."""
    labels, one = grid({"campaign": ["a", "b"]}), grid({})
    run = ColumnBlock("run", one, np.zeros(1), np.ones(1), np.zeros(1), whole=True)
    together = (term("spend", 0, [0, 1], 1.0),)
    rows = [
        at_most("budget", one, budget, together, meaning("the budget")),
        between("goal", one, np.array([50.0]), np.array([np.inf]), together, meaning("the goal")),
        at_most("cap", one, 30.0, [term("spend", 0, 1, 1.0)], meaning("the ceiling of b")),
        at_most("most", one, 0.0, [term("spend", 0, 0, 1.0), term("run", 0, 0, -100.0)], meaning("run", 0.0)),
        between(
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
    found = Explained(program)
    assert found.conflict == ["the budget", "the ceiling of b", "the goal", "the least at which a runs"]
    assert found.gives == pytest.approx({"the budget": 10.0})
    alone = {"the budget": 10.0, "the ceiling of b": 20.0, "the goal": 20.0, "the least at which a runs": 10.0}
    assert found.alone == pytest.approx(alone)


def test_a_conflict_without_the_whole_numbers_is_told_without_them():
    """A budget of 40 is below the goal of 50, whole numbers or not."""
    assert Explained(whole_or_nothing(40.0)).conflict == ["the budget", "the goal"]


def test_whole_numbers_with_a_plan_are_no_conflict():
    program = whole_or_nothing(100.0)
    assert find_conflict(program, WaysOut(program, levers(program))) is None
