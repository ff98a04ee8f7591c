"""Everything is found by its label: rows in another order are the same plan, and no label takes another's place.

The plan is that of test_check: North's rows first, then South's, in weeks one after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.errors import VerificationError
from optimizer.plan.check import check_on
from optimizer.plan.check_losses import shown_losses
from optimizer.plan.recompute import replay
from optimizer.plan.recompute_register import register_of
from optimizer.plan.recompute_sheets import sheet_of
from tests.plan.test_check import FIRST, TABLES, TOTALS, findings, ground, names, said, tables
from tests.plan.test_check_losses import demand, money

PLACES = pd.DataFrame({"clinic": ["b", "a", "b"], "line": ["x", "x", "y"]})


def told(rows: list[tuple[Any, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["clinic", "line"], dtype=object)


def test_a_name_of_several_labels_is_found_where_all_of_them_are() -> None:
    """Of (b, x), (a, x) and (b, y): each label of (a, y) is known, but nothing has both."""
    register = register_of(PLACES, ["clinic", "line"])
    rows = told([("b", "y"), ("a", "x"), ("a", "y"), ("b", "x"), ("c", "x"), (None, "x"), (np.nan, "y"), ("b", "y ")])
    assert register.find(rows).tolist() == [2, 1, -1, 0, -1, -1, -1, -1]
    with pytest.raises(VerificationError, match="a y: the scenario has nothing of this name"):
        register.place(rows)


@pytest.mark.parametrize("kind", ["object", "str", "category"])
def test_a_label_is_its_text_however_it_is_stored(kind: str) -> None:
    register = register_of(PLACES, ["clinic", "line"])
    assert register.find(PLACES.iloc[::-1].astype(kind)).tolist() == [2, 1, 0]


def test_numbers_are_labels_too_but_never_text() -> None:
    register = register_of(pd.DataFrame({"weeks_waited": [2, 0]}), ["weeks_waited"])
    assert register.find(pd.DataFrame({"weeks_waited": [0.0, 2.0, 0.5, np.nan]})).tolist() == [1, 0, -1, -1]
    assert register.find(pd.DataFrame({"weeks_waited": ["0"]})).tolist() == [-1]


def test_what_is_named_twice_or_not_at_all_is_no_register() -> None:
    with pytest.raises(ValueError, match="two rows have the same clinic and line"):
        register_of(pd.concat([PLACES, PLACES.iloc[:1]]), ["clinic", "line"])
    with pytest.raises(ValueError, match="line is missing"):
        register_of(PLACES.assign(line=["x", None, "y"]), ["clinic", "line"])


@pytest.mark.parametrize("table", list(TABLES))
def test_a_table_in_another_order_is_the_same_plan(table: str) -> None:
    made = tables()
    made[table] = made[table].iloc[::-1]
    assert findings(made) == []


@pytest.mark.parametrize("table", list(TABLES))
def test_numbers_beside_another_weeks_label_are_found(table: str) -> None:
    """Two rows of one place change their weeks; every row is still there once."""
    made = tables()
    rows = made[table]["week"].to_numpy(dtype=object, copy=True)
    first, second = (0, 2) if table == "bookings" else (0, 1)
    rows[[first, second]] = rows[[second, first]]
    assert findings({**made, table: made[table].assign(week=rows)}) != []


@pytest.mark.parametrize("table", ["plan", "leads", "capacity", "bookings"])
def test_a_label_of_another_place_is_no_label_of_this_one(table: str) -> None:
    """West is a market, but not North's; South is a clinic, whose row is there already."""
    made = tables()
    moved = made[table].assign(market=["West", *made[table]["market"][1:]])
    assert "West" in said(findings({**made, table: moved}), "rows")
    south = made[table].assign(location=["South", *made[table]["location"][1:]])
    assert names(findings({**made, table: south})) == {"rows"}


@pytest.mark.parametrize("label", ["market", "location", "service_line", "channel"])
def test_a_missing_label_is_named(label: str) -> None:
    made = tables()
    made["plan"].loc[0, label] = None
    assert "table 'plan' has a row that the scenario has not" in said(findings(made), "rows")


def test_a_row_that_is_known_by_half_is_missed_where_it_belongs() -> None:
    made = tables()
    made["plan"].loc[0, "channel"] = "Social"
    assert said(findings(made), "rows").splitlines() == [
        f"search East North Care Social {FIRST}: table 'plan' has a row that the scenario has not",
        f"search East North Care Search {FIRST}: table 'plan' lacks this row",
    ]


@pytest.mark.parametrize("column", ["seen_at", "weeks_waited", "visit_week"])
def test_a_booking_elsewhere_or_at_another_time_is_found(column: str) -> None:
    other: dict[str, Any] = {"seen_at": "South", "weeks_waited": 1, "visit_week": "2026-01-12"}
    made = tables()
    made["bookings"].loc[0, column] = other[column]
    assert names(findings(made)) <= {"rows", "waits"}
    assert findings(made) != []


@pytest.mark.parametrize("name", ["demand", "money"])
def test_rows_of_losses_that_lack_are_doubled_or_unknown_are_found(name: str) -> None:
    plan, whole = replay(ground(), tables()), {**tables(), "demand": demand(), "money": money()}
    for rows, text in (
        (whole[name].iloc[1:], f"the table '{name}' lacks this row"),
        (pd.concat([whole[name], whole[name].iloc[:1]]), f"the table '{name}' has this row twice"),
        (pd.concat([whole[name], whole[name].iloc[:1].assign(week="2031-01-06")]), "the scenario has not"),
    ):
        found = shown_losses(ground(), plan, {**whole, name: rows})
        assert [finding.check for finding in found] == [name]
        assert text in found[0].message


def test_no_table_is_read_before_its_rows_are_known() -> None:
    leads = tables()["leads"].assign(location="Nowhere")
    with pytest.raises(VerificationError, match=f"Nowhere Care {FIRST}: the scenario has no such row"):
        sheet_of(ground(), "leads", leads).column("late")
    assert names(check_on(ground(), {**tables(), "leads": leads}, TOTALS)) == {"rows"}
