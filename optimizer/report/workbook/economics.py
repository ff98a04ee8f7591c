"""What patients cost and bring: CAC, the next visit's cost, lifetime margin, payback, and margin by month."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.report.workbook.cells import (
    At,
    Cell,
    Column,
    Condition,
    less,
    number,
    numbers,
    ratio,
    sum_where,
)
from optimizer.report.workbook.groups import Groups
from optimizer.report.workbook.page import Block, Page
from optimizer.report.workbook.source import Source
from optimizer.scenario.tables import Table

_UNIT = ["location", "service_line"]
_NOT_GIVEN = "margin over time not given"
_NOT_WITHIN = "not within the horizon"
_CHART_ROWS = 18
"""Rows beside which the chart stands; above the long table it is never cut by the end of a sheet of paper."""


def economics(page: Page, source: Source, data: Block, bookings: Block) -> dict[str, Block]:
    """CAC, marginal CAC, LTV to CAC and payback by clinic and line, and contribution by month."""
    page.prose = (10, 160)
    page.title(
        "Economics: what a patient costs and brings",
        "CAC is spend over the completed visits of new patients that the spend brings. Marginal CAC is what the next"
        " visit costs: spend over the visits that it would bring if all of it brought what its next unit of money does"
        " (sheet Data, 'Visits at the margin': spend x leads of the next unit of money x visits per lead of that"
        " campaign and week). It takes appointments as open as they are for the plan's own leads; where a clinic is"
        " full, a further visit costs more, or cannot be had.",
        "LTV is the lifetime margin of a new patient (patient_value: ltv_margin), without follow-on visits. Payback is"
        " the first month in which the first visit's margin F and what follows of the yearly margin M from patients who"
        " stay (yearly share r), M/12 x (r^(1/12) + ... + r^(m/12)), reach the CAC; 0 means at the first visit. It is"
        " not discounted, and only told where patient_value gives margin_per_year, or where F alone covers the CAC.",
    )
    page.heading("Contribution by month: money leaves in the week of the spend, margin comes in the week of the visit")
    beside = page.row
    months = page.table(_by_month(data, bookings), totals="All months")
    page.note(
        "Margins are those of the clinic that sees the patient, before what channels differ by. Visits of patients"
        " already waiting and of leads under way are among them; follow-on visits and intake hours bought are not."
    )
    page.chart(
        "column",
        "Spend and first-visit margin by month",
        months.of("month"),
        [("Spend", months.of("plan")), ("First-visit margin", months.of("first"))],
        (beside, 11),
        num_format=page.styles.thousands,
        names={"num_format": "mmm yyyy", "text_axis": True},
    )
    page.row = max(page.row, beside + _CHART_ROWS)
    page.heading("By clinic and service line")
    units = page.table(_by_unit(source, data), totals="All")
    page.freeze_title(2)
    return {"units": units, "contribution": months}


def _by_unit(source: Source, data: Block) -> list[Column]:
    table = source.scenario.tables["patient_value"]
    groups = Groups.of(data, *_UNIT)
    rows = [_value_row(table, str(location), str(line)) for location, line in groups.labels]
    value = table.frame.iloc[rows]
    facts = source.facts
    known = facts.units[_UNIT].assign(first=facts.first_visit_margin, lifetime=facts.ltv_margin).set_index(_UNIT)
    margins = known.loc[list(groups.labels)]
    return [
        groups.column("location", "Clinic", "text", 22),
        groups.column("service_line", "Service line", "text", 20),
        groups.sum("plan", "Planned spend", "cents"),
        groups.sum("visits", "Completed visits", "count"),
        groups.sum("next_visits", "Visits at the margin", "count"),
        ratio("cac", "CAC", "cents", "plan", "visits"),
        ratio("marginal", "Marginal CAC", "cents", "plan", "next_visits"),
        Column("first", "First-visit margin", "cents", numbers(margins["first"])),
        Column("ltv", "LTV", "cents", numbers(margins["lifetime"])),
        _ltv_to_cac(),
        Column("per_year", "Margin a year", "cents", numbers(value["margin_per_year"])),
        Column("stays", "Stay a year", "percent", numbers(value["yearly_retention"]), width=9),
        Column("horizon", "Horizon, months", "whole", numbers(value["horizon_months"]), width=9),
        Column("payback", "Payback, months", "whole", None, _payback_formula, _payback, width=24),
        Column("from", "Margins from", "text", [f"{table.file}:{table.lines[row]}" for row in rows], width=20),
    ]  # fmt: skip


def _value_row(table: Table, location: str, line: str) -> int:
    """Position of the figures of a clinic's line: its own before the general ones."""
    frame = table.frame
    here = (frame["service_line"] == line).to_numpy()
    own = np.flatnonzero(here & (frame["location"] == location).to_numpy())
    return int(own[0] if len(own) else np.flatnonzero(here & (frame["location"] == "").to_numpy())[0])


def _ltv_to_cac() -> Column:
    def gives(row: Mapping[str, Cell]) -> Cell:
        return number(row["ltv"]) / number(row["cac"]) if row["cac"] else ""

    formula = 'IF(N({0})=0,"",{1}/{0})'
    return Column(
        "ratio", "LTV : CAC", "ratio", None, lambda at: "=" + formula.format(at["cac"], at["ltv"]), gives, width=9
    )


def _payback_formula(at: At) -> str:
    cac, first, year, stays, months = (at[name] for name in ("cac", "first", "per_year", "stays", "horizon"))
    lacking = f"({cac}-{first})*12/{year}"
    monthly = f"{stays}^(1/12)"
    left = f"1-{lacking}*(1-{monthly})/{monthly}"
    all_stay = f'IF({lacking}>{months},"{_NOT_WITHIN}",ROUNDUP({lacking},0))'
    some_stay = f'IF({left}<{monthly}^{months},"{_NOT_WITHIN}",ROUNDUP(ROUND(LN({left})/LN({monthly}),9),0))'
    return (
        f'=IF(N({cac})=0,"",IF({first}>={cac},0,IF({year}="","{_NOT_GIVEN}",'
        f'IF(OR({year}<=0,{stays}<=0),"{_NOT_WITHIN}",IF({stays}=1,{all_stay},{some_stay})))))'
    )


def _payback(row: Mapping[str, Cell]) -> Cell:
    """Months until the margin of a patient reaches what the patient cost; words where there is no such month."""
    cac, first, per_year = number(row["cac"]), number(row["first"]), row["per_year"]
    stays, horizon = number(row["stays"]), int(number(row["horizon"]))
    if not cac:
        return ""
    if first >= cac:
        return 0.0
    if per_year is None:
        return _NOT_GIVEN
    monthly = number(per_year) / 12 * stays ** (np.arange(1, horizon + 1) / 12)
    reached = np.flatnonzero(first + np.cumsum(monthly) >= cac - 1e-9 * max(abs(cac), 1.0))
    return float(reached[0] + 1) if len(reached) else _NOT_WITHIN


def _by_month(data: Block, bookings: Block) -> list[Column]:
    """Spend in the month of the spend, visits and their margins in the month of the visit."""
    spent = pd.Series([number(cell) for cell in data.cells["plan"]]).groupby(list(data.cells["month"])).sum()
    seen = pd.DataFrame({name: bookings.cells[name] for name in ("visits", "first", "lifetime")}, dtype=float)
    came = seen.groupby(list(bookings.cells["month"])).sum()
    months = sorted({*spent.index, *came.index})

    def month_sum(key: str, header: str, style: str, block: Block, of: str, sums: pd.Series) -> Column:
        def formula(at: At) -> str:
            return "=" + sum_where(block.of(of), Condition(block.of("month"), at["month"], True))

        return Column(key, header, style, numbers(sums.reindex(months, fill_value=0.0)), formula, total="sum", width=15)

    return [
        Column("month", "Month", "month", months, width=22),
        month_sum("plan", "Spend", "cents", data, "plan", spent),
        month_sum("visits", "Completed visits", "count", bookings, "visits", came["visits"]),
        month_sum("first", "First-visit margin", "money", bookings, "first", came["first"]),
        less("net", "First-visit margin less spend", "money", "first", "plan"),
        month_sum("lifetime", "Lifetime margin of these patients", "money", bookings, "lifetime", came["lifetime"]),
        less("worth", "Lifetime margin less spend", "money", "lifetime", "plan"),
    ]
