"""Where patients and money of the plan of test_check are lost, worked out by hand; a wrong number is found.

North, first week: 14.75 would ask (12.75 and 2 waiting), late leads cost 0.4375, 14.3125 are offered an appointment and
of 4.3125 offered a wait a fifth goes away: 0.8625. Second week: 12.875 would ask, late and lost leads cost 3.875, 2.45
are offered a wait and 0.49 go away. Third week: 0.375 all book. At South everybody books.
"""

from __future__ import annotations

import pandas as pd
import pytest

from optimizer.errors import Finding
from optimizer.plan.check_losses import shown_losses
from optimizer.plan.recompute import replay
from tests.plan.test_check import FIRST, SECOND, THIRD, ground, tables

PATIENTS = {
    ("North", FIRST): (14.75, 13.45, 0.8625, 0.0, 0.4375),
    ("North", SECOND): (12.875, 8.51, 0.49, 0.0, 3.875),
    ("North", THIRD): (0.375, 0.375, 0.0, 0.0, 0.0),
    ("South", FIRST): (15.0, 15.0, 0.0, 0.0, 0.0),
    ("South", SECOND): (15.0, 15.0, 0.0, 0.0, 0.0),
    ("South", THIRD): (0.0, 0.0, 0.0, 0.0, 0.0),
}
COLUMNS = ("asked", "booked", "declined_wait", "without_slot", "missed_by_intake")


def demand() -> pd.DataFrame:
    rows = [("Care", *label, *numbers) for label, numbers in PATIENTS.items()]
    return pd.DataFrame(rows, columns=["service_line", "location", "week", *COLUMNS])


def money() -> pd.DataFrame:
    """Search and south bring their leads at once; half of the leads of social come a week later."""
    arrives = {
        ("search", FIRST): (600.0, {FIRST: 600.0}),
        ("search", SECOND): (400.0, {SECOND: 400.0}),
        ("social", FIRST): (400.0, {FIRST: 200.0, SECOND: 200.0}),
        ("social", SECOND): (200.0, {SECOND: 100.0, THIRD: 100.0}),
        ("south", FIRST): (300.0, {FIRST: 300.0}),
        ("south", SECOND): (200.0, {SECOND: 200.0}),
    }
    rows = []
    for (campaign, week), (spend, weeks) in arrives.items():
        parts = [0.0] * 4
        for there, amount in weeks.items():
            asked, *ends = PATIENTS["South" if campaign == "south" else "North", there]
            parts = [part + amount * end / asked for part, end in zip(parts, ends, strict=True)]
        rows.append((campaign, week, spend, *parts, spend - sum(parts)))
    return pd.DataFrame(rows, columns=["campaign", "week", "spend", *COLUMNS[1:], "without_requests"])


def found(**changed: pd.DataFrame) -> list[Finding]:
    made = {**tables(), "demand": demand(), "money": money(), **changed}
    return shown_losses(ground(), replay(ground(), tables()), made)


def test_what_is_worked_out_by_hand_passes() -> None:
    assert found() == []


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("row", range(len(PATIENTS)))
def test_a_wrong_number_of_patients_is_found(column: str, row: int) -> None:
    wrong = demand()
    wrong.loc[row, column] += 0.001
    assert {finding.check for finding in found(demand=wrong)} == {f"demand.{column}"}


@pytest.mark.parametrize("column", ["spend", *COLUMNS[1:], "without_requests"])
@pytest.mark.parametrize("row", range(6))
def test_a_wrong_amount_of_money_is_found(column: str, row: int) -> None:
    wrong = money()
    wrong.loc[row, column] += 0.02
    assert {finding.check for finding in found(money=wrong)} == {f"money.{column}"}
