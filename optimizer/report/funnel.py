"""Rates from counts on a terminal."""

from __future__ import annotations

import numpy as np
import pandas as pd
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer.calibration.funnel import FEW, FunnelRates
from optimizer.calibration.monotone import EVENED, RISING

_SHOWN = 12


def funnel_facts(made: FunnelRates) -> dict[str, object]:
    """Rates as plain values; ``None`` where there is none."""
    rows = made.report.astype(object).where(made.report.notna(), None).to_dict("records")
    return {"rates": [{str(name): value for name, value in row.items()} for row in rows], "notes": list(made.notes)}


def funnel_screen(made: FunnelRates) -> RenderableType:
    """How far the rates are made of their own counts, those that rest on few, and what is to be known."""
    report = made.report
    thin = report[report["verdict"] != "own counts"]
    thin = thin.iloc[np.argsort(thin["low"] - thin["high"], kind="stable")]
    own = float(report["own_share"].median())
    lines = [f"{len(report)} rates; half of them are made of their own counts to {own:.0%} or more."]
    if len(thin):
        lines.append(
            f"{len(thin)} rest on fewer than {FEW} counts and lean on their line and on all; the least certain first:"
        )
    notes = [*_wait_notes(report), *made.notes]
    parts: list[RenderableType] = [Text(line, style="bold" if line is lines[0] else "") for line in lines]
    if len(thin):
        parts += [Text(""), _table(thin.head(_SHOWN))]
    if len(thin) > _SHOWN:
        parts.append(Text(f"... and {len(thin) - _SHOWN} more; rates.csv lists all"))
    return Group(*parts, Text(""), *(Padding(Text(f"- {note}"), (0, 0, 0, 2), expand=False) for note in notes))


def _table(rows: pd.DataFrame) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Rate", "Of"):
        table.add_column(name)
    for name in ("Counted", "Estimate", "90 % interval"):
        table.add_column(name, justify="right")
    for row in rows.to_dict("records"):
        place = ", ".join(str(row[name]) for name in ("service_line", "channel", "location") if row[name])
        wait = "" if np.isnan(row["weeks_waited"]) else f", {row['weeks_waited']:g} weeks waited"
        cells = (
            str(row["rate"]).replace("_", " "),
            f"{place}{wait}",
            f"{row['counted']:,.0f} of {row['out_of']:,.0f}",
            f"{row['estimate']:.0%}",
            f"{row['low']:.0%} to {row['high']:.0%}",
        )
        table.add_row(*map(Text, cells))
    return table


def _wait_notes(report: pd.DataFrame) -> list[str]:
    """What was done so that rates do not rise with the wait, and where the counts say that they do."""
    notes = []
    for treated, words in (
        (EVENED, "rose with the wait by no more than chance and were evened out"),
        (RISING, "rise with the wait by more than chance; they are left as counted: look whether the counts are right"),
    ):
        rows = report[report["treated"] == treated]
        if len(rows):
            lines = ", ".join(sorted(set(rows["service_line"])))
            notes.append(f"{len(rows)} rates of waits {words} ({lines})")
    return notes
