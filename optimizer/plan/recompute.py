"""A plan followed through the scenario, worked out from the tables themselves.

The independent checker's own arithmetic: it shares no code with the model, the solver or the arrays they are stated
from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.plan.recompute_channels import best_multiplier
from optimizer.plan.recompute_ground import Floats, Ground
from optimizer.plan.recompute_register import Codes
from optimizer.plan.recompute_sheets import Sheet, Sheets
from optimizer.scenario.definition import Objective


@dataclass(frozen=True)
class Bookings:
    """The plan's bookings, an entry per row of their table; units and weeks by their position.

    Attributes:
        asked: Unit that the patient asked for.
        seen: Unit that sees the patient.
        week: Lead week.
        visit_week: Visit week.
        booked: Booked appointments, as the plan says.
        accepted: Share of patients who book when they are offered such an appointment: those who keep asking so long
            and accept the clinic.
        visits: Completed visits, recomputed.
        follow_on_visits: What an average completed visit there leads to, however far on.
        follow_on_value: What that is worth in the objective's unit.
        value: Worth as of the best channel, with the follow-on visits.
    """

    asked: Codes
    seen: Codes
    week: Codes
    visit_week: Codes
    booked: Floats
    accepted: Floats
    visits: Floats
    follow_on_visits: Floats
    follow_on_value: Floats
    value: Floats


@dataclass(frozen=True)
class FollowOn:
    """The plan's follow-on visits, an entry per row of their table.

    Attributes:
        way: Pathway out of a unit.
        before: Unit of the visit that they follow.
        seen: Unit that sees the patient.
        week: Week of the follow-on visit.
        week_before: Week of the visit that they follow; negative before the plan.
        visits: Follow-on visits, as the plan says.
        worth: What one of them is worth in the objective's unit.
    """

    way: Codes
    before: Codes
    seen: Codes
    week: Codes
    week_before: Codes
    visits: Floats
    worth: Floats

    @property
    def value(self) -> Floats:
        """What they are worth, recomputed."""
        return self.visits * self.worth


@dataclass(frozen=True)
class Replay:
    """A plan's spend followed through the scenario, and the handling that the plan chose. Frames by week.

    Attributes:
        sheets: The plan's tables.
        spend: Money as planned, by campaign and planned week.
        cents: The same to the nearest cent, in cents.
        brought: Valid leads that a week's spend brings, whenever they arrive; by campaign and planned week.
        arriving: Valid leads in the week they arrive, those from before the plan included; by campaign and lead week.
        leads: The same by unit.
        requests: Appointment requests if every lead were answered in time, by unit and lead week.
        instant_requests: Those of campaigns whose leads take no time, by unit and lead week.
        hours: Hours that the leads take if all are answered, by unit and lead week.
        mean_hours: Hours of an average lead, by unit and lead week.
        lost_requests: Requests lost with an hour of today's leads never answered, by unit and lead week.
        late_requests: Requests lost with an hour of today's leads answered late, by unit and lead week.
        late: Leads answered late, as the plan says, by unit and lead week.
        lost: Leads never answered, as the plan says, by unit and lead week.
        overflow: Intake hours bought, as the plan says, by team and lead week.
        bookings: The plan's bookings.
        booked: Booked appointments, as the plan says, by unit and visit week.
        visits: Completed visits of new patients, recomputed, by unit and visit week.
        follow_on: The plan's follow-on visits.
        follow_on_seen: Follow-on visits, as the plan says, by the unit that sees them and visit week.
    """

    sheets: Sheets
    spend: pd.DataFrame
    cents: pd.DataFrame
    brought: pd.DataFrame
    arriving: pd.DataFrame
    leads: pd.DataFrame
    requests: pd.DataFrame
    instant_requests: pd.DataFrame
    hours: pd.DataFrame
    mean_hours: pd.DataFrame
    lost_requests: pd.DataFrame
    late_requests: pd.DataFrame
    late: pd.DataFrame
    lost: pd.DataFrame
    overflow: pd.DataFrame
    bookings: Bookings
    booked: pd.DataFrame
    visits: pd.DataFrame
    follow_on: FollowOn
    follow_on_seen: pd.DataFrame

    @property
    def slots(self) -> pd.DataFrame:
        """Bookings and follow-on visits, each of which takes a slot, by unit and visit week."""
        return self.booked + self.follow_on_seen


def replay(ground: Ground, tables: Mapping[str, pd.DataFrame]) -> Replay:
    """Follow a plan through the scenario: leads from the curves themselves, late, lost and booked from the plan.

    Args:
        ground: What the scenario says.
        tables: The plan's tables, whose rows are known to be complete, unique and numbers.
    """
    sheets = Sheets(ground, tables)
    spend = sheets["plan"].column("recommended_spend")
    handled = sheets["leads"]
    brought, arriving = _leads(ground, spend)
    leads, hours, requests, instant = (ground.directory.per_unit(amount) for amount in _asking(ground, arriving))
    lost_requests, late_requests = _requests_per_hour(ground)
    bookings, follow_on = _bookings(ground, sheets["bookings"]), _follow_on(ground, sheets["follow_on"])
    in_visit_weeks = (len(ground.units), len(ground.visit_weeks))
    visits = summed_by_week(bookings.seen, bookings.visit_week, bookings.visits, in_visit_weeks)
    follow_on_seen = summed_by_week(follow_on.seen, follow_on.week, follow_on.visits, in_visit_weeks)
    booked = summed_by_week(bookings.seen, bookings.visit_week, bookings.booked, in_visit_weeks)
    overflow = sheets["intake"].column("overflow_hours")
    return Replay(
        sheets=sheets,
        spend=ground.by_campaign(spend),
        cents=ground.by_campaign(np.rint(spend * 100)),
        brought=ground.by_campaign(brought),
        arriving=ground.by_campaign(arriving),
        leads=ground.by_unit(leads),
        requests=ground.by_unit(requests),
        instant_requests=ground.by_unit(instant),
        hours=ground.by_unit(hours),
        mean_hours=ground.by_unit(share_of(hours, leads)),
        lost_requests=ground.by_unit(lost_requests),
        late_requests=ground.by_unit(late_requests),
        late=ground.by_unit(handled.column("late")),
        lost=ground.by_unit(handled.column("lost")),
        overflow=ground.by_team(overflow),
        bookings=_with_what_follows(ground, bookings, follow_on, visits + follow_on_seen),
        booked=ground.by_unit(booked),
        visits=ground.by_unit(visits),
        follow_on=follow_on,
        follow_on_seen=ground.by_unit(follow_on_seen),
    )


def _asking(ground: Ground, arriving: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Leads, their hours, their requests, and the requests of leads that take no time; by campaign and lead week."""
    hours, booking = (ground.campaigns[name].to_numpy()[:, None] for name in ("hours", "booking"))
    return arriving, arriving * hours, arriving * booking, arriving * np.where(hours == 0, booking, 0.0)


def _requests_per_hour(ground: Ground) -> tuple[Floats, Floats]:
    """Requests lost with an hour of leads that are never answered, and that are answered late; by unit and lead week.

    Whoever is late or lost is an average lead of those that the unit gets in that week as long as every campaign
    spends what it spends today; where it gets none that take time, its campaigns count alike. Where the leads under
    way from before the plan ask for less, they are the average of those that are lost.
    """
    named, rows = ground.directory, ground.campaigns
    hours, booking, late_booking = (rows[name].to_numpy()[:, None] for name in ("hours", "booking", "booking_late"))
    spend = np.where(ground.in_flight(), rows["current_weekly_spend"].to_numpy(dtype=np.float64)[:, None], 0.0)
    _, today = _leads(ground, spend)
    _, under_way = _leads(ground, np.zeros_like(spend))
    busy = named.per_unit(today * hours)[named.unit] > 0
    weight = np.where(busy, today, 1.0)

    def per_hour(leads: Floats, rate: Floats) -> Floats:
        return share_of(named.per_unit(leads * rate), named.per_unit(leads * hours))

    some = named.per_unit(under_way * hours) > 0
    lost, of_those = per_hour(weight, booking), per_hour(under_way, booking)
    return np.where(~some | (lost <= of_those), lost, of_those), per_hour(weight, booking - late_booking)


def share_of(part: Floats, whole: Floats) -> Floats:
    """``part / whole``; zero where the whole is not above zero."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def summed_by_week(unit: Codes, week: Codes, amount: Floats, shape: tuple[int, int]) -> Floats:
    """Sum of an amount by unit and week; what lies in no week of the shape is left out."""
    inside = (week >= 0) & (week < shape[1])
    cell = unit[inside] * shape[1] + week[inside]
    return np.bincount(cell, amount[inside], shape[0] * shape[1]).reshape(shape).astype(np.float64)


def _leads(ground: Ground, spend: Floats) -> tuple[Floats, Floats]:
    """Valid leads by the week of the spend, and by the week in which they arrive; by campaign.

    In the weeks before the plan, which were normal weeks, every campaign spent what it spends today.
    """
    valid = ground.campaigns["valid_rate"].to_numpy()[:, None]
    brought = ground.demand.to_numpy() * ground.curves.leads(spend / ground.cost.to_numpy()) * valid
    today = ground.curves.leads(ground.campaigns["current_weekly_spend"].to_numpy(dtype=np.float64))[:, None] * valid
    shares = ground.lead_share.to_numpy()
    longest, weeks = shares.shape[1] - 1, len(ground.lead_weeks)
    after = np.zeros((len(brought), longest))
    every_week = np.concatenate([np.repeat(today, longest, axis=1), brought, after], axis=1)
    arriving = np.zeros((len(brought), weeks))
    for lag in range(longest + 1):
        arriving += every_week[:, longest - lag : longest - lag + weeks] * shares[:, lag, None]
    return brought, arriving


def leads_of_a_cent(ground: Ground, plan: Replay) -> pd.DataFrame:
    """Valid leads between a cent below and a cent above what is spent, by campaign and planned week."""
    below, above = (_leads(ground, np.maximum(plan.cents.to_numpy() + cent, 0.0) / 100)[0] for cent in (-1, 1))
    return ground.by_campaign(above - below)


def _bookings(ground: Ground, sheet: Sheet) -> Bookings:
    """The bookings of the plan, before what follows from them."""
    named, sheet = ground.directory, sheet.all_known()
    table = sheet.table
    wait = named.waits.place(table, ["service_line", "weeks_waited"])
    asked, seen = named.asked[sheet.thing], named.seen[sheet.thing]
    booked = table["booked"].to_numpy(dtype=np.float64)
    visits = booked * ground.waits["show_rate"].to_numpy()[wait]
    counted = booked if ground.definition.objective is Objective.BOOKINGS else visits
    kept, accepted = ground.waits["kept_share"].to_numpy()[wait], ground.routes["acceptance_rate"].to_numpy()
    return Bookings(
        asked=asked,
        seen=seen,
        week=sheet.week,
        visit_week=named.weeks.place(table, ["visit_week"]),
        booked=booked,
        accepted=kept * accepted[sheet.thing],
        visits=visits,
        follow_on_visits=np.zeros_like(visits),
        follow_on_value=np.zeros_like(visits),
        value=counted * ground.margin().to_numpy()[seen] * best_multiplier(ground).to_numpy()[asked],
    )


def _follow_on(ground: Ground, sheet: Sheet) -> FollowOn:
    """The plan's follow-on visits with their worth."""
    named, sheet = ground.directory, sheet.all_known()
    way = named.way[sheet.thing]
    return FollowOn(
        way=way,
        before=named.origin[way],
        seen=named.there[sheet.thing],
        week=sheet.week,
        week_before=sheet.week - ground.onward.ways["lag_weeks"].to_numpy(dtype=np.int64)[way],
        visits=sheet.table["visits"].to_numpy(dtype=np.float64),
        worth=ground.onward.places["worth"].to_numpy(dtype=np.float64)[sheet.thing],
    )


def _with_what_follows(ground: Ground, bookings: Bookings, follow_on: FollowOn, visits: Floats) -> Bookings:
    """Bookings with the follow-on visits that an average of all completed ``visits`` of the unit and week leads to.

    A follow-on visit leads on like any other, so what follows is added up link by link until no chain goes on.
    """
    far = (follow_on.seen, follow_on.week)
    ahead = np.zeros((2, *visits.shape))
    for _ in range(len(ground.onward.ways)):
        seen, worth = follow_on.visits * (1 + ahead[0][far]), follow_on.visits * (follow_on.worth + ahead[1][far])
        led_to = [
            share_of(summed_by_week(follow_on.before, follow_on.week_before, amount, visits.shape), visits)
            for amount in (seen, worth)
        ]
        if np.array_equal(ahead, led_to):
            break
        ahead = np.array(led_to)
    place = (bookings.seen, bookings.visit_week)
    value = bookings.visits * ahead[1][place]
    return replace(
        bookings,
        follow_on_visits=bookings.visits * ahead[0][place],
        follow_on_value=value,
        value=bookings.value + value,
    )
