"""The plan as tables. Every number comes from an outcome; labels are those of the scenario."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.plan.outcome import Outcome
from optimizer.response.envelope import below_envelope
from optimizer.response.forecast import spend_limit
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Codes, Floats


def campaign_table(plan: Outcome, today: Floats) -> pd.DataFrame:
    """One row per campaign and planned week.

    Leads, bookings, visits and value are those that the week's spend brings, whenever they come. A unit's bookings
    are shared among its campaigns by the appointment requests they bring, and so are the follow-on visits that an
    average completed visit of the unit and week leads to. Of the value each campaign loses what its own channel's
    patients are worth less than those of the unit's best.

    Returns:
        Columns campaign, market, location, service_line, channel, week, current_spend, recommended_spend, change,
        extrapolated_spend (money; the last is what lies above the highest spend the curve has seen), leads, bookings,
        visits (of new patients), value (worth of all visits in the objective's unit, before spend), follow_on_visits
        and follow_on_value (the part of value that they are), on_envelope (yes where the spend lies in a hollow of its
        curve).
    """
    facts = plan.facts
    table = rows_by_week(facts, facts.campaigns, facts.planned)
    table["current_spend"] = today.ravel()
    table["recommended_spend"] = plan.spend.ravel()
    table["change"] = (plan.spend - today).ravel()
    table["extrapolated_spend"] = extrapolated(plan).ravel()
    table["leads"] = plan.captured.ravel()
    for name, amount in shared_by_requests(plan).items():
        table[name] = amount.ravel()
    table["on_envelope"] = _on_envelope(plan).ravel()
    return table


def _on_envelope(plan: Outcome) -> npt.NDArray[np.object_]:
    """(I, T) whether the spend lies in a hollow of its curve, where the line above it would bring more."""
    facts, curves = plan.facts, plan.setting.curves
    below = below_envelope(curves, plan.spend / facts.cost, spend_limit(facts)[:, None] / facts.cost)
    return np.where(below, "yes", "no").astype(object)


def extrapolated(plan: Outcome) -> Floats:
    """(I, T) money above the highest weekly spend that a campaign's curve has seen."""
    observed = plan.facts.curves["observed_max_weekly_spend"].to_numpy(float)
    return np.asarray(np.maximum(plan.spend - observed[:, None], 0.0))


def shared_by_requests(plan: Outcome) -> dict[str, Floats]:
    """(I, T) bookings, visits, value, follow_on_visits and follow_on_value of each campaign's weekly spend."""
    facts = plan.facts
    waiting = np.zeros_like(plan.requests)
    waiting[:, 0] = facts.waitlist
    asking = plan.requests + waiting
    follow_on, follow_on_value = plan.led_to
    shared = {}
    for name, amount in (
        ("bookings", plan.booked),
        ("visits", plan.visits),
        ("value", plan.worth + follow_on_value),
        ("follow_on_visits", follow_on),
        ("follow_on_value", follow_on_value),
    ):
        each = np.where(asking > 0, plan.by_lead_week(amount) / np.where(asking > 0, asking, 1.0), 0.0)
        total = np.zeros_like(plan.captured)
        for lag in range(facts.lead_share.shape[1]):
            asked = plan.captured * (facts.lead_share[:, lag] * facts.booking)[:, None]
            total += asked * each[facts.unit, lag : lag + facts.planned]
        shared[name] = total
    shared["value"] = shared["value"] - plan.own_discount
    return shared


def capacity_table(plan: Outcome, price: Floats) -> pd.DataFrame:
    """One row per unit and visit week.

    Args:
        plan: The outcome.
        price: (U, H) worth of one more open slot.

    Returns:
        Columns market, location, service_line, week, new_patient_slots, fill_cap, already_booked,
        expected_baseline_bookings, open_slots, booked (at the clinic that sees them), routed_in and routed_out
        (bookings of patients who asked for another clinic, or who are seen at one), follow_on_visits, slots_used (by
        bookings and follow-on visits, after cancelled slots are used again), open_slots_left, visits (of new patients),
        utilisation (share of slots taken by all), third_next_available_days, price.
    """
    facts = plan.facts
    weeks = len(facts.weeks)
    booked = plan.by_visit_week(plan.booked)
    redirected = np.where((facts.route_from != facts.route_to)[:, None, None], plan.booked, 0.0)
    used = plan.slots_used
    table = rows_by_week(facts, facts.units.drop(columns="intake_team"), weeks)
    taken = used + facts.already_booked + facts.baseline
    columns = {
        "new_patient_slots": facts.slots,
        "fill_cap": np.full_like(facts.slots, facts.definition.policies.fill_cap),
        "already_booked": facts.already_booked,
        "expected_baseline_bookings": facts.baseline,
        "open_slots": facts.open_slots,
        "booked": booked,
        "routed_in": plan.by_visit_week(redirected),
        "routed_out": plan.by_visit_week(redirected, facts.route_from),
        "follow_on_visits": plan.follow_on.at_unit,
        "slots_used": used,
        "open_slots_left": facts.open_slots - used,
        "visits": plan.by_visit_week(plan.visits),
        "utilisation": np.where(facts.slots > 0, taken / np.where(facts.slots > 0, facts.slots, 1.0), 0.0),
        "third_next_available_days": np.repeat(facts.next_available[:, None], weeks, axis=1),
        "price": price,
    }
    return table.assign(**{name: values.ravel() for name, values in columns.items()})


def pathway_table(plan: Outcome) -> pd.DataFrame:
    """One row per pathway out of a clinic and week in which a follow-on visit is needed.

    Returns:
        Columns market, location, service_line (of the visit before), to_line, week (of the follow-on visit), wanted,
        served, leaked, leaked_value (what the lost visits would have been worth) and value, in the objective's unit.
    """
    facts, found = plan.facts, plan.follow_on
    way, week = np.nonzero(found.wanted > 0)
    table = _labelled(facts, way).assign(week=facts.weeks[week])
    columns = {
        "wanted": found.wanted,
        "served": found.served,
        "leaked": found.lost,
        "leaked_value": found.lost_value,
        "value": found.value,
    }
    return table.assign(**{name: amount[way, week] for name, amount in columns.items()})


def follow_on_table(plan: Outcome) -> pd.DataFrame:
    """One row per pathway out of a clinic, clinic that sees the patient and week with a follow-on visit.

    Returns:
        Columns market, location, service_line (of the visit before), to_line, seen_at (clinic), week, visits, value.
    """
    facts, seen = plan.facts, plan.downstream
    way, week = np.nonzero(seen)
    worth = facts.pathways.worth(facts.visit_worth)
    return _labelled(facts, facts.pathways.leaving[way]).assign(
        seen_at=facts.units["location"].to_numpy()[facts.pathways.place[way]],
        week=facts.weeks[week],
        visits=seen[way, week],
        value=seen[way, week] * worth[way],
    )


def _labelled(facts: Facts, leaving: Codes) -> pd.DataFrame:
    """Clinic and lines of pathways out of units."""
    found = facts.pathways
    labels = facts.units[["market", "location", "service_line"]].iloc[found.origin[leaving]].reset_index(drop=True)
    return labels.assign(to_line=found.to_line[leaving].astype(object))


def resource_table(plan: Outcome, price: Floats) -> pd.DataFrame:
    """One row per shared resource and visit week.

    Args:
        plan: The outcome.
        price: (S, H) worth of one more minute.

    Returns:
        Columns resource, week, minutes_available, minutes_baseline, minutes_used (by the plan's patients), utilisation
        (share of the minutes taken by all), price.
    """
    facts, shared = plan.facts, plan.facts.resources
    used = shared.minutes @ plan.slots_used
    taken, there = used + shared.baseline, shared.available > 0
    columns = {
        "minutes_available": shared.available,
        "minutes_baseline": shared.baseline,
        "minutes_used": used,
        "utilisation": np.divide(taken, shared.available, out=np.zeros_like(used), where=there),
        "price": price,
    }
    table = rows_by_week(facts, pd.DataFrame({"resource": shared.names.astype(object)}), len(facts.weeks))
    return table.assign(**{name: values.ravel() for name, values in columns.items()})


def intake_table(plan: Outcome, price: Floats) -> pd.DataFrame:
    """One row per intake team and lead week.

    Args:
        plan: The outcome.
        price: (G, L) worth of one more hour, in time and paid.

    Returns:
        Columns intake_team, week, hours_in_time (left for leads within the service level), hours_paid (left for leads
        at all), baseline_hours, backlog_hours (of contacts that waited at the start), overflow_hours (bought),
        overflow_cost (money), lead_hours, leads, answered_in_time, late, lost, utilisation (hours of leads answered in
        time, as a share of hours_in_time), price.
    """
    facts, intake = plan.facts, plan.setting.intake
    teams = len(facts.teams)
    in_time = plan.hours - plan.late_hours - plan.lost_hours

    def of_team(amount: Floats) -> Floats:
        summed = np.zeros((teams, facts.lead_weeks))
        limited = facts.team >= 0
        np.add.at(summed, facts.team[limited], amount[limited])
        return summed

    answered = of_team(in_time)
    columns = {
        "hours_in_time": intake.in_time,
        "hours_paid": intake.paid,
        "baseline_hours": intake.baseline,
        "backlog_hours": intake.backlog,
        "overflow_hours": plan.overflow,
        "overflow_cost": plan.overflow * facts.staffing.overflow_cost,
        "lead_hours": of_team(plan.hours),
        "leads": of_team(plan.unit_leads),
        "answered_in_time": of_team(plan.unit_leads - plan.late - plan.lost),
        "late": of_team(plan.late),
        "lost": of_team(plan.lost),
        "hours_used_in_time": answered,
        "utilisation": np.where(intake.in_time > 0, answered / np.where(intake.in_time > 0, intake.in_time, 1.0), 0.0),
        "price": price,
    }
    table = rows_by_week(facts, pd.DataFrame({"intake_team": facts.teams}), facts.lead_weeks)
    return table.assign(**{name: values.ravel() for name, values in columns.items()})


def lead_table(plan: Outcome) -> pd.DataFrame:
    """One row per unit and lead week: leads, answered_in_time, late, lost, requests, waitlist, booked, visits."""
    facts = plan.facts
    waiting = np.zeros_like(plan.requests)
    waiting[:, 0] = facts.waitlist
    columns = {
        "leads": plan.unit_leads,
        "answered_in_time": plan.unit_leads - plan.late - plan.lost,
        "late": plan.late,
        "lost": plan.lost,
        "requests": plan.requests,
        "waitlist": waiting,
        "booked": plan.by_lead_week(plan.booked),
        "visits": plan.by_lead_week(plan.visits),
    }
    table = rows_by_week(facts, facts.units, facts.lead_weeks)
    return table.assign(**{name: values.ravel() for name, values in columns.items()})


def booking_table(plan: Outcome) -> pd.DataFrame:
    """One row per unit asked for, clinic that sees the patient, lead week and weeks waited with a booking.

    Returns:
        Columns market, location (asked for), service_line, seen_at (clinic), week, weeks_waited, visit_week, booked,
        visits.
    """
    facts = plan.facts
    route, week, wait = np.nonzero(plan.booked)
    asked = facts.units[["market", "location", "service_line"]].iloc[facts.route_from[route]].reset_index(drop=True)
    return asked.assign(
        seen_at=facts.units["location"].to_numpy()[facts.route_to[route]],
        week=facts.weeks[week],
        weeks_waited=wait,
        visit_week=facts.weeks[week + wait],
        booked=plan.booked[route, week, wait],
        visits=plan.visits[route, week, wait],
    )


def rows_by_week(facts: Facts, labels: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """Every row of ``labels`` in each of the first ``weeks`` weeks, week fastest."""
    repeated = labels.loc[labels.index.repeat(weeks)].reset_index(drop=True)
    return repeated.assign(week=np.tile(facts.weeks[:weeks], len(labels)))
