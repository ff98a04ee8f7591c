r"""Where leads stalled: each stage of the funnel as it was forecast and as it was counted, and what each step cost.

A group (service line, channel, and clinic where counts name it) should have had as many appointment requests as

.. math:: R = L \, v \, c \, q \, \bigl( (1 - \lambda) b + \lambda b' \bigr)

===========  ======================================================================
L            leads
v, c, q      valid per lead, contacted per valid lead, qualified per contacted lead
\lambda      qualified leads that are answered late
b, b'        requests per qualified lead answered in time, and late
===========  ======================================================================

Forecast numbers are replaced by counted ones one after the other, from the money to the booking; what R changes by at
each replacement is what that step cost or brought. Together the steps are the whole difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from optimizer.scenario.match import Floats
from optimizer.weekly.past import PastWeek

GROUP = ["service_line", "channel", "location"]
STAGES: Mapping[str, str] = {
    "leads": "Leads",
    "valid": "Valid",
    "contacted": "Contacted",
    "qualified": "Qualified",
    "booked": "Booked, answered in time",
    "answered_late": "Answered late",
    "booked_late": "Booked, answered late",
    "completed": "Completed visits so far",
}
"""Stages that are counted, with their names for people."""
STEPS: Mapping[str, str] = {
    "spend": "money that was not spent, or spent beyond the budget",
    "curve": "leads per money",
    "valid": "valid leads",
    "contacted": "leads reached",
    "qualified": "leads that fit",
    "late": "leads answered late",
    "booked": "requests per answered lead",
}
"""Steps from the money to the request, with their names for people."""
BEFORE_THE_LEAD = ("spend", "curve", "valid")
"""Steps of media and landing page; the others are those of intake."""
_RATES = ["valid_rate", "contactable_rate", "qualified_rate", "booking_rate", "booking_rate_late"]


def campaign_rates(past: PastWeek) -> pd.DataFrame:
    """(I rows) rates of the funnel that the run used for each campaign; a clinic's own go before the general ones."""
    frame = past.recorded.scenario.tables["funnel"].frame
    wanted = past.recorded.facts.campaigns[["location", "service_line", "channel"]]
    own = wanted.merge(frame, on=list(wanted.columns), how="left")[_RATES]
    general = frame[frame["location"] == ""].drop(columns="location")
    return own.fillna(wanted.merge(general, on=["service_line", "channel"], how="left")[_RATES])


def _answers(past: PastWeek) -> pd.DataFrame:
    """(I rows) late, lost: shares of the leads of each campaign's clinic and line that the run had answered so."""
    table = past.recorded.run.table("leads")
    table = table[table["week"] == past.week]
    leads = table["leads"].where(table["leads"] > 0, 1.0)
    shares = table.assign(late=table["late"] / leads, lost=table["lost"] / leads)
    wanted = past.recorded.facts.campaigns[["location", "service_line"]]
    return wanted.merge(shares, on=list(wanted.columns), how="left", validate="many_to_one")[["late", "lost"]]


def _come_by(past: PastWeek, day: str) -> Floats:
    """(I,) completed visits per request of the week's leads, up to a day; those of a week are spread evenly over it."""
    keys, run = ["location", "service_line"], past.recorded.run
    asked, booked = run.table("leads"), run.table("bookings")
    asked = asked[asked["week"] == past.week].set_index(keys)
    over = ((pd.Timestamp(day) - pd.to_datetime(booked["visit_week"])).dt.days + 1).clip(0, 7) / 7
    mine = booked.assign(come=booked["visits"] * over)[booked["week"] == past.week]
    seen = mine.groupby(keys)["come"].sum().reindex(asked.index).fillna(0.0)
    requests = (asked["requests"] + asked["waitlist"]).to_numpy(float)
    share = pd.Series(np.where(requests > 0, seen / np.where(requests > 0, requests, 1.0), 0.0), asked.index)
    wanted = pd.MultiIndex.from_frame(past.recorded.facts.campaigns[keys])
    return np.asarray(share.reindex(wanted).fillna(0.0), dtype=np.float64)


def forecast_stages(past: PastWeek) -> pd.DataFrame:
    """(I rows) forecast of every stage for each campaign at the budgets in effect; completed by the newest count.

    Returns:
        Columns location, service_line, channel, ``STAGES``, if_in_time and if_late (requests of the qualified leads if
        all were answered in time, or late).
    """
    rates, answers = campaign_rates(past), _answers(past)
    day = str(past.counts["as_of"].max()) if len(past.counts) else past.week
    made = past.recorded.facts.campaigns[["location", "service_line", "channel"]].assign(leads=past.expected)
    made["valid"] = made["leads"] * rates["valid_rate"]
    made["contacted"] = made["valid"] * (1 - answers["lost"]) * rates["contactable_rate"]
    made["qualified"] = made["contacted"] * rates["qualified_rate"]
    made["answered_late"] = made["valid"] * answers["late"] * rates["contactable_rate"] * rates["qualified_rate"]
    made["booked"] = (made["qualified"] - made["answered_late"]) * rates["booking_rate"]
    made["booked_late"] = made["answered_late"] * rates["booking_rate_late"]
    made["completed"] = (made["booked"] + made["booked_late"]) * _come_by(past, day)
    in_time, late = (made["qualified"] * rates[rate] for rate in ("booking_rate", "booking_rate_late"))
    return made.assign(if_in_time=in_time, if_late=late)


def stages(past: PastWeek) -> pd.DataFrame:
    """Forecast and count of every stage of each group whose counts were told.

    Returns:
        Columns week, ``GROUP``, as_of, counted_<stage> (NaN where not told), and as :func:`_of_group` for the group's
        campaigns: <stage> (forecast), at_spend (leads at what was spent), if_in_time, if_late, untold (campaigns
        whose spend nobody told).
    """
    if past.counts.empty:
        return pd.DataFrame()
    forecast = forecast_stages(past).assign(
        at_spend=np.where(np.isfinite(past.at_spend), past.at_spend, past.expected),
        untold=np.isnan(past.at_spend).astype(float),
    )
    counted = past.counts.reindex(columns=[*GROUP, "as_of", *STAGES])
    sums = pd.DataFrame([_of_group(forecast, row) for row in counted[GROUP].to_dict("records")])
    told = counted.rename(columns={stage: f"counted_{stage}" for stage in STAGES})
    return pd.concat([told, sums], axis=1).assign(week=past.week)


def _of_group(forecast: pd.DataFrame, group: Mapping[Any, str]) -> pd.Series:
    """Sums over a group's campaigns; a blank clinic stands for all."""
    mine = np.logical_and.reduce([forecast[name] == label for name, label in group.items() if label])
    return forecast[mine].drop(columns=GROUP).sum()


def steps(table: pd.DataFrame) -> pd.DataFrame:
    """What each step changed the appointment requests of each group by: columns ``STEPS``; minus is a loss.

    Where late answers were not counted, booked stands for all requests, and the step to the request holds both.

    Args:
        table: As :func:`stages` gives it.
    """
    rates = _forecast_rates(table)
    counted = _counted_rates(table, rates)
    reached = []
    for leads in (table["leads"], table["at_spend"], table["counted_leads"]):
        reached.append(_requests(leads.to_numpy(float), rates))
    for stage, rate in counted.items():
        rates = {**rates, stage: rate}
        reached.append(_requests(table["counted_leads"].to_numpy(float), rates))
    reached.append((table["counted_booked"] + table["counted_booked_late"].fillna(0.0)).to_numpy(float))
    changed = np.diff(np.array(reached), axis=0)
    return pd.DataFrame(dict(zip(STEPS, changed, strict=True)), index=table.index)


def _requests(leads: Floats, rates: Mapping[str, Floats]) -> Floats:
    answered = (1 - rates["late"]) * rates["in_time"] + rates["late"] * rates["if_late"]
    return np.asarray(leads * rates["valid"] * rates["contacted"] * rates["qualified"] * answered)


def _forecast_rates(table: pd.DataFrame) -> dict[str, Floats]:
    """Rates of each group as forecast; where all leads or none were to be late, the other rate is that of them all."""
    in_time = table["qualified"] - table["answered_late"]
    return {
        "valid": _rate(table["valid"], table["leads"], 0.0),
        "contacted": _rate(table["contacted"], table["valid"], 0.0),
        "qualified": _rate(table["qualified"], table["contacted"], 0.0),
        "late": _rate(table["answered_late"], table["qualified"], 0.0),
        "in_time": _rate(table["booked"], in_time, _rate(table["if_in_time"], table["qualified"], 0.0)),
        "if_late": _rate(
            table["booked_late"], table["answered_late"], _rate(table["if_late"], table["qualified"], 0.0)
        ),
    }


def _counted_rates(table: pd.DataFrame, forecast: Mapping[str, Floats]) -> dict[str, Floats]:
    """The same as counted; as forecast where nobody could go on, or where nobody told."""
    counted = {stage: table[f"counted_{stage}"] for stage in STAGES}
    told = counted["qualified"].where(counted["answered_late"].notna(), 0.0)
    return {
        "valid": _rate(counted["valid"], counted["leads"], forecast["valid"]),
        "contacted": _rate(counted["contacted"], counted["valid"], forecast["contacted"]),
        "qualified": _rate(counted["qualified"], counted["contacted"], forecast["qualified"]),
        "late": _rate(counted["answered_late"], told, forecast["late"]),
    }


def _rate(went_on: pd.Series, tried: pd.Series, otherwise: Floats | float) -> Floats:
    """A rate, or another number where nobody could go on."""
    many = tried.to_numpy(float)
    return np.where(many > 0, went_on.to_numpy(float) / np.where(many > 0, many, 1.0), otherwise)
