"""Imported curves on a terminal."""

from __future__ import annotations

import numpy as np
import pandas as pd
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer.calibration.importers.imported import ImportedCurves

STEADY = (
    "The curves give the leads of a week once every week has spent the same; what the tool carries over from week to"
    " week is in them. When leads arrive is told by the lead shares of channels.csv, as before."
)
"""Said under every import."""
_SHOWN = 25


def imported_facts(made: ImportedCurves) -> dict[str, object]:
    """An import as plain values; ``None`` where the tool gives no interval."""
    rows = made.report.astype(object).where(made.report.notna(), None).to_dict("records")
    return {
        "curves": [{str(name): value for name, value in row.items()} for row in rows],
        "notes": [*made.notes, STEADY],
    }


def imported_screen(made: ImportedCurves) -> RenderableType:
    """Each curve with what it brings at the greatest spend seen, and what is to be known of it."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, justify in (("Campaign", "left"), ("From", "left"), ("Form", "left"), ("Seen up to", "right"),
                          ("Leads there", "right"), ("Interval", "right")):  # fmt: skip
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for row in made.report.head(_SHOWN).to_dict("records"):
        table.add_row(*(Text(cell) for cell in _cells(pd.Series(row))))
    count = len(made.report)
    rest = [Text(f"... and {count - _SHOWN} more")] if count > _SHOWN else []
    notes = [
        Padding(Text(f"- {note}"), (0, 0, 0, 2), expand=False) for note in (*made.notes, *_points_note(made), STEADY)
    ]
    title = Text(f"{count} response curve{'s' if count != 1 else ''}; money and leads a week", style="bold")
    return Group(title, Text(""), table, *rest, Text(""), *notes)


def _cells(row: pd.Series) -> list[str]:
    place = str(row["campaign"]) or f"{row['service_line']}, {row['channel']}"
    interval = "" if np.isnan(row["low"]) else f"{row['low']:,.1f} to {row['high']:,.1f}"
    shape = f"{row['form']}{', S-shaped' if row['s_shaped'] else ''}".replace("_", " ")
    money = f"{row['observed_max_weekly_spend']:,.0f}"
    return [place, str(row["their_name"]), shape, money, f"{row['leads']:,.1f}", interval]


def _points_note(made: ImportedCurves) -> list[str]:
    worst = made.report["difference"].max()
    if worst < 1e-6:
        return []
    return [f"points differ from the tool's curve by at most {worst:.2%} of its greatest leads"]
