from __future__ import annotations

import pytest

from optimizer.plan.words import Words, count, day, percent, weeks_in_words
from optimizer.scenario.definition import Objective

DOLLARS = Words("USD", Objective.LTV)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0"),
        (1234.4, "$1,234"),
        (-1234.6, "-$1,235"),
        (9.5, "$9.50"),
        (0.004, "$0.00"),
        (-0.001, "$0.00"),
        (1e6, "$1,000,000"),
    ],
)
def test_money(amount: float, text: str) -> None:
    assert DOLLARS.money(amount) == text


def test_money_of_other_currencies() -> None:
    assert Words("EUR", Objective.LTV).money(1200) == "€1,200"
    assert Words("CHF", Objective.LTV).money(-1200, cents=True) == "-CHF 1,200.00"


def test_value_and_return_follow_the_objective() -> None:
    visits = Words("USD", Objective.VISITS)
    assert visits.value(12.4) == "12 visits"
    assert visits.return_of(0.0213) == "21.30 visits per $1,000"
    assert DOLLARS.return_of(1.32) == "$1.32"


def test_counts_and_shares() -> None:
    assert [count(number) for number in (0.0, 0.04, 0.5, 9.94, 9.96, 3412.4)] == ["0", "0", "0.5", "9.9", "10", "3,412"]
    assert [percent(share) for share in (0.0, 0.031, 0.8712, 1.25, -0.05)] == [
        "0 %",
        "3.1 %",
        "87 %",
        "125 %",
        "-5.0 %",
    ]


def test_weeks() -> None:
    assert day("2026-10-05") == "Oct 5"
    assert weeks_in_words(["2026-10-05"]) == "in the week of Oct 5"
    assert weeks_in_words(["2026-10-05", "2026-10-12"]) == "in the weeks of Oct 5 to Oct 12"
    assert weeks_in_words(["2026-10-05", "2026-10-26"]) == "in 2 weeks between Oct 5 and Oct 26"
