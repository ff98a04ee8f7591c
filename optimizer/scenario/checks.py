"""Checks between tables. Each is small, names its rows, and says how to mend them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Problem
from optimizer.scenario.definition import Definition, Objective
from optimizer.scenario.match import Floats, did_you_mean, unknown_labels
from optimizer.scenario.read import Scenario
from optimizer.scenario.tables import Table

Names = npt.NDArray[np.str_]

_REFERENCES = {
    "location": "a clinic",
    "service_line": "a service line",
    "channel": "a channel",
    "market": "a market",
    "intake_team": "an intake team",
    "campaign": "a campaign",
    "from_location": "a clinic",
    "to_location": "a clinic",
    "from_line": "a service line",
    "to_line": "a service line",
    "resource": "a shared resource",
}
"""Columns whose labels must be known, and what the label should have been."""


def label_problems(scenario: Scenario) -> list[Problem]:
    """Labels that no other table knows, in every table and column that refers to another."""
    known = _known_labels(scenario)
    problems: list[Problem] = []
    for name, table in scenario.tables.items():
        for column, of_what in _REFERENCES.items():
            if column in table.frame and (name, column) not in _DEFINES:
                problems += unknown_labels(table, column, known[column], of_what)
    return problems + _teams_without_table(scenario)


_DEFINES = {
    ("locations", "location"),
    ("locations", "market"),
    ("service_lines", "service_line"),
    ("channels", "channel"),
    ("campaigns", "campaign"),
    ("shared_resources", "resource"),
}
"""Where a label comes into being. A label of an absent table comes into being in campaigns.csv."""


def _known_labels(scenario: Scenario) -> dict[str, pd.Index]:
    tables = scenario.tables
    campaigns = tables["campaigns"].frame
    known = {
        column: pd.Index(sorted(set((tables[table] if table in tables else tables["campaigns"]).frame[column])))
        for table, column in (("locations", "location"), ("service_lines", "service_line"), ("channels", "channel"))
    }
    markets = set(tables["locations"].frame["market"].replace("", "all")) if "locations" in tables else {"all"}
    teams = set(tables["intake_teams"].frame["intake_team"]) if "intake_teams" in tables else set()
    known["market"] = pd.Index(sorted(markets), dtype=str)
    known["intake_team"] = pd.Index(sorted(teams), dtype=str)
    known["from_location"] = known["to_location"] = known["location"]
    known["from_line"] = known["to_line"] = known["service_line"]
    resources = set(tables["shared_resources"].frame["resource"]) if "shared_resources" in tables else set()
    known["resource"] = pd.Index(sorted(resources), dtype=str)
    known["campaign"] = pd.Index(sorted(campaigns["campaign"]))
    return known


def _teams_without_table(scenario: Scenario) -> list[Problem]:
    if "intake_teams" in scenario.tables or "locations" not in scenario.tables:
        return []
    table = scenario.tables["locations"]
    named = np.flatnonzero((table.frame["intake_team"] != "").to_numpy())
    hint = "add intake_teams.csv, or leave intake_team blank to leave intake unlimited"
    return [table.problem(row, "an intake team is named but there is no intake_teams table", hint) for row in named[:1]]


def share_sums(table: Table, shares: Floats) -> list[Problem]:
    """Lead shares of a channel that do not add up to 1."""
    wrong = np.flatnonzero(np.abs(shares.sum(axis=1) - 1.0) > 1e-9)
    return [
        table.problem(
            row,
            f"lead shares of channel '{table.frame['channel'].iloc[row]}' add up to {shares[row].sum():.4g}",
            "let lead_share_week_0, lead_share_week_1 ... add up to 1",
            code="share_sum",
        )
        for row in wrong
    ]


def usable_waits(table: Table, units: pd.DataFrame, kept: Floats) -> list[Problem]:
    """Service lines for which no wait can be offered."""
    lines = sorted(set(units["service_line"].to_numpy(dtype=str)[(kept <= 0).all(axis=1)]))
    return [
        Problem(
            table.file,
            0,
            f"service line '{line}' has no wait that can be offered",
            "give kept_share above 0 for a weeks_waited from its min_weeks_to_visit up to policies.max_weeks_waited",
            code="no_wait",
        )
        for line in lines
    ]


def flight_problems(table: Table) -> list[Problem]:
    """Campaigns that end before they begin, or whose least spend passes their most. A most of zero is a pause."""
    frame = table.frame
    first, last = frame["first_week"], frame["last_week"]
    backwards = ((last != "") & (first > last)).to_numpy()
    most = frame["max_weekly_spend"]
    crossed = [
        ("min_weekly_spend", frame["min_weekly_spend"] > most),
        ("min_if_active", (frame["min_if_active"] > most) & (most > 0)),
    ]
    problems = [
        table.problem(row, f"last_week {last.iloc[row]} is before first_week {first.iloc[row]}", "swap them")
        for row in np.flatnonzero(backwards)
    ]
    return problems + [
        table.problem(
            row,
            f"{column} {frame[column].iloc[row]:,.2f} is above max_weekly_spend {most.iloc[row]:,.2f}",
            "lower the first or raise the second",
            column,
            "crossed_bounds",
        )
        for column, above in crossed
        for row in np.flatnonzero(above)
    ]


def missing_rows(table: Table, wanted: pd.DataFrame) -> list[Problem]:
    """Keys that another table needs and this one lacks."""
    keys = wanted.drop_duplicates()
    columns = list(keys.columns)
    return [
        Problem(
            table.file,
            0,
            "no row for " + ", ".join(f"{name} '{value}'" for name, value in zip(columns, key, strict=True) if value),
            f"add the row, or a general one ({' and '.join(table.spec.key[-2:])})"
            if table.spec.name == "response_curves"
            else "add the row; a blank location stands for all clinics",
            code="missing_row",
        )
        for key in keys.itertuples(index=False, name=None)
    ]


def curve_scopes(table: Table) -> list[Problem]:
    """Curves that are neither of one campaign nor the default of a service line and channel."""
    own, line, channel = (table.frame[name] != "" for name in ("campaign", "service_line", "channel"))
    wrong = np.flatnonzero((own & (line | channel)).to_numpy() | (~own & ~(line & channel)).to_numpy())
    message = "a curve is of a campaign, or the default of a service line and channel"
    hint = "give campaign alone, or service_line and channel without campaign"
    return [table.problem(row, message, hint, "campaign", "curve_scope") for row in wrong]


def late_rates(table: Table) -> list[Problem]:
    """Late leads that would book better than those answered in time."""
    frame = table.frame
    wrong = np.flatnonzero((frame["booking_rate_late"] > frame["booking_rate"]).to_numpy())
    return [
        table.problem(
            row,
            f"booking_rate_late {frame['booking_rate_late'].iloc[row]:g} is above booking_rate"
            f" {frame['booking_rate'].iloc[row]:g}",
            "a lead answered late cannot book better than one answered in time",
            "booking_rate_late",
        )
        for row in wrong
    ]


def missing_weeks(table: Table, named: pd.DataFrame, weeks: Names, grid: Floats) -> list[Problem]:
    """Planned weeks for which a row of the grid (rows, weeks) has no value."""
    gaps = np.isnan(grid[:, : len(weeks)])
    problems = []
    for row in np.flatnonzero(gaps.any(axis=1)):
        label = ", ".join(f"{name} '{value}'" for name, value in named.iloc[row].items())
        lacking = weeks[gaps[row]]
        listed = ", ".join(lacking[:4]) + (f" and {len(lacking) - 4} more" if len(lacking) > 4 else "")
        hint = "add a row for every planned week; a closed week has zero"
        problems.append(Problem(table.file, 0, f"{label} has no row for {listed}", hint, "week", "missing_week"))
    return problems


def late_waitlist(table: Table, first_week: str) -> list[Problem]:
    """Opening waitlists that stand in another week than the first."""
    frame = table.frame
    wrong = np.flatnonzero(((frame["waitlist"] > 0) & (frame["week"] != first_week)).to_numpy())
    hint = f"put the patients waiting at the start into the week {first_week} and 0 elsewhere"
    return [table.problem(row, f"waitlist in the week {frame['week'].iloc[row]}", hint, "waitlist") for row in wrong]


def idle_waitlists(
    table: Table, units: pd.DataFrame, capacity: Mapping[str, Floats], takes_new: npt.NDArray[np.bool_]
) -> list[Problem]:
    """Patients who wait where only follow-on visits are planned: nobody would book them."""
    hint = "count them in already_booked or expected_baseline_bookings, and leave waitlist blank"
    return [
        Problem(
            table.file,
            0,
            f"patients wait for {units['service_line'].iloc[unit]} at {units['location'].iloc[unit]}, where only"
            " follow-on visits are planned",
            hint,
            "waitlist",
            "idle_waitlist",
        )
        for unit in np.flatnonzero(~takes_new & (capacity["waitlist"] > 0))
    ]


def late_backlog(table: Table, first_week: str) -> list[Problem]:
    """Opening backlogs that stand in another week than the first."""
    frame = table.frame
    wrong = np.flatnonzero(((frame["opening_backlog"] > 0) & (frame["week"] != first_week)).to_numpy())
    hint = f"put the contacts waiting at the start into the week {first_week} and 0 elsewhere"
    column = "opening_backlog"
    return [table.problem(row, f"{column} in the week {frame['week'].iloc[row]}", hint, column) for row in wrong]


def overflow_prices(table: Table) -> list[Problem]:
    """Overflow hours without a price."""
    frame = table.frame
    wrong = np.flatnonzero(((frame["overflow_hours"] > 0) & frame["overflow_cost_per_hour"].isna()).to_numpy())
    column = "overflow_cost_per_hour"
    return [
        table.problem(
            row,
            f"{frame['overflow_hours'].iloc[row]:g} overflow_hours have no overflow_cost_per_hour",
            "give the price of an hour, 0 if it is free, or leave overflow_hours blank",
            column,
            "overflow_price",
        )
        for row in wrong
    ]


def limit_problems(table: Table, weeks: Names, planned: int) -> list[Problem]:
    """Limits that limit nothing, contradict themselves, or ask for what cannot be told apart.

    Args:
        table: The limits.
        weeks: (H,) weeks in which visits can fall.
        planned: T, how many of them are planned; money is spent in these alone.
    """
    frame = table.frame
    problems: list[Problem] = []

    def add(rows: pd.Series, message: str, hint: str, column: str) -> None:
        for row in np.flatnonzero(rows.to_numpy()):
            text = message.format(**{str(key): value for key, value in frame.iloc[row].items()})
            problems.append(table.problem(row, text, hint, column, "limit"))

    add(frame["min"].isna() & frame["max"].isna(), "limit '{limit}' has no min and no max", "give one of them", "min")
    add(frame["min"] > frame["max"], "limit '{limit}': min {min:g} is above max {max:g}", "swap them", "min")
    share = frame["quantity"] == "spend_share"
    over = share & ((frame["min"] > 1) | (frame["max"] > 1))
    add(over, "limit '{limit}': a spend_share is between 0 and 1", "write 45 % as 0.45", "max")
    of_units = frame["quantity"].isin(["bookings", "visits", "cac", "ltv_to_cac"])
    pooled = of_units & ((frame["channel"] != "") | (frame["campaign"] != ""))
    hint = "limit leads or spend instead; a clinic's slots are shared by its channels"
    add(pooled, "limit '{limit}': {quantity} cannot be told apart by channel or campaign", hint, "quantity")
    outside = (frame["first_week"] > weeks[-1]) | ((frame["last_week"] != "") & (frame["last_week"] < weeks[0]))
    add(outside, "limit '{limit}' covers no week of the plan", f"the plan begins {weeks[0]}", "first_week")
    backwards = (frame["last_week"] != "") & (frame["first_week"] > frame["last_week"]) & ~outside
    add(backwards, "limit '{limit}': last_week {last_week} is before first_week {first_week}", "swap them", "last_week")
    of_money = frame["quantity"].isin(["spend", "spend_share", "cac", "ltv_to_cac"])
    too_late = of_money & (frame["first_week"] > weeks[planned - 1]) & ~outside
    hint = f"the last week in which money is spent begins {weeks[planned - 1]}"
    add(too_late, "limit '{limit}' on {quantity} begins {first_week}, after the planned weeks", hint, "first_week")
    return problems + _ratio_problems(table)


GOALS = ("leads", "bookings", "visits")
"""Quantities whose min asks for more than nothing."""


def without_goal(definition: Definition, lines: Mapping[str, int], tables: Mapping[str, Table]) -> list[Problem]:
    """The least spend sought, and no goal that asks for any."""
    if definition.objective is not Objective.MIN_SPEND:
        return []
    if "limits" in tables:
        frame = tables["limits"].frame
        if (frame["quantity"].isin(GOALS) & (frame["min"] > 0)).any():
            return []
    hint = "give a min of leads, bookings or visits in limits.csv, or choose another objective"
    message = "objective min_spend seeks the least spend that reaches the goals, but limits.csv has none"
    return [Problem("scenario.yaml", lines.get("objective", 0), message, hint, "objective", "no_goal")]


def _ratio_problems(table: Table) -> list[Problem]:
    """Ratios that are limited on the side where more is better, or that are to be missed at a price."""
    frame = table.frame
    price = (
        "a point of {quantity} is no amount: what it is worth depends on the plan",
        "leave price_cap blank, or put the price on spend, leads, bookings or visits",
    )
    instead = "or a min of spend"
    wrong = [
        ("cac", "min", "spend per visit has no least: to pay less is never wrong", f"give max, {instead}"),
        ("ltv_to_cac", "max", "lifetime value per spend has no most: more is never wrong", f"give min, {instead}"),
        *((ratio, "price_cap", *price) for ratio in ("spend_share", "cac", "ltv_to_cac")),
    ]
    return [
        table.problem(
            row,
            f"limit '{frame['limit'].iloc[row]}' has a {column}, but {why.format(quantity=quantity)}",
            hint,
            column,
            "limit",
        )
        for quantity, column, why, hint in wrong
        for row in np.flatnonzero(((frame["quantity"] == quantity) & frame[column].notna()).to_numpy())
    ]


def budget_months(definition: Definition, lines: Mapping[str, int], weeks: Names) -> list[Problem]:
    """Monthly budgets of months in which no planned week begins."""
    months = sorted({week[:7] for week in weeks})
    return [
        Problem(
            "scenario.yaml",
            lines.get(f"budget.per_month.{month}", 0),
            f"budget.per_month names {month}, in which no planned week begins",
            did_you_mean(month, months),
            "budget.per_month",
        )
        for month in definition.budget.per_month
        if month not in months
    ]
