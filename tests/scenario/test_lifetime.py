"""The lifetime margin from its parts, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.errors import Problem, ScenarioError
from optimizer.model.setting import established
from optimizer.plan.recompute_tables import ground_of
from optimizer.scenario.lifetime import lifetime_margin
from optimizer.scenario.read import Scenario
from tests.small import campaign, line_curve, small

PARTS = {"margin_per_year": 120.0, "yearly_retention": 0.5, "horizon_months": 12, "discount_rate": 0.0}
"""Ten a month of those who stay: 10 * (0.5 ** (1 / 12) + ... + 0.5 ** (12 / 12)), a geometric series."""
STAYS = 0.5 ** (1 / 12)
YEAR = 10 * STAYS * (1 - 0.5) / (1 - STAYS)


@pytest.mark.parametrize(
    ("first", "per_year", "retention", "months", "discount", "expected"),
    [
        (50, 120, 1, 24, 0, 50 + 24 * 10),  # everybody stays and money is worth what it was
        (50, 120, 0, 24, 0, 50),  # nobody comes again
        (50, 120, 0.5, 0, 0, 50),  # nothing beyond the first visit is counted
        (0, 120, 0.25, 6, 0, 10 * sum(0.25 ** (m / 12) for m in (1, 2, 3, 4, 5, 6))),
        (50, 120, 0.5, 12, 0, 50 + YEAR),
        (50, 120, 1, 12, 1, 50 + YEAR),  # a doubling a year counts as a loss of half
        (50, 120, 0.5, 24, 0, 50 + YEAR * (1 + 0.5)),  # the second year is half of the first
        (-30, -12, 1, 12, 0, -30 - 12),
    ],
)
def test_by_hand(
    first: float, per_year: float, retention: float, months: float, discount: float, expected: float
) -> None:
    row = (np.array([float(number)]) for number in (first, per_year, retention, months, discount))
    assert lifetime_margin(*row) == pytest.approx([expected])


def test_a_year_by_hand() -> None:
    """q = 0.5 ** (1 / 12) = 0.943874; 10 * 0.943874 * 0.5 / 0.056126 = 84.09: between 60 and 120, half and all."""
    assert pytest.approx(84.0858, abs=1e-4) == YEAR


def valued(**row: Any) -> Scenario:
    value = [{"service_line": "Care", "first_visit_margin": 50.0, **row}]
    return small([campaign("A")], [line_curve("A", 0.1, 1000)], tables={"patient_value": value})


def only_problem(**row: Any) -> Problem:
    with pytest.raises(ScenarioError) as caught:
        established(valued(**row))
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column, problem.code) == (
        "patient_value", 2, "ltv_margin", "ltv_margin",
    )  # fmt: skip
    assert problem.hint
    return problem


@pytest.mark.parametrize("given", [None, 134.0, 50 + YEAR, 133.0])
def test_a_blank_margin_is_made_of_its_parts_and_a_given_one_stays(given: float | None) -> None:
    """50 + 84.09 = 134.09; what is given within 1 % of it is taken as given. The checker finds the same."""
    scenario = valued(**PARTS, **({} if given is None else {"ltv_margin": given}))
    expected = pytest.approx([50 + YEAR if given is None else given])
    assert established(scenario).ltv_margin == expected
    assert ground_of(scenario).units["ltv_margin"].to_numpy() == expected


def test_each_row_goes_its_own_way() -> None:
    """A clinic's own figures are made of parts, and the line's are given, with the horizon that they cover."""
    line = {"service_line": "Care", "first_visit_margin": 20, "ltv_margin": 70, "horizon_months": 36}
    own = {"service_line": "Care", "location": "South", "first_visit_margin": 50, **PARTS}
    campaigns = [campaign("A"), campaign("B", location="South")]
    curves = [line_curve("A", 0.1, 1000), line_curve("B", 0.1, 1000)]
    scenario = small(campaigns, curves, tables={"patient_value": [line, own]})
    assert established(scenario).ltv_margin == pytest.approx([70, 50 + YEAR])
    assert ground_of(scenario).units["ltv_margin"].to_numpy() == pytest.approx([70, 50 + YEAR])


def test_a_margin_that_its_parts_contradict() -> None:
    found = only_problem(**PARTS, ltv_margin=120)
    assert found.message == "ltv_margin 120.00 is not what its parts make, 134.09"


def test_no_margin_and_no_parts() -> None:
    found = only_problem(horizon_months=36, discount_rate=0.08)
    assert found.message == "no ltv_margin and no parts of it"


@pytest.mark.parametrize("ltv", [{}, {"ltv_margin": 100}])
@pytest.mark.parametrize("lacking", list(PARTS))
def test_parts_that_are_not_complete(lacking: str, ltv: dict[str, float]) -> None:
    found = only_problem(**{name: part for name, part in PARTS.items() if name != lacking}, **ltv)
    assert found.message == f"margin_per_year and yearly_retention make no ltv_margin without {lacking}"


def test_half_a_month_is_not_counted() -> None:
    assert only_problem(**{**PARTS, "horizon_months": 6.5}).message == "horizon_months 6.5 is not whole"
