"""What a scenario's tables say about a plan, worked out from the tables themselves.

The independent checker's own arithmetic: it shares no code with the model, the solver or the arrays they are stated
from. Tables are joined by label, and everything by week is a frame with named rows and named weeks, so that pandas
matches names and never positions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.intake.erlang import weekly_minutes
from optimizer.response.curves import Curves, curves_from_rows
from optimizer.scenario.definition import Definition, Objective
from optimizer.scenario.read import Scenario

UNIT = ["location", "service_line"]
"""Labels that name a unit: a clinic and service line."""

_SCOPE = ["market", "location", "service_line", "channel"]
_STAFFING = ["agents", "paid_hours", "shrinkage", "baseline_contacts", "handling_minutes"]


@dataclass(frozen=True)
class Ground:
    """What the scenario says before any plan is made. Frames "by week" have ISO Mondays as columns.

    Attributes:
        definition: What ``scenario.yaml`` says.
        planned: Weeks that are planned.
        lead_weeks: Weeks in which leads arrive: the planned ones and the longest lead lag after them.
        visit_weeks: Weeks in which visits fall: the lead weeks and the longest wait after them.
        campaigns: By campaign: market, location, service_line, channel, intake_team, the columns of ``campaigns``, and
            valid_rate, booking, booking_late (requests per valid lead, in time and late), hours (per valid lead) and
            observed_max_weekly_spend.
        curves: Curve of each row of ``campaigns``.
        lead_share: By campaign; columns 0, 1, ... are the share of leads that arrives so many weeks after the spend.
        demand: Leads relative to a normal week, by campaign and planned week.
        cost: Price of media relative to a normal week, by campaign and planned week.
        units: By unit: market, intake_team, slots_per_booking, waitlist, and the margins of a visit.
        waits: Waits that may be offered: service_line, weeks_waited, kept_share, show_rate.
        capacity: Column of ``appointment_capacity`` -> by unit and visit week; and open_slots.
        intake: hours_in_time, hours_paid and baseline_hours -> by team and lead week.
        limits: Rows of ``limits``; empty where there are none.
    """

    definition: Definition
    planned: list[str]
    lead_weeks: list[str]
    visit_weeks: list[str]
    campaigns: pd.DataFrame
    curves: Curves
    lead_share: pd.DataFrame
    demand: pd.DataFrame
    cost: pd.DataFrame
    units: pd.DataFrame
    waits: pd.DataFrame
    capacity: Mapping[str, pd.DataFrame]
    intake: Mapping[str, pd.DataFrame]
    limits: pd.DataFrame

    def in_flight(self) -> pd.DataFrame:
        """Whether a campaign may spend at all, by campaign and planned week; a ceiling of zero is a pause."""
        weeks = np.array(self.planned)
        first, last = (self.campaigns[name].to_numpy(dtype=str)[:, None] for name in ("first_week", "last_week"))
        flying = (weeks >= first) & ((weeks <= last) | (last == ""))
        paused = self.campaigns["max_weekly_spend"].to_numpy()[:, None] == 0
        return pd.DataFrame(flying & ~paused, index=self.campaigns.index, columns=self.planned)

    def per_unit(self, by_campaign: pd.DataFrame) -> pd.DataFrame:
        """Sum over the campaigns of each unit."""
        return by_campaign.groupby([self.campaigns[name] for name in UNIT]).sum()

    def per_team(self, by_unit: pd.DataFrame) -> pd.DataFrame:
        """Sum over the units of each intake team."""
        teams = self.units["intake_team"]
        return by_unit[teams != ""].groupby(teams[teams != ""]).sum()

    def worth(self, booked: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
        """Worth of bookings and visits in the objective's unit, before spend; frames by unit."""
        match self.definition.objective:
            case Objective.LTV:
                return visits.mul(self.units["ltv_margin"], axis=0)
            case Objective.FIRST_VISIT_MARGIN:
                return visits.mul(self.units["first_visit_margin"], axis=0)
            case Objective.VISITS:
                return visits
            case Objective.BOOKINGS:
                return booked


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
        hours: Hours that the leads take if all are answered, by unit and lead week.
        mean_hours: Hours of an average lead, by unit and lead week.
        lost_requests: Requests lost with an hour of today's leads never answered, by unit and lead week.
        late_requests: Requests lost with an hour of today's leads answered late, by unit and lead week.
        late: Leads answered late, as the plan says, by unit and lead week.
        lost: Leads never answered, as the plan says, by unit and lead week.
        bookings: The plan's bookings with the kept_share and show_rate of their wait, and visits recomputed from them.
        booked: Booked appointments, as the plan says, by unit and visit week.
        visits: Completed visits, recomputed, by unit and visit week.
    """

    spend: pd.DataFrame
    cents: pd.DataFrame
    brought: pd.DataFrame
    arriving: pd.DataFrame
    leads: pd.DataFrame
    requests: pd.DataFrame
    hours: pd.DataFrame
    mean_hours: pd.DataFrame
    lost_requests: pd.DataFrame
    late_requests: pd.DataFrame
    late: pd.DataFrame
    lost: pd.DataFrame
    bookings: pd.DataFrame
    booked: pd.DataFrame
    visits: pd.DataFrame


def ground_of(scenario: Scenario) -> Ground:
    """Join the tables of a scenario by label.

    Args:
        scenario: A scenario whose tables agree with each other.

    Raises:
        ValueError: If a table names the same thing twice, or a campaign has no usable curve.
    """
    definition, tables = scenario.definition, scenario.tables
    planned = weeks_from(str(definition.calendar.first_week), definition.calendar.weeks)
    campaigns = _campaigns(scenario)
    lead_share = _lead_share(scenario, campaigns)
    lead_weeks = weeks_from(planned[0], len(planned) + lead_share.shape[1] - 1)
    units = _units(scenario, campaigns, planned[0])
    waits, longest_wait = _waits(scenario, units)
    visit_weeks = weeks_from(planned[0], len(lead_weeks) + longest_wait)
    curve_rows = _curve_rows(scenario, campaigns)
    demand, cost = _seasons(scenario, campaigns, planned)
    return Ground(
        definition=definition,
        planned=planned,
        lead_weeks=lead_weeks,
        visit_weeks=visit_weeks,
        campaigns=campaigns.assign(observed_max_weekly_spend=curve_rows["observed_max_weekly_spend"]),
        curves=curves_from_rows(curve_rows),
        lead_share=lead_share,
        demand=demand,
        cost=cost,
        units=units,
        waits=waits,
        capacity=_capacity(scenario, units, visit_weeks),
        intake=_intake(scenario, units, lead_weeks),
        limits=tables["limits"].frame if "limits" in tables else pd.DataFrame(),
    )


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
    visit_weeks = ground.capacity["open_slots"]
    return Replay(
        spend=spend,
        cents=(spend * 100).round(),
        brought=brought,
        arriving=arriving,
        leads=leads,
        requests=ground.per_unit(arriving.mul(ground.campaigns["booking"], axis=0)),
        hours=hours,
        mean_hours=(hours / leads).where(leads > 0, 0.0),
        lost_requests=lost_requests,
        late_requests=late_requests,
        late=by_week(tables["leads"], UNIT, "late"),
        lost=by_week(tables["leads"], UNIT, "lost"),
        bookings=bookings,
        booked=summed_by_week(bookings, "booked", "visit_week", visit_weeks),
        visits=summed_by_week(bookings, "visits", "visit_week", visit_weeks),
    )


def _requests_per_hour(ground: Ground) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Requests lost with an hour of leads that are never answered, and that are answered late.

    Whoever is late or lost is an average lead of those that the unit gets in that week as long as every campaign
    spends what it spends today; where it gets none, its campaigns count alike. No hours, no requests lost.
    """
    spend = pd.DataFrame(dict.fromkeys(ground.planned, ground.campaigns["current_weekly_spend"]))
    _, arriving = _leads(ground, spend.where(ground.in_flight(), 0.0))
    some = ground.per_unit(arriving) > 0
    unit = pd.MultiIndex.from_frame(ground.campaigns[list(UNIT)])
    weight = arriving.where(some.loc[unit].set_axis(arriving.index), 1.0)
    hours, asked, late = (
        ground.per_unit(weight.mul(ground.campaigns[rate], axis=0)) for rate in ("hours", "booking", "booking_late")
    )
    return (asked / hours).where(hours > 0, 0.0), ((asked - late) / hours).where(hours > 0, 0.0)


def weeks_from(first: str, count: int) -> list[str]:
    """``count`` Mondays from ``first`` on, as ISO text; ``first`` is an ISO date."""
    return [_later(first, step) for step in range(count)]


def by_week(table: pd.DataFrame, label: Sequence[str], column: str, week: str = "week") -> pd.DataFrame:
    """A column of a table with one row per label and week, as rows by label and columns by week."""
    names = label[0] if len(label) == 1 else list(label)
    return table.pivot(index=names, columns=week, values=column)


def summed_by_week(bookings: pd.DataFrame, column: str, week: str, like: pd.DataFrame) -> pd.DataFrame:
    """Sum of a column of the bookings by unit and week; zero in the rows and weeks of ``like`` that have none."""
    summed = bookings.groupby([*UNIT, week])[column].sum().reset_index()
    return by_week(summed, UNIT, column, week).reindex(index=like.index, columns=like.columns).fillna(0.0)


def _later(week: str, count: int) -> str:
    return (dt.date.fromisoformat(week) + dt.timedelta(weeks=count)).isoformat()


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
        {_later(ground.planned[0], -ago): today * valid for ago in range(1, longest + 1)}, spend.index
    )
    every_week = pd.concat([before, brought], axis=1)
    arriving = pd.DataFrame(0.0, index=spend.index, columns=ground.lead_weeks)
    for lag in range(longest + 1):
        arrived = every_week.rename(columns={week: _later(week, lag) for week in every_week.columns})
        arrived = arrived.reindex(columns=ground.lead_weeks, fill_value=0.0)
        arriving += arrived.mul(ground.lead_share[lag], axis=0)
    return brought, arriving


def _bookings(ground: Ground, table: pd.DataFrame) -> pd.DataFrame:
    decided = table[[*UNIT, "week", "weeks_waited", "visit_week", "booked"]]
    rows = decided.merge(ground.waits, on=["service_line", "weeks_waited"], how="left", validate="many_to_one")
    return rows.assign(visits=rows["booked"] * rows["show_rate"])


def _campaigns(scenario: Scenario) -> pd.DataFrame:
    tables = scenario.tables
    rows = tables["campaigns"].frame
    if "locations" in tables:
        places = tables["locations"].frame[["location", "market", "intake_team"]]
        rows = rows.merge(places.replace({"market": {"": "all"}}), on="location", how="left", validate="many_to_one")
    else:
        rows = rows.assign(market="all", intake_team="")
    labels = rows[["campaign", "location", "service_line", "channel"]]
    keys = ("service_line", "channel", "location")
    funnel = _first_match(labels, ["campaign"], tables["funnel"].frame, keys, [keys, keys[:2]])
    reached = funnel["contactable_rate"] * funnel["qualified_rate"]
    return rows.set_index("campaign").assign(
        valid_rate=funnel["valid_rate"],
        booking=reached * funnel["booking_rate"],
        booking_late=reached * funnel["booking_rate_late"],
        hours=funnel["handling_minutes"] / 60,
    )


def _first_match(
    rows: pd.DataFrame, label: list[str], frame: pd.DataFrame, keys: Sequence[str], ways: Sequence[Sequence[str]]
) -> pd.DataFrame:
    """The row of ``frame`` for each of ``rows``, by ``label``: the first of several ways to match that finds one.

    A row of ``frame`` can be matched one way only: by exactly those of its ``keys`` that are not blank.
    """
    found = []
    for given in ways:
        usable = (frame[list(keys)] != "").eq([name in given for name in keys]).all(axis=1)
        candidates = frame[usable].drop(columns=[name for name in keys if name not in given])
        found.append(rows.merge(candidates, on=list(given), validate="many_to_one"))
    matched = pd.concat(found).drop_duplicates(label)
    return matched.set_index(label[0] if len(label) == 1 else label)


def _curve_rows(scenario: Scenario, campaigns: pd.DataFrame) -> pd.DataFrame:
    labels = campaigns[["service_line", "channel"]].reset_index()
    keys = ("campaign", "service_line", "channel")
    frame = scenario.tables["response_curves"].frame
    return _first_match(labels, ["campaign"], frame, keys, [keys[:1], keys[1:]]).reindex(campaigns.index)


def _lead_share(scenario: Scenario, campaigns: pd.DataFrame) -> pd.DataFrame:
    if "channels" not in scenario.tables:
        return pd.DataFrame({0: 1.0}, index=campaigns.index)
    frame = scenario.tables["channels"].frame
    names = [name for name in frame.columns if name.startswith("lead_share_week_")]
    shares = frame.set_index("channel")[names].set_axis(range(len(names)), axis=1)
    shares.loc[(shares == 0).all(axis=1), 0] = 1.0
    longest = int(np.flatnonzero((shares > 0).any(axis=0))[-1])
    return campaigns[["channel"]].join(shares, on="channel", validate="many_to_one")[list(range(longest + 1))]


def _seasons(scenario: Scenario, campaigns: pd.DataFrame, weeks: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Demand and cost by campaign and week: the product of all rows whose scope covers the campaign."""
    normal = pd.DataFrame(1.0, index=campaigns.index, columns=weeks)
    if "seasonality" not in scenario.tables:
        return normal, normal
    frame = scenario.tables["seasonality"].frame
    frame = frame[frame["week"].isin(weeks)]
    if frame.empty:
        return normal, normal
    members = campaigns[_SCOPE].reset_index()
    parts = []
    for filled, rows in frame.groupby([(frame[name] != "").rename(name) for name in _SCOPE]):
        given = [name for name, used in zip(_SCOPE, filled, strict=True) if used]
        index = rows[[*given, "week", "demand_index", "cost_index"]]
        parts.append(members.merge(index, on=given) if given else members.merge(index, how="cross"))
    index = pd.concat(parts).groupby(["campaign", "week"])[["demand_index", "cost_index"]].prod().reset_index()
    demand, cost = (by_week(index, ["campaign"], name) for name in ("demand_index", "cost_index"))
    return demand.reindex_like(normal).fillna(1.0), cost.reindex_like(normal).fillna(1.0)


def _units(scenario: Scenario, campaigns: pd.DataFrame, first_week: str) -> pd.DataFrame:
    tables = scenario.tables
    units = campaigns[[*UNIT, "market", "intake_team"]].drop_duplicates()
    if "service_lines" in tables:
        lines = tables["service_lines"].frame
        units = units.merge(lines, on="service_line", how="left", validate="many_to_one")
    else:
        units = units.assign(min_weeks_to_visit=0.0, cancel_rate=0.0, backfill_rate=0.0)
    capacity = tables["appointment_capacity"].frame
    opening = capacity.loc[capacity["week"] == first_week, [*UNIT, "waitlist"]]
    units = units.merge(opening, on=UNIT, how="left", validate="one_to_one")
    keys = ("service_line", "location")
    value = _first_match(units[UNIT], UNIT, tables["patient_value"].frame, keys, [keys, keys[:1]])
    units = units.set_index(UNIT).sort_index()
    return units.assign(
        slots_per_booking=1 - units["cancel_rate"] * units["backfill_rate"],
        first_visit_margin=value["first_visit_margin"],
        ltv_margin=value["ltv_margin"],
    )


def _waits(scenario: Scenario, units: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Waits that may be offered, and the longest that the tables speak of."""
    lines = units.reset_index()[["service_line", "min_weeks_to_visit"]].drop_duplicates()
    if "show_rates" not in scenario.tables:
        waits = lines.assign(weeks_waited=lines["min_weeks_to_visit"], kept_share=1.0, show_rate=1.0)
    else:
        waits = scenario.tables["show_rates"].frame.merge(lines, on="service_line", validate="many_to_one")
        longest = scenario.definition.policies.max_weeks_waited
        waits = waits if longest is None else waits[waits["weeks_waited"] <= longest]
    offered = waits[(waits["kept_share"] > 0) & (waits["weeks_waited"] >= waits["min_weeks_to_visit"])]
    columns = ["service_line", "weeks_waited", "kept_share", "show_rate"]
    return offered[columns], int(waits["weeks_waited"].max()) if len(waits) else 0


def _known_weeks(
    frame: pd.DataFrame, label: Sequence[str], column: str, index: pd.Index, weeks: list[str]
) -> pd.DataFrame:
    """A column by label and week; weeks after a label's last row repeat its last row."""
    return by_week(frame, label, column).reindex(index=index, columns=weeks).ffill(axis=1)


def _capacity(scenario: Scenario, units: pd.DataFrame, weeks: list[str]) -> dict[str, pd.DataFrame]:
    frame = scenario.tables["appointment_capacity"].frame
    columns = ("new_patient_slots", "already_booked", "expected_baseline_bookings")
    known = {name: _known_weeks(frame, UNIT, name, units.index, weeks) for name in columns}
    slots, taken, baseline = known.values()
    free = slots * scenario.definition.policies.fill_cap - taken - baseline
    return {**known, "open_slots": free.clip(lower=0.0)}


def _intake(scenario: Scenario, units: pd.DataFrame, weeks: list[str]) -> dict[str, pd.DataFrame]:
    """Hours of each team's week that are left for leads after its baseline contacts."""
    teams = pd.Index(sorted(set(units["intake_team"]) - {""}), name="intake_team", dtype=str)
    if teams.empty:
        none = pd.DataFrame(index=teams, columns=weeks, dtype=np.float64)
        return {"hours_in_time": none, "hours_paid": none, "baseline_hours": none}
    frame = scenario.tables["intake_teams"].frame
    known = {name: _known_weeks(frame, ["intake_team"], name, teams, weeks).to_numpy() for name in _STAFFING}
    baseline = known.pop("baseline_contacts") * known["handling_minutes"]
    level = scenario.definition.policies.service_level
    in_time, paid = weekly_minutes(**known, share=level.share, seconds=level.seconds)

    def hours(minutes: npt.NDArray[np.float64]) -> pd.DataFrame:
        return pd.DataFrame(minutes / 60, index=teams, columns=weeks)

    return {
        "hours_in_time": hours(np.maximum(in_time - baseline, 0.0)),
        "hours_paid": hours(np.maximum(paid - baseline, 0.0)),
        "baseline_hours": hours(baseline),
    }
