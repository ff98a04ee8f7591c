"""A plan followed through the scenario, worked out from the tables themselves.

The independent checker's own arithmetic: it shares no code with the model, the solver or the arrays they are stated
from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.plan.recompute_channels import best_multiplier
from optimizer.plan.recompute_ground import UNIT, Ground, by_week, week_after
from optimizer.scenario.definition import Objective


@dataclass(frozen=True)
class Replay:
    """A plan's spend followed through the scenario, and the handling that the plan chose. Frames by week.

    Attributes:
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
        bookings: The plan's bookings with the kept_share and show_rate of their wait, the acceptance_rate of the clinic
            that sees the patient, and recomputed from them visits, follow_on_visits and follow_on_value (what an
            average completed visit there leads to, however far on), and value (as of the best channel) with the
            follow-on visits.
        booked: Booked appointments, as the plan says, by unit and visit week.
        visits: Completed visits of new patients, recomputed, by unit and visit week.
        follow_on: The plan's follow-on visits with their worth recomputed as value, and the week_before of the visit
            that they follow.
        follow_on_seen: Follow-on visits, as the plan says, by the unit that sees them and visit week.
    """

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
    bookings: pd.DataFrame
    booked: pd.DataFrame
    visits: pd.DataFrame
    follow_on: pd.DataFrame
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
    spend = by_week(tables["plan"], ["campaign"], "recommended_spend")
    spend = spend.reindex(index=ground.campaigns.index, columns=ground.planned)
    brought, arriving = _leads(ground, spend)
    leads, hours = ground.per_unit(arriving), ground.per_unit(arriving.mul(ground.campaigns["hours"], axis=0))
    lost_requests, late_requests = _requests_per_hour(ground)
    bookings = _bookings(ground, tables["bookings"])
    seen = bookings.drop(columns="location").rename(columns={"seen_at": "location"})
    visit_weeks = ground.capacity["open_slots"]
    visits = summed_by_week(seen, "visits", "visit_week", visit_weeks)
    follow_on, follow_on_seen = _follow_on(ground, tables["follow_on"])
    return Replay(
        spend=spend,
        cents=(spend * 100).round(),
        brought=brought,
        arriving=arriving,
        leads=leads,
        requests=ground.per_unit(arriving.mul(ground.campaigns["booking"], axis=0)),
        instant_requests=_instant_requests(ground, arriving),
        hours=hours,
        mean_hours=(hours / leads).where(leads > 0, 0.0),
        lost_requests=lost_requests,
        late_requests=late_requests,
        late=by_week(tables["leads"], UNIT, "late"),
        lost=by_week(tables["leads"], UNIT, "lost"),
        overflow=by_week(tables["intake"], ["intake_team"], "overflow_hours").reindex_like(ground.overflow),
        bookings=_with_what_follows(ground, bookings, follow_on, visits + follow_on_seen),
        booked=summed_by_week(seen, "booked", "visit_week", visit_weeks),
        visits=visits,
        follow_on=follow_on,
        follow_on_seen=follow_on_seen,
    )


def _instant_requests(ground: Ground, arriving: pd.DataFrame) -> pd.DataFrame:
    """Requests of leads that take the intake team no time."""
    booking = ground.campaigns["booking"].where(ground.campaigns["hours"] == 0, 0.0)
    return ground.per_unit(arriving.mul(booking, axis=0))


def _requests_per_hour(ground: Ground) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Requests lost with an hour of leads that are never answered, and that are answered late.

    Whoever is late or lost is an average lead of those that the unit gets in that week as long as every campaign
    spends what it spends today; where it gets none that take time, its campaigns count alike. Where the leads under
    way from before the plan ask for less, they are the average of those that are lost.
    """
    spend = pd.DataFrame(dict.fromkeys(ground.planned, ground.campaigns["current_weekly_spend"]))
    _, today = _leads(ground, spend.where(ground.in_flight(), 0.0))
    _, under_way = _leads(ground, spend * 0.0)
    busy = today.mul(ground.campaigns["hours"], axis=0).groupby(ground.unit_labels()).transform("sum") > 0
    weight = today.where(busy, 1.0)
    some = ground.per_unit(under_way.mul(ground.campaigns["hours"], axis=0)) > 0
    booking = ground.campaigns["booking"]
    lost, of_those = _per_hour(ground, weight, booking), _per_hour(ground, under_way, booking)
    late = _per_hour(ground, weight, booking - ground.campaigns["booking_late"])
    return lost.where(~some | (lost <= of_those), of_those), late


def _per_hour(ground: Ground, leads: pd.DataFrame, rate: pd.Series) -> pd.DataFrame:
    hours = ground.per_unit(leads.mul(ground.campaigns["hours"], axis=0))
    return (ground.per_unit(leads.mul(rate, axis=0)) / hours).where(hours > 0, 0.0)


def summed_by_week(bookings: pd.DataFrame, column: str, week: str, like: pd.DataFrame) -> pd.DataFrame:
    """Sum of a column of the bookings by unit and week; zero in the rows and weeks of ``like`` that have none."""
    summed = bookings.groupby([*UNIT, week])[column].sum().reset_index()
    return by_week(summed, UNIT, column, week).reindex(index=like.index, columns=like.columns).fillna(0.0)


def _leads(ground: Ground, spend: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Valid leads by the week of the spend, and by the week in which they arrive.

    In the weeks before the plan, which were normal weeks, every campaign spent what it spends today.
    """
    valid = ground.campaigns["valid_rate"]
    relative = spend / ground.cost
    captured = ground.demand * pd.DataFrame(ground.curves.leads(relative.to_numpy()), relative.index, relative.columns)
    brought = captured.mul(valid, axis=0)
    today = pd.Series(ground.curves.leads(ground.campaigns["current_weekly_spend"].to_numpy(float)), spend.index)
    longest = ground.lead_share.shape[1] - 1
    before = pd.DataFrame(
        {week_after(ground.planned[0], -ago): today * valid for ago in range(1, longest + 1)}, spend.index
    )
    every_week = pd.concat([before, brought], axis=1)
    arriving = pd.DataFrame(0.0, index=spend.index, columns=ground.lead_weeks)
    for lag in range(longest + 1):
        arrived = every_week.rename(columns={week: week_after(week, lag) for week in every_week.columns})
        arrived = arrived.reindex(columns=ground.lead_weeks, fill_value=0.0)
        arriving += arrived.mul(ground.lead_share[lag], axis=0)
    return brought, arriving


def leads_of_a_cent(ground: Ground, plan: Replay) -> pd.DataFrame:
    """Valid leads between a cent below and a cent above what is spent, by campaign and planned week."""
    below, above = (_leads(ground, (plan.cents + cent).clip(lower=0.0) / 100)[0] for cent in (-1, 1))
    return above - below


def _bookings(ground: Ground, table: pd.DataFrame) -> pd.DataFrame:
    decided = table[[*UNIT, "seen_at", "week", "weeks_waited", "visit_week", "booked"]]
    rows = decided.merge(ground.waits, on=["service_line", "weeks_waited"], how="left", validate="many_to_one")
    rows = rows.merge(ground.routes, on=[*UNIT, "seen_at"], how="left", validate="many_to_one")
    rows = rows.assign(visits=rows["booked"] * rows["show_rate"])
    place = pd.MultiIndex.from_frame(rows[["seen_at", "service_line"]], names=UNIT)
    counted = rows["booked"] if ground.definition.objective is Objective.BOOKINGS else rows["visits"]
    asked = pd.MultiIndex.from_frame(rows[UNIT])
    multiplier = best_multiplier(ground).reindex(asked).to_numpy()
    return rows.assign(value=counted * ground.margin().reindex(place).to_numpy() * multiplier)


def _follow_on(ground: Ground, table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The plan's follow-on visits with their worth, and by the unit that sees them and week."""
    way = [*UNIT, "to_line"]
    decided = table[[*way, "seen_at", "week", "visits"]]
    rows = decided.merge(ground.onward.places, on=[*way, "seen_at"], how="left", validate="many_to_one")
    rows = rows.merge(ground.onward.ways[[*way, "lag_weeks"]], on=way, how="left", validate="many_to_one")
    before = [week_after(week, -int(lag)) for week, lag in zip(rows["week"], rows["lag_weeks"], strict=True)]
    rows = rows.assign(value=rows["visits"] * rows["worth"], week_before=before)
    seen = rows.drop(columns=UNIT).rename(columns={"seen_at": "location", "to_line": "service_line"})
    return rows, summed_by_week(seen, "visits", "week", ground.capacity["open_slots"])


def _with_what_follows(
    ground: Ground, bookings: pd.DataFrame, follow_on: pd.DataFrame, visits: pd.DataFrame
) -> pd.DataFrame:
    """Bookings with the follow-on visits that an average of all completed ``visits`` of the unit and week leads to.

    A follow-on visit leads on like any other, so what follows is added up link by link until no chain goes on.
    """
    ahead = dict.fromkeys(("visits", "value"), visits * 0.0)
    for _ in range(len(ground.onward.ways)):
        far = pd.MultiIndex.from_frame(follow_on[["seen_at", "to_line", "week"]])
        brought = follow_on.assign(
            visits=follow_on["visits"] * (1 + _looked_up(ahead["visits"], far)),
            value=follow_on["visits"] * (follow_on["worth"] + _looked_up(ahead["value"], far)),
        )
        led_to = {name: summed_by_week(brought, name, "week_before", visits) for name in ahead}
        after = {name: (amount / visits).where(visits > 0, 0.0) for name, amount in led_to.items()}
        if all(after[name].equals(ahead[name]) for name in ahead):
            break
        ahead = after
    seen = pd.MultiIndex.from_frame(bookings[["seen_at", "service_line", "visit_week"]])
    each = {f"follow_on_{name}": bookings["visits"] * _looked_up(amount, seen) for name, amount in ahead.items()}
    return bookings.assign(**each, value=bookings["value"] + each["follow_on_value"])


def _looked_up(amount: pd.DataFrame, places: pd.MultiIndex) -> npt.NDArray[np.float64]:
    """An amount by unit and week at places of clinic, line and week."""
    return amount.stack().reindex(places).to_numpy(dtype=np.float64)
