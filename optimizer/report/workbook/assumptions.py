"""Every rule in effect and every input, with owner, date, source, file and line; what has no source says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from optimizer.report.rules import rules
from optimizer.report.workbook.cells import Cell, Column, texts
from optimizer.report.workbook.page import Page
from optimizer.report.workbook.source import Source
from optimizer.scenario.tables import Table

_KINDS = {
    "budget": "Budget",
    "policy": "Policy",
    "limit": "Goal or limit",
    "campaign": "Campaign's own limit",
    "go_live": "Go-live threshold",
    "event": "Calendar event",
    "capacity": "Open slots",
    "resource": "Shared resource",
    "intake": "Intake hours",
}
_WHO = ("owner", "as_of", "since", "source")


def assumptions(page: Page, source: Source) -> None:
    """Notes on what the tables do not say, then rules, inputs, and values that were changed for this plan."""
    page.prose = (5, 150)
    page.title(
        "Assumptions: rules and inputs with owner, date and source",
        "Read from the run's own copy of its inputs, whose digests were compared with those of the run first. Files and"
        " lines are those of this copy (folder 'inputs' of the run). What nobody signed or dated says so.",
    )
    page.heading("Assumed where the tables say nothing")
    for note in source.summary["notes"] or ["Nothing."]:
        page.note(str(note))
    page.skip()
    page.heading("Rules in effect")
    _rules(page, source)
    page.skip()
    page.heading("Inputs")
    _inputs(page, source)
    page.skip()
    page.heading("Values changed for this plan")
    _changes(page, source)
    page.freeze_title(1)


def _rules(page: Page, source: Source) -> None:
    found = rules(source.scenario, source.facts)
    page.table([
        Column("kind", "Kind", "text", [_KINDS.get(rule.kind, rule.kind) for rule in found], width=24),
        Column("rule", "What it says", "wrapped", [rule.rule for rule in found], width=64),
        Column("owner", "Owner", "text", [rule.owner or "not named" for rule in found], width=28),
        Column("since", "Since", "text", [rule.since or "not dated" for rule in found], width=13),
        Column("from", "File and line", "text", [rule.source for rule in found], width=34),
        Column("reason", "Reason", "wrapped", [rule.reason or "not given" for rule in found], width=40),
    ])  # fmt: skip


def _inputs(page: Page, source: Source) -> None:
    """Rows of each table that have the same owner, date and source, together."""
    found = [row for table in source.scenario.tables.values() for row in _stretches(table)]
    headers = {
        "Table": 24,
        "Rows": 64,
        "Owner": 28,
        "As of": 13,
        "File and line": 34,
        "Source": 40,
    }
    cells: list[Sequence[Cell]] = list(zip(*found, strict=True)) if found else [[] for _ in headers]
    page.table([
        Column(header, header, "wrapped" if header in ("Rows", "Source") else "text", texts(column), width=width)
        for (header, width), column in zip(headers.items(), cells, strict=True)
    ])  # fmt: skip


def _stretches(table: Table) -> Iterator[tuple[str, ...]]:
    """Table, what the rows are, owner, date, file and lines, and source of rows that share them, in their order."""
    frame = table.frame
    told = pd.DataFrame({name: frame[name].astype(str) if name in frame else "" for name in _WHO}, index=frame.index)
    starts = (told != told.shift()).any(axis=1).cumsum()
    for _, rows in told.groupby(starts, sort=False):
        lines = table.lines[np.asarray(rows.index)]
        who, as_of, since, source = rows.iloc[0]
        span = f"{lines.min()}-{lines.max()}" if len(lines) > 1 else str(lines.min())
        described = _described(table, rows.index)
        place = f"{table.file}:{span}"
        yield (
            table.spec.name,
            described,
            who or "not named",
            as_of or since or "not dated",
            place,
            source or "no source given",
        )


def _described(table: Table, rows: pd.Index) -> str:
    """One row by its labels; of several how many they are."""
    if len(rows) > 1:
        return f"{len(rows):,} rows, each {table.spec.row_is}"
    labels = [str(table.frame.loc[rows[0], name]) for name in table.spec.key]
    return ", ".join(label for label in labels if label) or "all"


def _changes(page: Page, source: Source) -> None:
    changes = source.manifest["changes"]
    if not changes:
        page.note("None; the plan is of the scenario as its files say.")
        return
    keys = {"table": "Table", "place": "Where", "column": "Column", "old": "Was", "new": "Is", "source": "Changed by"}
    page.table([
        Column(key, header, "text", ["" if change[key] is None else str(change[key]) for change in changes])
        for key, header in keys.items()
    ])  # fmt: skip
