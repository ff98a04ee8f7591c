"""Budgets on platforms for tests: rows of platform_budgets and what campaigns spend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from optimizer.scenario.read import table_of_sheet
from optimizer.scenario.sheets import sheet_of_frame
from optimizer.scenario.tables import TABLES, Table


def carried(campaign: str, identity: int | str, **more: Any) -> dict[str, Any]:
    """A row of platform_budgets: on Google unless told otherwise, with a name made from the id."""
    row = {"campaign": campaign, "platform": "google_ads", "platform_campaign": f"P {identity}"}
    return {**row, "platform_campaign_id": str(identity), **more}


def budget_table(*rows: Mapping[str, Any]) -> Table:
    """The rows as a table; they must be sound by themselves."""
    frame = pd.DataFrame([{column.name: None for column in TABLES["platform_budgets"].columns} | dict(r) for r in rows])
    table, problems = table_of_sheet(TABLES["platform_budgets"], sheet_of_frame(frame, "platform_budgets"), "budgets")
    assert not problems, problems
    return table


def spending(**weeks: tuple[float, float]) -> pd.DataFrame:
    """Money of each campaign in the week before and in this one."""
    return pd.DataFrame(
        [(name, before, after) for name, (before, after) in weeks.items()],
        columns=["campaign", "current", "recommended"],
    )
