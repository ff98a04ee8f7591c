"""Numbers that a plan shows: each is found again, in the tables and in the totals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import at_most, equal, one_row
from optimizer.plan.check_money import cost_of_moves
from optimizer.plan.check_operations import waitlist
from optimizer.plan.check_pathways import lost_totals
from optimizer.plan.recompute import Replay, summed_by_week
from optimizer.plan.recompute_channels import charge_of_lead, charge_of_waitlist
from optimizer.plan.recompute_ground import UNIT, Ground, by_week


def shown_numbers(
    ground: Ground, plan: Replay, tables: Mapping[str, pd.DataFrame], totals: Mapping[str, float]
) -> list[Finding]:
    """Findings where a number of the tables or a total is not the one that is computed again."""
    return [
        *_plan_table(ground, plan, tables["plan"]),
        *_lead_table(ground, plan, tables["leads"]),
        *_booking_table(plan, tables["bookings"]),
        *_capacity_table(ground, plan, tables["capacity"]),
        *_intake_table(ground, plan, tables["intake"]),
        *_totals(ground, plan, totals),
    ]


def _plan_table(ground: Ground, plan: Replay, table: pd.DataFrame) -> list[Finding]:
    """Each campaign's leads; and a unit's campaigns together claim no more bookings, visits and worth than it has.

    Of the value every campaign must have taken off what its channel is charged.
    """
    shown = {name: by_week(table, ["campaign"], name) for name in ("current_spend", "change", "leads")}
    names = {"booked": "bookings"} | {name: name for name in ("visits", "value", "follow_on_visits", "follow_on_value")}
    charged = ground.per_unit(plan.brought.mul(charge_of_lead(ground), axis=0)).sum(axis=1)
    claimed = table.groupby(UNIT)[list(names.values())].sum()
    claimed["value"] += charged.reindex(claimed.index)
    achieved = plan.bookings.groupby(UNIT)[list(names)].sum().rename(columns=names)
    achieved = achieved.reindex(claimed.index, fill_value=0.0)
    return [
        *equal("plan.change", shown["change"], plan.spend - shown["current_spend"]),
        *equal("plan.leads", shown["leads"], plan.brought),
        *at_most("plan.shares", "the sum over its campaigns (without its sign)", claimed.abs(), achieved.abs()),
    ]


def _lead_table(ground: Ground, plan: Replay, table: pd.DataFrame) -> list[Finding]:
    return _same_numbers("leads", table, UNIT, {
        "leads": plan.leads,
        "answered_in_time": plan.leads - plan.late - plan.lost,
        "requests": plan.requests,
        "waitlist": waitlist(ground, plan),
        "booked": summed_by_week(plan.bookings, "booked", "week", plan.leads),
        "visits": summed_by_week(plan.bookings, "visits", "week", plan.leads),
    })  # fmt: skip


def _booking_table(plan: Replay, table: pd.DataFrame) -> list[Finding]:
    if table.empty:
        return []
    shown, again = (by_week(rows, [*UNIT, "seen_at", "weeks_waited"], "visits") for rows in (table, plan.bookings))
    return equal("bookings.visits", shown.fillna(0.0), again.fillna(0.0))


def _capacity_table(ground: Ground, plan: Replay, table: pd.DataFrame) -> list[Finding]:
    used = plan.slots.mul(ground.units["slots_per_booking"], axis=0)
    return _same_numbers("capacity", table, UNIT, {
        **ground.capacity,
        "booked": plan.booked,
        **_redirected(plan),
        "follow_on_visits": plan.follow_on_seen,
        "slots_used": used,
        "open_slots_left": ground.capacity["open_slots"] - used,
        "visits": plan.visits,
    })  # fmt: skip


def _redirected(plan: Replay) -> dict[str, pd.DataFrame]:
    """Bookings of patients who asked for another clinic, and of those who are seen at one."""
    sent = plan.bookings[plan.bookings["seen_at"] != plan.bookings["location"]]
    came = sent.drop(columns="location").rename(columns={"seen_at": "location"})
    return {
        name: summed_by_week(rows, "booked", "visit_week", plan.booked)
        for name, rows in (("routed_in", came), ("routed_out", sent))
    }


def _intake_table(ground: Ground, plan: Replay, table: pd.DataFrame) -> list[Finding]:
    by_unit = {
        "lead_hours": plan.hours,
        "leads": plan.leads,
        "answered_in_time": plan.leads - plan.late - plan.lost,
        "late": plan.late,
        "lost": plan.lost,
    }
    by_team = {name: ground.per_team(amount) for name, amount in by_unit.items()}
    bought = {"overflow_cost": plan.overflow * ground.overflow_price}
    return _same_numbers("intake", table, ["intake_team"], {**ground.intake, **by_team, **bought})


def _same_numbers(name: str, table: pd.DataFrame, label: list[str], again: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Findings where columns of a table are not what they are when computed again."""
    return [
        finding
        for column, amount in again.items()
        for finding in equal(f"{name}.{column}", by_week(table, label, column), amount)
    ]


def _totals(ground: Ground, plan: Replay, totals: Mapping[str, float]) -> list[Finding]:
    spend = plan.cents.to_numpy().sum() / 100
    bought = float((plan.overflow * ground.overflow_price).to_numpy().sum())
    objective = ground.definition.objective
    counted = (spend if objective.in_money else 0.0) + (bought if objective.values_patients else 0.0)
    charged = float(plan.arriving.mul(charge_of_lead(ground), axis=0).to_numpy().sum()) + charge_of_waitlist(ground)
    follow_on_value = float(plan.follow_on["value"].sum())
    own = plan.bookings["value"] - plan.bookings["follow_on_value"]
    gross = float(own.sum()) - charged + follow_on_value
    again = {
        "leads": float(plan.arriving.to_numpy().sum()),
        "bookings": float(plan.booked.to_numpy().sum()),
        "visits": float(plan.visits.to_numpy().sum()),
        "overflow_hours": float(plan.overflow.to_numpy().sum()),
        "overflow_cost": bought,
        "gross": gross,
        "value": gross - counted,
        "follow_on_visits": float(plan.follow_on["visits"].sum()),
        "follow_on_value": follow_on_value,
        **lost_totals(ground, plan),
    }
    if ground.definition.policies.change_cost:
        again["change_cost"] = cost_of_moves(ground, plan)
    shown = {name: totals.get(name, np.nan) for name in again}
    paid = one_row("whole plan", {"spend": totals.get("spend", np.nan)})
    return [
        *equal("totals", paid, one_row("whole plan", {"spend": spend}), 0.005),
        *equal("totals", one_row("whole plan", shown), one_row("whole plan", again)),
    ]
