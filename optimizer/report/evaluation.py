"""What a spend plan that is given leads to, on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer.plan.losses import MONEY
from optimizer.plan.words import Words, count, percent
from optimizer.scenario.definition import Objective
from optimizer.study.evaluation import Evaluation

MOST_UNITS, MOST_BROKEN = 8, 8
"""Clinics and broken rules that are shown; all are in the JSON."""

_ENDS = {
    "booked": "Patients who booked",
    "declined_wait": "Patients who would not wait so long, or go to another clinic",
    "without_slot": "Patients for whom no appointment was open",
    "missed_by_intake": "Leads answered late or never, who then did not ask",
    "without_requests": "No leads at all",
}
"""Where money, and who it brought, ends."""
_TOTALS = {
    "leads": "Leads",
    "late": "  answered late",
    "lost": "  never answered",
    "bookings": "Booked appointments",
    "visits": "Completed visits",
    "follow_on_visits": "Follow-on visits",
}


def evaluation_facts(found: Evaluation) -> dict[str, object]:
    """The evaluation as plain values."""
    definition = found.scenario.definition
    return {
        "scenario": definition.name,
        "currency": definition.currency,
        "objective": definition.objective.value,
        "totals": found.totals,
        "money": found.money,
        "patients": found.patients,
        "units": found.by_unit.to_dict("records"),
        "broken": list(found.broken),
    }


def evaluation_screen(found: Evaluation) -> RenderableType:
    """Totals, what became of the money, the clinics that lose most, and the rules that the spend breaks."""
    definition = found.scenario.definition
    words = Words.of(definition)
    note = (
        "Leads and slots are handled as well as they can be, so losses are at least these. Patients already waiting and"
        " leads under way are counted among the patients. Figures are expected values."
    )
    return Group(
        Text(f"{definition.title or definition.name}: what the spend achieves", style="bold"),
        *([Text("Made-up data for demonstration.")] if definition.synthetic else []),
        Text(""),
        _totals(found.totals, words),
        Text(""),
        _money(found, words),
        *_units(found.by_unit, words),
        *_broken(found.broken),
        Padding(Text(note, style="dim"), (1, 0, 0, 0), expand=False),
    )


def _totals(totals: Mapping[str, float], words: Words) -> RenderableType:
    table = _grid("", "")
    table.add_row("Spend", words.money(totals["spend"], cents=True))
    for name, label in _TOTALS.items():
        if round(totals[name], 1) or name in ("leads", "visits"):
            table.add_row(label, count(totals[name]))
    if words.objective is not Objective.MIN_SPEND:
        table.add_row("Value", words.value(totals["value"]))
    return table


def _money(found: Evaluation, words: Words) -> RenderableType:
    spend = sum(found.money.values())
    table = _grid("Where the money ends", "Money", "Share", "Patients")
    for part in MONEY:
        patients = found.patients.get(part, 0.0)
        if found.money[part] or round(patients, 1):
            share = percent(found.money[part] / spend) if spend else ""
            table.add_row(_ENDS[part], words.money(found.money[part], cents=True), share, count(patients))
    table.add_row("Together", words.money(spend, cents=True), "", count(sum(found.patients.values())))
    return table


def _units(units: pd.DataFrame, words: Words) -> Iterable[RenderableType]:
    """Clinics whose money ends at a full schedule or an unanswered lead, those with most first."""
    losing = ["money_without_slot", "money_missed_by_intake"]
    order = units.assign(lost=units[losing].sum(axis=1)).sort_values("lost", ascending=False, kind="stable")
    shown = order[order["lost"] >= 1].head(MOST_UNITS)
    if shown.empty:
        return
    table = _grid("Clinics that lose most", "Spend", "No open slot", "Not answered in time", "Patients lost")
    for row in shown.to_dict("records"):
        lost = row["without_slot"] + row["missed_by_intake"]
        money = (words.money(row[name]) for name in ("money_spend", *losing))
        table.add_row(f"{row['location']} {row['service_line']}", *money, count(lost))
    yield Text("")
    yield table


def _broken(broken: tuple[str, ...]) -> Iterable[RenderableType]:
    if not broken:
        return
    yield Text("")
    yield Text("Limits and rules that this spend does not keep", style="bold")
    for text in broken[:MOST_BROKEN]:
        yield Text(f"  {text}")
    if len(broken) > MOST_BROKEN:
        yield Text(f"  and {len(broken) - MOST_BROKEN:,} more (--json lists them)", style="dim")


def _grid(*headers: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_header=any(headers))
    for position, header in enumerate(headers):
        table.add_column(Text(header), justify="right" if position else "left", overflow="fold")
    return table
