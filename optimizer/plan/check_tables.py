"""Numbers that a plan shows: each is found again, in the tables and in the totals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import at_most, equal, one_row, same_numbers, same_rows
from optimizer.plan.check_money import cost_of_moves
from optimizer.plan.check_operations import asked_for, waitlist
from optimizer.plan.check_pathways import lost_totals
from optimizer.plan.recompute import Bookings, Replay, summed_by_week
from optimizer.plan.recompute_channels import charge_of_lead, charge_of_waitlist
from optimizer.plan.recompute_ground import Ground

_CLAIMED = {"bookings": "booked"} | {name: name for name in ("visits", "value", "follow_on_visits", "follow_on_value")}
"""Columns of the plan that a unit's campaigns share, and what of the bookings they share."""


def shown_numbers(ground: Ground, plan: Replay, totals: Mapping[str, float]) -> list[Finding]:
    """Findings where a number of the tables or a total is not the one that is computed again."""
    return [
        *_plan_table(ground, plan),
        *_lead_table(ground, plan),
        *same_rows("bookings.visits", plan.sheets["bookings"], "visits", plan.bookings.visits),
        *_capacity_table(ground, plan),
        *_intake_table(ground, plan),
        *_totals(ground, plan, totals),
    ]


def _plan_table(ground: Ground, plan: Replay) -> list[Finding]:
    """Each campaign's leads; and a unit's campaigns together claim no more bookings, visits and worth than it has.

    Of the value every campaign must have taken off what its channel is charged.
    """
    sheet = plan.sheets["plan"]
    shown = {name: ground.by_campaign(sheet.column(name)) for name in ("current_spend", "change", "leads")}
    brought = plan.brought.to_numpy() * charge_of_lead(ground).to_numpy()[:, None]
    charged = ground.directory.per_unit(brought).sum(axis=1)
    of_unit = ground.directory.per_unit(np.column_stack([sheet.column(name).sum(axis=1) for name in _CLAIMED]))
    claimed = pd.DataFrame(of_unit, index=ground.units.index, columns=list(_CLAIMED))
    claimed["value"] += charged
    bookings, weeks = plan.bookings, np.zeros_like(plan.bookings.week)
    achieved = pd.DataFrame(
        {
            name: summed_by_week(bookings.asked, weeks, getattr(bookings, amount), (len(ground.units), 1))[:, 0]
            for name, amount in _CLAIMED.items()
        },
        index=ground.units.index,
    )
    return [
        *equal("plan.change", shown["change"], plan.spend - shown["current_spend"]),
        *equal("plan.leads", shown["leads"], plan.brought),
        *at_most("plan.shares", "the sum over its campaigns (without its sign)", claimed.abs(), achieved.abs()),
    ]


def _lead_table(ground: Ground, plan: Replay) -> list[Finding]:
    bookings = plan.bookings
    return same_numbers("leads", plan.sheets["leads"], {
        "leads": plan.leads,
        "answered_in_time": plan.leads - plan.late - plan.lost,
        "requests": plan.requests,
        "waitlist": waitlist(ground, plan),
        "booked": asked_for(ground, bookings, bookings.booked),
        "visits": asked_for(ground, bookings, bookings.visits),
    })  # fmt: skip


def _capacity_table(ground: Ground, plan: Replay) -> list[Finding]:
    used = plan.slots.mul(ground.units["slots_per_booking"], axis=0)
    return same_numbers("capacity", plan.sheets["capacity"], {
        **ground.capacity,
        "booked": plan.booked,
        **_redirected(ground, plan.bookings),
        "follow_on_visits": plan.follow_on_seen,
        "slots_used": used,
        "open_slots_left": ground.capacity["open_slots"] - used,
        "visits": plan.visits,
    })  # fmt: skip


def _redirected(ground: Ground, bookings: Bookings) -> dict[str, pd.DataFrame]:
    """Bookings of patients who asked for another clinic, and of those who are seen at one."""
    sent = np.where(bookings.seen != bookings.asked, bookings.booked, 0.0)
    shape = (len(ground.units), len(ground.visit_weeks))
    return {
        name: ground.by_unit(summed_by_week(unit, bookings.visit_week, sent, shape))
        for name, unit in (("routed_in", bookings.seen), ("routed_out", bookings.asked))
    }


def _intake_table(ground: Ground, plan: Replay) -> list[Finding]:
    by_unit = {
        "lead_hours": plan.hours,
        "leads": plan.leads,
        "answered_in_time": plan.leads - plan.late - plan.lost,
        "late": plan.late,
        "lost": plan.lost,
    }
    by_team = {name: ground.per_team(amount) for name, amount in by_unit.items()}
    bought = {"overflow_cost": plan.overflow * ground.overflow_price}
    return same_numbers("intake", plan.sheets["intake"], {**ground.intake, **by_team, **bought})


def _totals(ground: Ground, plan: Replay, totals: Mapping[str, float]) -> list[Finding]:
    spend = plan.cents.to_numpy().sum() / 100
    bought = float((plan.overflow * ground.overflow_price).to_numpy().sum())
    objective = ground.definition.objective
    counted = (spend if objective.in_money else 0.0) + (bought if objective.values_patients else 0.0)
    charged = float(plan.arriving.mul(charge_of_lead(ground), axis=0).to_numpy().sum()) + charge_of_waitlist(ground)
    follow_on_value = float(plan.follow_on.value.sum())
    own = plan.bookings.value - plan.bookings.follow_on_value
    gross = float(own.sum()) - charged + follow_on_value
    again = {
        "leads": float(plan.arriving.to_numpy().sum()),
        "bookings": float(plan.booked.to_numpy().sum()),
        "visits": float(plan.visits.to_numpy().sum()),
        "overflow_hours": float(plan.overflow.to_numpy().sum()),
        "overflow_cost": bought,
        "gross": gross,
        "value": gross - counted,
        "follow_on_visits": float(plan.follow_on.visits.sum()),
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
