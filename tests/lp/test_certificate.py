from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.errors import VerificationError
from optimizer.lp.blocks import ColumnBlock, Floats, Meaning, between, grid, term
from optimizer.lp.certificate import certify, upper_bound
from optimizer.lp.program import Program, assemble
from optimizer.lp.solution import Solution

MEANING = Meaning("limit", "price", "unit")
NUMBER = st.floats(-1e6, 1e6, allow_subnormal=False)


def program(
    worth: Floats, lower: Floats, upper: Floats, matrix: Floats, row_lower: Floats, row_upper: Floats
) -> Program:
    column_labels = grid({"column": [str(position) for position in range(len(worth))]})
    row_labels = grid({"row": [str(position) for position in range(len(row_lower))]})
    row, column = np.nonzero(matrix)
    terms = (term("amount", row, column, matrix[row, column]),)
    return assemble(
        [ColumnBlock("amount", column_labels, lower, upper, worth)],
        [between("limit", row_labels, row_lower, row_upper, terms, MEANING)],
        offset=0.1,
    )


@st.composite
def programs(draw: st.DrawFn) -> Program:
    columns, rows = draw(st.integers(1, 5)), draw(st.integers(1, 4))

    def numbers(count: int) -> Floats:
        return np.array(draw(st.lists(NUMBER, min_size=count, max_size=count)))

    bounds = np.sort(numbers(2 * columns).reshape(2, columns), axis=0)
    limits = np.sort(numbers(2 * rows).reshape(2, rows), axis=0)
    has_lower, has_upper = (np.array(draw(st.lists(st.booleans(), min_size=rows, max_size=rows))) for _ in range(2))
    return program(
        numbers(columns),
        bounds[0],
        bounds[1],
        numbers(rows * columns).reshape(rows, columns),
        np.where(has_lower, limits[0], -np.inf),
        np.where(has_upper, limits[1], np.inf),
    )


def exact_bound(stated: Program, prices: Floats) -> tuple[Fraction, Fraction]:
    """The bound in rational arithmetic, and the sum of the sizes of its parts."""
    matrix = [[Fraction(value) for value in row] for row in stated.matrix.toarray().tolist()]
    total, size = Fraction(stated.offset), Fraction(abs(stated.offset))
    reduced = [Fraction(value) for value in stated.worth.tolist()]
    spread = [abs(value) for value in reduced]
    for row, price in enumerate(prices.tolist()):
        side = stated.row_upper[row] if price > 0 else stated.row_lower[row]
        if price == 0 or np.isinf(side):
            continue
        total += Fraction(price) * Fraction(side)
        size += abs(Fraction(price) * Fraction(side))
        for column, value in enumerate(matrix[row]):
            reduced[column] -= Fraction(price) * value
            spread[column] += abs(Fraction(price) * value)
    for column, value in enumerate(reduced):
        low, high = Fraction(stated.lower[column]), Fraction(stated.upper[column])
        total += max(value * low, value * high)
        size += spread[column] * max(abs(low), abs(high))
    return total, size


@settings(max_examples=200, deadline=None)
@given(programs(), st.data())
def test_the_bound_is_never_below_the_exact_one_and_close_to_it(stated: Program, data: st.DataObject):
    rows = len(stated.row_lower)
    prices = np.array(data.draw(st.lists(NUMBER, min_size=rows, max_size=rows)))
    exact, size = exact_bound(stated, prices)
    found = Fraction(upper_bound(stated, prices))
    assert found >= exact
    assert found - exact <= Fraction(1e-9) * (size + 1)


def worked() -> Solution:
    """Maximise 3 x + 2 y + 0.1 for x + y <= 4, x + 3 y <= 6, 0 <= x <= 3, 0 <= y <= 5.

    x = 3, y = 1: value 11.1. Both rows hold with equality. With x at its end, one more unit of the first row is one
    more y, but the second row allows no y beyond 1 either, so prices (2, 0) and (0, 2/3) both prove it.
    """
    stated = program(
        np.array([3.0, 2.0]),
        np.zeros(2),
        np.array([3.0, 5.0]),
        np.array([[1.0, 1.0], [1.0, 3.0]]),
        np.full(2, -np.inf),
        np.array([4.0, 6.0]),
    )
    return Solution(stated, np.array([3.0, 1.0]), np.array([2.0, 0.0]), np.array([1.0, 0.0]), 0, 0.0, "by hand")


def test_an_optimum_is_certified_with_either_of_its_prices():
    for prices in ([2.0, 0.0], [0.0, 2.0 / 3.0]):
        certificate = certify(replace(worked(), prices=np.array(prices)))
        assert certificate.objective == pytest.approx(11.1)
        assert 0.0 <= certificate.gap < 1e-12
        assert certificate.row_breach == certificate.bound_breach == 0.0
        assert certificate.as_dict()["bound"] == certificate.bound


@settings(max_examples=200, deadline=None)
@given(st.lists(NUMBER, min_size=2, max_size=2))
def test_no_prices_give_a_bound_below_the_optimum(prices: list[float]):
    assert upper_bound(worked().program, np.array(prices)) >= 11.1


def big(solution: Solution) -> Solution:
    """The same with values in the millions, so that the gap allowed in money is not the whole value."""
    stated = solution.program
    block = replace(stated.columns[0], worth=stated.worth * 1e6)
    return replace(solution, program=replace(stated, columns=(block,)), prices=solution.prices * 1e6)


@pytest.mark.parametrize(
    ("part", "corrupted", "check"),
    [
        ("values", [3.0, 1.1], "rows"),
        ("values", [3.1, 0.9], "bounds"),
        ("values", [3.0, -0.1], "bounds"),
        ("values", [2.0, 1.0], "gap"),
        ("values", [0.0, 0.0], "gap"),
        ("values", [np.nan, 1.0], "finite"),
        ("values", [np.inf, 1.0], "finite"),
        ("prices", [-2e6, 0.0], "gap"),
        ("prices", [2.1e6, 0.0], "gap"),
        ("prices", [0.0, 0.0], "gap"),
        ("prices", [np.nan, 0.0], "finite"),
        ("prices", [np.inf, 0.0], "finite"),
    ],
)
def test_corrupted_numbers_are_refused(part: str, corrupted: list[float], check: str):
    certify(big(worked()))
    with pytest.raises(VerificationError) as refused:
        certify(replace(big(worked()), **{part: np.array(corrupted)}))
    assert check in {finding.check for finding in refused.value.findings}


def test_a_broken_row_is_named():
    with pytest.raises(VerificationError, match=r"limit {'row': '1'} is broken by"):
        certify(replace(worked(), values=np.array([0.0, 4.0])))


def test_an_equality_can_be_broken_from_below():
    stated = program(np.ones(1), np.zeros(1), np.full(1, 9.0), np.ones((1, 1)), np.full(1, 5.0), np.full(1, 5.0))
    right = Solution(stated, np.array([5.0]), np.array([1.0]), np.zeros(1), 0, 0.0, "by hand")
    assert certify(right).gap == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(VerificationError, match="broken"):
        certify(replace(right, values=np.array([4.9])))


def test_a_program_without_rows_is_certified_by_its_bounds():
    labels = grid({"column": ["a", "b"]})
    stated = assemble([ColumnBlock("amount", labels, np.array([-1.0, -2.0]), np.ones(2), np.array([2.0, -3.0]))], [])
    certificate = certify(Solution(stated, np.array([1.0, -2.0]), np.empty(0), np.zeros(2), 0, 0.0, "by hand"))
    assert certificate.objective == pytest.approx(8.0)
    assert certificate.bound == pytest.approx(8.0)
