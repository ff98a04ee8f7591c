"""Operations of a plan: leads, the hours of the intake teams, and appointments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.errors import Finding
from optimizer.plan.check_comparison import at_most
from optimizer.plan.recompute import Bookings, Replay, share_of, summed_by_week
from optimizer.plan.recompute_ground import Floats, Ground


def operations(ground: Ground, plan: Replay) -> list[Finding]:
    """Findings where more is handled than leads, hours, requests and slots allow."""
    return [
        *_lead_split(ground, plan),
        *_intake(ground, plan),
        *_appointment_requests(ground, plan),
        *_appointment_capacity(ground, plan),
    ]


def waitlist(ground: Ground, plan: Replay) -> pd.DataFrame:
    """Patients waiting at the start, in the first lead week; by unit and lead week."""
    waiting = plan.leads * 0.0
    waiting[ground.planned[0]] = ground.units["waitlist"]
    return waiting


def _lead_split(ground: Ground, plan: Replay) -> list[Finding]:
    """Only leads that take an intake team time can be late or lost."""
    limited = ground.units["intake_team"] != ""
    most = plan.leads.where(plan.hours > 0, 0.0).mul(limited, axis=0)
    return at_most("lead_split", "late and lost leads", plan.late + plan.lost, most)


def _intake(ground: Ground, plan: Replay) -> list[Finding]:
    answered = plan.hours - plan.mean_hours * plan.lost
    in_time = answered - plan.mean_hours * plan.late
    what = "hours of leads answered"
    return [
        *at_most("intake_sla", f"{what} in time", ground.per_team(in_time), ground.intake["hours_in_time"]),
        *at_most("intake_total", what, ground.per_team(answered), ground.intake["hours_paid"] + plan.overflow),
        *at_most("intake_overflow", "hours bought", plan.overflow, ground.overflow),
    ]


def _appointment_requests(ground: Ground, plan: Replay) -> list[Finding]:
    """Late and lost leads may cost all requests but never more: leads of today may ask for more than the plan's do."""
    there, limited = offered(ground, plan), ground.units["intake_team"] != ""
    what = "patients offered an appointment"
    return [
        *at_most("appointment_requests", what, there, asking(ground, plan)),
        *at_most("answered_requests", what, there[limited], answered(ground, plan)[limited]),
    ]


def offered(ground: Ground, plan: Replay) -> pd.DataFrame:
    """Patients who must be offered an appointment for those who book; by unit and lead week."""
    bookings = plan.bookings
    return asked_for(ground, bookings, bookings.booked / bookings.accepted)


def asked_for(ground: Ground, bookings: Bookings, amount: Floats) -> pd.DataFrame:
    """Sum of an amount of the bookings by the unit that was asked for and lead week."""
    shape = (len(ground.units), len(ground.lead_weeks))
    return ground.by_unit(summed_by_week(bookings.asked, bookings.week, amount, shape))


def asking(ground: Ground, plan: Replay) -> pd.DataFrame:
    """Patients who still ask after leads are answered late or never; by unit and lead week."""
    missed = (plan.late_requests * plan.late + plan.lost_requests * plan.lost) * plan.mean_hours
    return (plan.requests + waitlist(ground, plan) - missed).clip(lower=0.0)


def answered(ground: Ground, plan: Replay) -> pd.DataFrame:
    """Most patients whom the answered leads can bring; by unit and lead week."""
    of_hours = (plan.hours - plan.lost * plan.mean_hours).mul(_best(ground), axis=0)
    return waitlist(ground, plan) + plan.instant_requests + of_hours


def _best(ground: Ground) -> pd.Series:
    """Most requests per hour that a campaign of each unit brings; zero where no lead takes time."""
    booking, hours = (ground.campaigns[name].to_numpy() for name in ("booking", "hours"))
    best = np.zeros(len(ground.units))
    np.maximum.at(best, ground.directory.unit, share_of(booking, hours))
    return pd.Series(best, index=ground.units.index)


def _appointment_capacity(ground: Ground, plan: Replay) -> list[Finding]:
    used = plan.slots.mul(ground.units["slots_per_booking"], axis=0)
    return at_most("appointment_capacity", "slots used", used, ground.capacity["open_slots"])
