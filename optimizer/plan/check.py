"""The independent check of a plan: nothing is shown that does not pass it.

It works on the scenario's own tables (:mod:`optimizer.plan.recompute`) and on the plan's tables as they will be shown,
and shares no code with the model or the solver. First the rows of the tables must be what they seem; then every
limit must hold and every number must be found again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.recompute import UNIT, Ground, Replay, by_week, ground_of, replay, summed_by_week, weeks_from
from optimizer.scenario.read import Scenario

Tables = Mapping[str, pd.DataFrame]
Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-6
"""Part of a number, plus as much absolutely, by which two computations of it may differ."""
CENT_ROUNDING = 0.03
"""Money by which a week-to-week move may pass its limit because both weeks are in whole cents."""
MOST_NAMED = 20
"""Places that are named where one check fails in more."""

_FLOAT_NOISE = 1e-8
"""Money by which an amount in whole cents may miss them because it is a binary fraction."""
_ALL_WEEKS = "all weeks together"
_UNIT_LABELS = ["market", *UNIT]
_LABELS = {
    "plan": ["campaign", "market", *UNIT, "channel", "week"],
    "leads": [*_UNIT_LABELS, "week"],
    "bookings": [*_UNIT_LABELS, "week", "visit_week"],
    "capacity": [*_UNIT_LABELS, "week"],
    "intake": ["intake_team", "week"],
}
"""Columns of each table that say what a row is about."""
_KEYS = {
    "plan": ["campaign", "week"],
    "leads": [*UNIT, "week"],
    "bookings": [*UNIT, "week", "weeks_waited"],
    "capacity": [*UNIT, "week"],
    "intake": ["intake_team", "week"],
}
"""Labels that name a row of each table once."""
_NUMBERS = {
    "plan": ["current_spend", "recommended_spend", "change", "leads", "bookings", "visits", "value"],
    "leads": ["leads", "answered_in_time", "late", "lost", "requests", "waitlist", "booked", "visits"],
    "bookings": ["weeks_waited", "booked", "visits"],
    "capacity": [
        "new_patient_slots",
        "already_booked",
        "expected_baseline_bookings",
        "open_slots",
        "booked",
        "slots_used",
        "open_slots_left",
        "visits",
    ],
    "intake": [
        "hours_in_time",
        "hours_paid",
        "baseline_hours",
        "lead_hours",
        "leads",
        "answered_in_time",
        "late",
        "lost",
    ],
}
"""Numbers of each table that are found again."""
_NEVER_NEGATIVE = {"plan": ["recommended_spend"], "leads": ["late", "lost"], "bookings": ["booked"]}
"""What a plan decides; everything else follows from it."""
_MAY_BE_UNKNOWN = "third_next_available_days"


def check_plan(scenario: Scenario, tables: Tables, totals: Mapping[str, float]) -> list[Finding]:
    """Check a plan against the scenario that it was made for.

    Args:
        scenario: The scenario, whose tables agree with each other.
        tables: The plan's tables: "plan" (campaign and week), "leads" (unit and lead week), "bookings" (unit, lead
            week and weeks waited), "capacity" (unit and visit week) and "intake" (team and lead week).
        totals: spend, leads, bookings, visits, gross and value of the whole plan. ``leads`` counts all that arrive,
            those from before the plan included; ``gross`` is the worth of the visits in the objective's unit;
            ``value`` is gross less spend where the objective is money.

    Returns:
        What does not hold, each with its place and amount; empty if the plan holds. Where rows are missing, unknown,
        doubled or not numbers, only that is told: the rest cannot be judged.
    """
    ground = ground_of(scenario)
    findings = _column_findings(tables) or _number_findings(tables) or _row_findings(ground, tables)
    if findings:
        return findings
    plan = replay(ground, tables)
    return [
        *_budget(ground, plan),
        *_campaign_spend(ground, plan),
        *_change_limit(ground, plan),
        *_lead_split(ground, plan),
        *_intake(ground, plan),
        *_appointment_requests(ground, plan),
        *_appointment_capacity(ground, plan),
        *_limits(ground, plan),
        *_plan_table(ground, plan, tables["plan"]),
        *_lead_table(ground, plan, tables["leads"]),
        *_booking_table(plan, tables["bookings"]),
        *_capacity_table(ground, plan, tables["capacity"]),
        *_intake_table(ground, plan, tables["intake"]),
        *_totals(ground, plan, totals),
    ]


# Rows: everything is there once, and is a number


def _column_findings(tables: Tables) -> list[Finding]:
    """Tables and columns that are not there, or hold something else than numbers."""
    findings = []
    for name, numbers in _NUMBERS.items():
        if name not in tables:
            findings.append(Finding("columns", f"the table '{name}' is not there"))
            continue
        table = tables[name]
        lacking = [column for column in [*_LABELS[name], *numbers] if column not in table]
        findings += [Finding("columns", f"table '{name}' has no column '{column}'") for column in lacking]
        findings += [
            Finding("columns", f"{name}.{column} does not hold {kind}")
            for columns, kind, holds in (
                (numbers, "numbers", pd.api.types.is_numeric_dtype),
                (_LABELS[name], "text", pd.api.types.is_string_dtype),
            )
            for column in columns
            if len(table) and column in table and not holds(table[column])
        ]
    return findings


def _number_findings(tables: Tables) -> list[Finding]:
    return [finding for name in _NUMBERS for finding in _numbers(name, tables[name])]


def _row_findings(ground: Ground, tables: Tables) -> list[Finding]:
    expected = _expected_rows(ground)
    findings = [finding for name, rows in expected.items() for finding in _rows(name, tables[name], rows)]
    return findings + _waits(ground, tables["bookings"])


def _expected_rows(ground: Ground) -> dict[str, pd.DataFrame]:
    """Labels of the rows that each table must have; for bookings, may have."""
    campaigns, units = ground.campaigns.reset_index()[_LABELS["plan"][:-1]], ground.units.reset_index()[_UNIT_LABELS]
    teams = ground.intake["hours_paid"].index.to_frame(index=False)
    in_lead_weeks = units.merge(pd.DataFrame({"week": ground.lead_weeks}), how="cross")
    return {
        "plan": campaigns.merge(pd.DataFrame({"week": ground.planned}), how="cross"),
        "leads": in_lead_weeks,
        "bookings": in_lead_weeks,
        "capacity": units.merge(pd.DataFrame({"week": ground.visit_weeks}), how="cross"),
        "intake": teams.merge(pd.DataFrame({"week": ground.lead_weeks}), how="cross"),
    }


def _numbers(name: str, table: pd.DataFrame) -> list[Finding]:
    """Numbers that are none, and decisions below zero."""
    findings = []
    for column in table.select_dtypes("number"):
        values = table[column].to_numpy(dtype=np.float64)
        broken = ~np.isfinite(values) & (column != _MAY_BE_UNKNOWN)
        findings += _named("numbers", table[_KEYS[name]], broken, f"{name}.{column} is not a finite number")
    for column in _NEVER_NEGATIVE.get(name, []):
        values = table[column].to_numpy(dtype=np.float64)
        text = f"{name}.{column} is below zero"
        findings += _named("numbers", table[_KEYS[name]], values < 0, text, np.abs(values))
    return findings


def _rows(name: str, table: pd.DataFrame, expected: pd.DataFrame) -> list[Finding]:
    """Rows that are doubled, that the scenario does not know, or that are missing."""
    labels, keys = list(expected.columns), _KEYS[name]
    doubled = table.duplicated(keys).to_numpy()
    findings = _named("rows", table[keys], doubled, f"table '{name}' has this row twice")
    both = table[labels].drop_duplicates().merge(expected, on=labels, how="outer", indicator="side")
    unknown, missing = (both["side"] == side for side in ("left_only", "right_only"))
    findings += _named("rows", both[labels], unknown.to_numpy(), f"table '{name}' has a row that the scenario has not")
    if name == "bookings":
        return findings
    return findings + _named("rows", both[labels], missing.to_numpy(), f"table '{name}' lacks this row")


def _waits(ground: Ground, bookings: pd.DataFrame) -> list[Finding]:
    """Bookings with a wait that may not be offered, or whose visit is in another week than the wait says."""
    labels, wait = bookings[_KEYS["bookings"]], ["service_line", "weeks_waited"]
    offered = labels.merge(ground.waits[wait], on=wait, how="left", indicator="side", validate="many_to_one")
    not_offered = (offered["side"] == "left_only").to_numpy()
    findings = _named("waits", labels, not_offered, "a wait of so many weeks may not be offered")
    longest = len(ground.visit_weeks) - len(ground.lead_weeks)
    visits = [
        (week, lag, later) for week in ground.lead_weeks for lag, later in enumerate(weeks_from(week, longest + 1))
    ]
    calendar = pd.DataFrame(visits, columns=["week", "weeks_waited", "visit_week"])
    dated = bookings.merge(calendar, on=list(calendar.columns), how="left", indicator="side", validate="many_to_one")
    wrong = (dated["side"] == "left_only").to_numpy() & ~not_offered
    return findings + _named("waits", labels, wrong, "visit_week is not so many weeks after the week")


def _named(
    check: str, labels: pd.DataFrame, bad: npt.NDArray[np.bool_], text: str, amount: Floats | None = None
) -> list[Finding]:
    """A finding for each bad row, named by its labels."""
    rows = np.flatnonzero(bad)
    findings = [
        Finding(check, f"{_place(tuple(labels.iloc[row]))}: {text}", 0.0 if amount is None else float(amount[row]))
        for row in rows[:MOST_NAMED]
    ]
    return findings + _uncounted(check, text, len(rows))


# Comparing frames that are labelled by row and by week


def _at_most(
    check: str, what: str, used: pd.DataFrame, limit: pd.DataFrame, room: float | None = None
) -> list[Finding]:
    """Findings where ``used`` is above ``limit`` by more than the room for rounding; what is not a number fails."""
    used, limit = used.align(limit)
    over = (used - limit).to_numpy()
    return _broken(check, f"{what} is {{0}}, more than {{1}}", used, limit, over, room)


def _at_least(
    check: str, what: str, used: pd.DataFrame, limit: pd.DataFrame, room: float | None = None
) -> list[Finding]:
    """Findings where ``used`` is below ``limit``, as in ``_at_most``."""
    used, limit = used.align(limit)
    under = (limit - used).to_numpy()
    return _broken(check, f"{what} is {{0}}, less than {{1}}", used, limit, under, room)


def _equal(check: str, shown: pd.DataFrame, again: pd.DataFrame, room: float | None = None) -> list[Finding]:
    """Findings where a number that is shown is not the one that is found when it is computed again."""
    shown, again = shown.align(again)
    apart = (shown - again).abs().to_numpy()
    return _broken(check, f"{check} says {{0}}, computed again it is {{1}}", shown, again, apart, room)


def _broken(
    check: str, text: str, used: pd.DataFrame, limit: pd.DataFrame, excess: Floats, room: float | None
) -> list[Finding]:
    """A finding for each cell in which ``excess`` is not within the room; without one, within the tolerance."""
    left, right = used.to_numpy(dtype=np.float64), limit.to_numpy(dtype=np.float64)
    allowed = TOLERANCE * (1 + np.maximum(np.abs(left), np.abs(right))) if room is None else np.full(left.shape, room)
    rows, columns = np.nonzero(~(excess <= allowed))
    findings = [
        Finding(
            check,
            f"{_place(used.index[row])}, {used.columns[column]}: "
            + text.format(f"{left[row, column]:,.10g}", f"{right[row, column]:,.10g}"),
            float(excess[row, column]),
        )
        for row, column in zip(rows[:MOST_NAMED], columns[:MOST_NAMED], strict=True)
    ]
    return findings + _uncounted(check, text.format("...", "..."), len(rows))


def _uncounted(check: str, text: str, count: int) -> list[Finding]:
    return [Finding(check, f"and in {count - MOST_NAMED} more places: {text}")] if count > MOST_NAMED else []


def _place(label: object) -> str:
    return " ".join(map(str, label)) if isinstance(label, tuple) else str(label)


def _one_row(name: str, values: Mapping[str, float]) -> pd.DataFrame:
    return pd.DataFrame([values], index=[name], dtype=np.float64)


# Money


def _cents(money: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Whole cents at or below, and at or above, amounts of money."""
    cents = np.asarray(money, dtype=np.float64) * 100
    nearest = np.rint(cents)
    whole = np.isclose(cents, nearest, rtol=1e-14, atol=1e-6)
    return np.where(whole, nearest, np.floor(cents)), np.where(whole, nearest, np.ceil(cents))


def _budget(ground: Ground, plan: Replay) -> list[Finding]:
    budget = ground.definition.budget
    weekly = plan.cents.sum()
    monthly = weekly.groupby([week[:7] for week in ground.planned]).sum()
    periods = {month: (monthly.get(month, 0.0), limit) for month, limit in budget.per_month.items()}
    if budget.per_week is not None:
        periods |= {week: (weekly[week], budget.per_week) for week in ground.planned}
    used = {name: cents / 100 for name, (cents, _) in periods.items()}
    limit = {name: float(_cents(most)[0]) / 100 for name, (_, most) in periods.items()}
    total = _one_row("all campaigns", {_ALL_WEEKS: weekly.sum() / 100})
    most = _one_row("all campaigns", {_ALL_WEEKS: float(_cents(budget.total)[0]) / 100})
    findings = _at_most("budget_total", "spend", total, most, 0.0)
    return findings + _at_most(
        "budget_period", "spend", _one_row("all campaigns", used), _one_row("all campaigns", limit), 0.0
    )


def _campaign_spend(ground: Ground, plan: Replay) -> list[Finding]:
    flying, rows = ground.in_flight(), ground.campaigns
    known = rows["observed_max_weekly_spend"] * ground.definition.policies.extrapolation
    most = np.fmin(_cents(rows["max_weekly_spend"])[0], _cents(known)[0]) / 100
    least = _cents(rows["min_weekly_spend"])[1] / 100
    spend, check = plan.cents / 100, "campaign_spend"
    off = (plan.spend - spend).abs().to_numpy()
    return [
        *_broken(check, "spend is {0}, which in whole cents is {1}", plan.spend, spend, off, _FLOAT_NOISE),
        *_at_most(check, "spend", spend, _spread(most, flying), 0.0),
        *_at_least(check, "spend", spend, _spread(least, flying), 0.0),
    ]


def _spread(amount: Floats, flying: pd.DataFrame) -> pd.DataFrame:
    """An amount per campaign in each week of its flight, zero outside."""
    return pd.DataFrame(np.where(flying, amount[:, None], 0.0), index=flying.index, columns=flying.columns)


def _change_limit(ground: Ground, plan: Replay) -> list[Finding]:
    policy = ground.definition.policies.change_limit
    if policy is None:
        return []
    flying, spend = ground.in_flight(), plan.cents / 100
    before, flew = spend.shift(1, axis=1), flying.shift(1, axis=1, fill_value=True)
    before[ground.planned[0]] = ground.campaigns["current_weekly_spend"]
    limited = flying & flew
    most = ((1 + policy.share) * before + policy.amount).where(limited, np.inf)
    least = ((1 - policy.share) * before - policy.amount).where(limited, -np.inf)
    return [
        *_at_most("change_limit", "spend", spend, most, CENT_ROUNDING),
        *_at_least("change_limit", "spend", spend, least, CENT_ROUNDING),
    ]


# Leads, intake and appointments


def _lead_split(ground: Ground, plan: Replay) -> list[Finding]:
    limited = ground.units["intake_team"] != ""
    return _at_most("lead_split", "late and lost leads", plan.late + plan.lost, plan.leads.mul(limited, axis=0))


def _intake(ground: Ground, plan: Replay) -> list[Finding]:
    answered = plan.hours - plan.mean_hours * plan.lost
    in_time = answered - plan.mean_hours * plan.late
    what = "hours of leads answered"
    return [
        *_at_most("intake_sla", f"{what} in time", ground.per_team(in_time), ground.intake["hours_in_time"]),
        *_at_most("intake_total", what, ground.per_team(answered), ground.intake["hours_paid"]),
    ]


def _appointment_requests(ground: Ground, plan: Replay) -> list[Finding]:
    asked = plan.bookings.assign(asked=plan.bookings["booked"] / plan.bookings["kept_share"])
    offered = summed_by_week(asked, "asked", "week", plan.leads)
    missed = (plan.late_requests * plan.late + plan.lost_requests * plan.lost) * plan.mean_hours
    asking = (plan.requests + _waitlist(ground, plan) - missed).clip(lower=0.0)
    return _at_most("appointment_requests", "patients offered an appointment", offered, asking)


def _waitlist(ground: Ground, plan: Replay) -> pd.DataFrame:
    waiting = plan.leads * 0.0
    waiting[ground.planned[0]] = ground.units["waitlist"]
    return waiting


def _appointment_capacity(ground: Ground, plan: Replay) -> list[Finding]:
    used = plan.booked.mul(ground.units["slots_per_booking"], axis=0)
    return _at_most("appointment_capacity", "slots used", used, ground.capacity["open_slots"])


# Named limits


def _limits(ground: Ground, plan: Replay) -> list[Finding]:
    campaigns = ground.campaigns.assign(campaign=ground.campaigns.index)
    units = ground.units.assign(**{name: ground.units.index.get_level_values(name) for name in UNIT})
    amounts = {
        "spend": (campaigns, plan.cents),
        "spend_share": (campaigns, plan.cents),
        "leads": (campaigns, plan.arriving),
        "bookings": (units, plan.booked),
        "visits": (units, plan.visits),
    }
    rows = [{str(name): value for name, value in row.items()} for row in ground.limits.to_dict("records")]
    return [finding for row in rows for finding in _limit(row, *amounts[row["quantity"]])]


def _limit(row: Mapping[str, Any], members: pd.DataFrame, amount: pd.DataFrame) -> list[Finding]:
    """Findings of one row of limits; amounts of money are in cents until they are shown."""
    inside = np.ones(len(members), dtype=np.bool_)
    for name in ("market", "location", "service_line", "channel", "campaign"):
        if row[name]:
            inside &= (members[name] == row[name]).to_numpy()
    used = _counted(row, amount[inside].sum())
    shown = 100.0 if row["quantity"] in ("spend", "spend_share") else 1.0
    rounding = {"spend": 0.0, "spend_share": 0.01 * _cells(row, amount)}
    what, findings = str(row["quantity"]), []

    def named(values: pd.Series) -> pd.DataFrame:
        return (values / shown).to_frame(f"limit '{row['limit']}'").T

    for side, compare in (("min", _at_least), ("max", _at_most)):
        if not np.isnan(row[side]):
            allowed = pd.Series(_allowed(row, side, amount), index=used.index)
            findings += compare("limits", what, named(used), named(allowed), rounding.get(what))
    return findings


def _covered(row: Mapping[str, Any], weeks: pd.Index) -> npt.NDArray[np.bool_]:
    return np.asarray((weeks >= row["first_week"]) & ((weeks <= row["last_week"]) | (row["last_week"] == "")))


def _counted(row: Mapping[str, Any], weekly: pd.Series) -> pd.Series:
    """The weeks that a limit covers, each alone or all together."""
    window = weekly[_covered(row, weekly.index)]
    return window if row["per"] == "week" else pd.Series({_ALL_WEEKS: window.sum()})


def _cells(row: Mapping[str, Any], amount: pd.DataFrame) -> int:
    """Amounts that are added up where a limit counts once, each of which was rounded."""
    return len(amount) * (1 if row["per"] == "week" else int(_covered(row, amount.columns).sum()))


def _allowed(row: Mapping[str, Any], side: str, amount: pd.DataFrame) -> pd.Series | float:
    """What a side of a limit allows; for a share, of the amounts of all campaigns in the weeks counted."""
    match row["quantity"]:
        case "spend":
            below, above = _cents(row[side])
            return float(below if side == "max" else above)
        case "spend_share":
            return _counted(row, amount.sum()) * float(row[side])
    return float(row[side])


# The numbers that are shown


def _plan_table(ground: Ground, plan: Replay, table: pd.DataFrame) -> list[Finding]:
    """Each campaign's leads; and a unit's campaigns together claim no more bookings, visits and value than it has."""
    shown = {name: by_week(table, ["campaign"], name) for name in ("current_spend", "change", "leads")}
    whole = {"bookings": plan.booked, "visits": plan.visits, "value": ground.worth(plan.booked, plan.visits)}
    achieved = pd.DataFrame({name: amount.sum(axis=1, skipna=False) for name, amount in whole.items()})
    claimed = table.groupby(UNIT)[list(whole)].sum()
    return [
        *_equal("plan.change", shown["change"], plan.spend - shown["current_spend"]),
        *_equal("plan.leads", shown["leads"], plan.brought),
        *_at_most("plan.shares", "the sum over its campaigns (without its sign)", claimed.abs(), achieved.abs()),
    ]


def _lead_table(ground: Ground, plan: Replay, table: pd.DataFrame) -> list[Finding]:
    return _same_numbers("leads", table, UNIT, {
        "leads": plan.leads,
        "answered_in_time": plan.leads - plan.late - plan.lost,
        "requests": plan.requests,
        "waitlist": _waitlist(ground, plan),
        "booked": summed_by_week(plan.bookings, "booked", "week", plan.leads),
        "visits": summed_by_week(plan.bookings, "visits", "week", plan.leads),
    })  # fmt: skip


def _booking_table(plan: Replay, table: pd.DataFrame) -> list[Finding]:
    shown, again = (by_week(rows, [*UNIT, "weeks_waited"], "visits") for rows in (table, plan.bookings))
    return _equal("bookings.visits", shown.fillna(0.0), again.fillna(0.0))


def _capacity_table(ground: Ground, plan: Replay, table: pd.DataFrame) -> list[Finding]:
    used = plan.booked.mul(ground.units["slots_per_booking"], axis=0)
    return _same_numbers("capacity", table, UNIT, {
        **ground.capacity,
        "booked": plan.booked,
        "slots_used": used,
        "open_slots_left": ground.capacity["open_slots"] - used,
        "visits": plan.visits,
    })  # fmt: skip


def _intake_table(ground: Ground, plan: Replay, table: pd.DataFrame) -> list[Finding]:
    by_unit = {
        "lead_hours": plan.hours,
        "leads": plan.leads,
        "answered_in_time": plan.leads - plan.late - plan.lost,
        "late": plan.late,
        "lost": plan.lost,
    }
    by_team = {name: ground.per_team(amount) for name, amount in by_unit.items()}
    return _same_numbers("intake", table, ["intake_team"], {**ground.intake, **by_team})


def _same_numbers(name: str, table: pd.DataFrame, label: list[str], again: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Findings where columns of a table are not what they are when computed again."""
    return [
        finding
        for column, amount in again.items()
        for finding in _equal(f"{name}.{column}", by_week(table, label, column), amount)
    ]


def _totals(ground: Ground, plan: Replay, totals: Mapping[str, float]) -> list[Finding]:
    spend = plan.cents.to_numpy().sum() / 100
    gross = float(ground.worth(plan.booked, plan.visits).to_numpy().sum())
    again = {
        "leads": float(plan.arriving.to_numpy().sum()),
        "bookings": float(plan.booked.to_numpy().sum()),
        "visits": float(plan.visits.to_numpy().sum()),
        "gross": gross,
        "value": gross - (spend if ground.definition.objective.in_money else 0.0),
    }
    shown = {name: totals.get(name, np.nan) for name in again}
    paid = _one_row("whole plan", {"spend": totals.get("spend", np.nan)})
    return [
        *_equal("totals", paid, _one_row("whole plan", {"spend": spend}), 0.005),
        *_equal("totals", _one_row("whole plan", shown), _one_row("whole plan", again)),
    ]
