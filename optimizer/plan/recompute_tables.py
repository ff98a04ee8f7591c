"""The tables of a scenario joined by label, for the independent check.

It shares no code with the arrays that the model is stated from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.intake.erlang import weekly_minutes
from optimizer.plan.recompute_directory import UNIT, directory_of
from optimizer.plan.recompute_gates import gate_bounds
from optimizer.plan.recompute_ground import Ground, by_week, weeks_from
from optimizer.plan.recompute_pathways import longest_lag, onward_of, served_units, shared_of
from optimizer.plan.recompute_register import register_of
from optimizer.response.curves import curves_from_rows
from optimizer.scenario.read import Scenario

_SCOPE = ["market", "location", "service_line", "channel"]
_STAFFING = ["agents", "paid_hours", "shrinkage", "baseline_contacts", "handling_minutes"]
_OVERFLOW = ["overflow_hours", "overflow_cost_per_hour"]


def ground_of(scenario: Scenario) -> Ground:
    """Join the tables of a scenario by label.

    Args:
        scenario: A scenario whose tables agree with each other.

    Raises:
        ValueError: If a table names the same thing twice, or a campaign has no usable curve.
        VerificationError: If a table names what is not there.
    """
    definition, tables = scenario.definition, scenario.tables
    planned = weeks_from(str(definition.calendar.first_week), definition.calendar.weeks)
    campaigns = _campaigns(scenario)
    lead_share = _lead_share(scenario, campaigns)
    lead_weeks = weeks_from(planned[0], len(planned) + lead_share.shape[1] - 1)
    routes = _routes(scenario, campaigns)
    units = _units(scenario, routes[UNIT].drop_duplicates(), planned[0])
    waits, longest_wait = _waits(scenario, units)
    chain = longest_lag(scenario, set(units.index.get_level_values("service_line")))
    visit_weeks = weeks_from(planned[0], len(lead_weeks) + longest_wait + chain)
    curve_rows = _curve_rows(scenario, campaigns)
    campaigns = campaigns.assign(observed_max_weekly_spend=curve_rows["observed_max_weekly_spend"])
    capacity = _capacity(scenario, units, visit_weeks)
    demand, cost = _seasons(scenario, campaigns, planned)
    intake, overflow = _intake(scenario, units, lead_weeks)
    onward, shared = onward_of(scenario, units), shared_of(scenario, units, visit_weeks)
    teams, resources = overflow["overflow_hours"].index, shared.available.index
    return Ground(
        definition=definition,
        planned=planned,
        lead_weeks=lead_weeks,
        visit_weeks=visit_weeks,
        campaigns=campaigns,
        curves=curves_from_rows(curve_rows),
        lead_share=lead_share,
        demand=demand,
        cost=cost,
        units=units,
        waits=waits,
        routes=routes,
        gates=gate_bounds(scenario, campaigns, capacity["open_slots"][planned[0]], planned),
        capacity=capacity,
        intake=intake,
        overflow=overflow["overflow_hours"],
        overflow_price=overflow["overflow_cost_per_hour"],
        onward=onward,
        shared=shared,
        limits=tables["limits"].frame if "limits" in tables else pd.DataFrame(),
        directory=directory_of(
            visit_weeks, campaigns, units, teams, resources, waits, routes, onward.ways, onward.places
        ),
    )


def _campaigns(scenario: Scenario) -> pd.DataFrame:
    tables = scenario.tables
    rows = tables["campaigns"].frame
    if "locations" in tables:
        places = tables["locations"].frame[["location", "market", "intake_team"]]
        rows = rows.merge(places.replace({"market": {"": "all"}}), on="location", how="left", validate="many_to_one")
    else:
        rows = rows.assign(market="all", intake_team="")
    rows, keys = rows.set_index("campaign"), ("service_line", "channel", "location")
    funnel = _first_match(rows, tables["funnel"].frame, keys, [keys, keys[:2]])
    reached = funnel["contactable_rate"] * funnel["qualified_rate"]
    return rows.assign(
        valid_rate=funnel["valid_rate"],
        booking=reached * funnel["booking_rate"],
        booking_late=reached * funnel["booking_rate_late"],
        funnel_as_of=funnel["as_of"],
        hours=funnel["handling_minutes"] / 60,
        multiplier=_multipliers(scenario, rows["channel"]),
    )


def _multipliers(scenario: Scenario, channel: pd.Series) -> pd.Series:
    """Worth of the patients of each campaign's channel relative to the figures of their line."""
    if "channels" not in scenario.tables:
        return pd.Series(1.0, index=channel.index)
    return channel.map(scenario.tables["channels"].frame.set_index("channel")["value_multiplier"])


def _first_match(
    rows: pd.DataFrame, frame: pd.DataFrame, keys: Sequence[str], ways: Sequence[Sequence[str]]
) -> pd.DataFrame:
    """The row of ``frame`` for each of ``rows``, under its name: the first of several ways to match that finds one.

    A row of ``frame`` can be matched one way only: by exactly those of its ``keys`` that are not blank. Where none
    matches, nothing is known.
    """
    given = np.column_stack([frame[name].to_numpy(dtype=object) != "" for name in keys])
    found = np.full(len(rows), -1)
    for way in ways:
        usable = np.flatnonzero((given == [name in way for name in keys]).all(axis=1))
        match = register_of(frame.iloc[usable], way).find(rows)
        first = (found < 0) & (match >= 0)
        found[first] = usable[match[first]]
    known = found >= 0
    return frame.iloc[found[known]].set_axis(rows.index[known]).reindex(rows.index)


def _curve_rows(scenario: Scenario, campaigns: pd.DataFrame) -> pd.DataFrame:
    labels = campaigns[["service_line", "channel"]].assign(campaign=campaigns.index)
    keys = ("campaign", "service_line", "channel")
    return _first_match(labels, scenario.tables["response_curves"].frame, keys, [keys[:1], keys[1:]])


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


def _routes(scenario: Scenario, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Every unit's own clinic, and those that its patients may be offered instead and that have appointments.

    A clinic reached by a redirect redirects its own patients as well.
    """
    asked = campaigns[UNIT].drop_duplicates()
    columns = [*UNIT, "seen_at", "acceptance_rate"]
    if "redirects" not in scenario.tables:
        return asked.assign(seen_at=asked["location"], acceptance_rate=1.0)[columns]
    ways = _ways(scenario, sorted(set(asked["service_line"])))
    reached = asked.merge(ways, on=UNIT)[["seen_at", "service_line"]].rename(columns={"seen_at": "location"})
    units = pd.concat([asked, reached]).drop_duplicates()
    sent = units.merge(ways, on=UNIT).merge(
        units.rename(columns={"location": "seen_at"}), on=["seen_at", "service_line"], validate="many_to_one"
    )
    own = units.assign(seen_at=units["location"], acceptance_rate=1.0)
    return pd.concat([own[columns], sent[columns]], ignore_index=True)


def _ways(scenario: Scenario, lines: list[str]) -> pd.DataFrame:
    """Redirects by service line: location, service_line, seen_at, acceptance_rate; a line's own row goes first."""
    frame = scenario.tables["redirects"].frame.rename(columns={"from_location": "location", "to_location": "seen_at"})
    longest = scenario.definition.policies.max_drive_minutes
    if longest is not None:
        frame = frame[~(frame["drive_minutes"] > longest)]
    own = frame[frame["service_line"] != ""]
    general = frame[frame["service_line"] == ""].drop(columns="service_line")
    every = pd.concat([own, general.merge(pd.DataFrame({"service_line": lines}), how="cross")])
    capacity = scenario.tables["appointment_capacity"].frame[UNIT].drop_duplicates()
    known = every.merge(capacity.rename(columns={"location": "seen_at"}), on=["seen_at", "service_line"])
    first = known.drop_duplicates([*UNIT, "seen_at"])
    return first.loc[first["acceptance_rate"] > 0, [*UNIT, "seen_at", "acceptance_rate"]]


def _units(scenario: Scenario, asked: pd.DataFrame, first_week: str) -> pd.DataFrame:
    """Units that new patients come to, and those that see follow-on visits alone, which need no team and no value."""
    tables = scenario.tables
    served = served_units(scenario, asked)
    units = pd.concat([asked, served])
    if "locations" in tables:
        places = tables["locations"].frame[["location", "market", "intake_team"]].replace({"market": {"": "all"}})
        units = units.merge(places, on="location", how="left", validate="many_to_one")
    else:
        units = units.assign(market="all", intake_team="")
    if "service_lines" in tables:
        lines = tables["service_lines"].frame
        units = units.merge(lines, on="service_line", how="left", validate="many_to_one")
    else:
        units = units.assign(min_weeks_to_visit=0.0, cancel_rate=0.0, backfill_rate=0.0)
    capacity = tables["appointment_capacity"].frame
    opening = capacity.loc[capacity["week"] == first_week, [*UNIT, "waitlist"]]
    units = units.merge(opening, on=UNIT, how="left", validate="one_to_one")
    units, keys = units.set_index(UNIT).sort_index(), ("service_line", "location")
    value = _first_match(units.index.to_frame(), tables["patient_value"].frame, keys, [keys, keys[:1]])
    alone = units.index.isin(pd.MultiIndex.from_frame(served))
    units["intake_team"] = units["intake_team"].mask(alone, "")
    for name in ("first_visit_margin", "ltv_margin"):
        value[name] = value[name].mask(alone & value[name].isna(), 0.0)
    return units.assign(
        slots_per_booking=1 - units["cancel_rate"] * units["backfill_rate"],
        first_visit_margin=value["first_visit_margin"],
        ltv_margin=value["ltv_margin"].fillna(_lifetime(value)),
    )


def _lifetime(value: pd.DataFrame) -> pd.Series:
    """The first visit and what every month brings of those who stay, at what it is worth at the first visit."""
    months, monthly = (value[name].to_numpy()[:, None] for name in ("horizon_months", "margin_per_year"))
    kept, discount = (value[name].to_numpy()[:, None] for name in ("yearly_retention", "discount_rate"))
    month = np.arange(1, int(value["horizon_months"].max() if value["horizon_months"].notna().any() else 0) + 1)
    each = monthly / 12 * kept ** (month / 12) / (1 + discount) ** (month / 12)
    total: pd.Series = value["first_visit_margin"] + np.where(months >= month, each, 0.0).sum(axis=1)
    return total


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
    frame: pd.DataFrame, label: Sequence[str], columns: Sequence[str], index: pd.Index, weeks: list[str]
) -> dict[str, pd.DataFrame]:
    """Columns by label and week; weeks after a label's last row repeat its last row."""
    rows = frame.set_index([*label, "week"])
    return {name: rows[name].unstack("week").reindex(index=index, columns=weeks).ffill(axis=1) for name in columns}


def _capacity(scenario: Scenario, units: pd.DataFrame, weeks: list[str]) -> dict[str, pd.DataFrame]:
    frame = scenario.tables["appointment_capacity"].frame
    columns = ("new_patient_slots", "already_booked", "expected_baseline_bookings")
    known = _known_weeks(frame, UNIT, columns, units.index, weeks)
    known[columns[0]] *= _event_factor(scenario, "slot_multiplier", units.reset_index(), weeks)
    slots, taken, baseline = known.values()
    free = slots * scenario.definition.policies.fill_cap - taken - baseline
    return {**known, "open_slots": free.clip(lower=0.0)}


def _event_factor(scenario: Scenario, column: str, members: pd.DataFrame, weeks: list[str]) -> npt.NDArray[np.float64]:
    """Product of a multiplier over all events that cover a member and week; by member and week."""
    factor = np.ones((len(members), len(weeks)))
    if "calendar_events" not in scenario.tables:
        return factor
    scope = {name: members[name].to_numpy() for name in (*_SCOPE, "intake_team") if name in members}
    for event in scenario.tables["calendar_events"].frame.to_dict("records"):
        inside = np.ones(len(members), dtype=np.bool_)
        for name, labels in scope.items():
            inside &= (labels == event[name]) | (event[name] == "")
        during = [event["first_week"] <= week <= event["last_week"] for week in weeks]
        factor[np.ix_(inside, during)] *= event[column]
    return factor


def _intake(
    scenario: Scenario, units: pd.DataFrame, weeks: list[str]
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Hours of each team's week left for leads after baseline contacts and backlog; hours for sale and their price."""
    teams = pd.Index(sorted(set(units["intake_team"]) - {""}), name="intake_team", dtype=str)
    if teams.empty:
        none = pd.DataFrame(index=teams, columns=weeks, dtype=np.float64)
        names = ("hours_in_time", "hours_paid", "baseline_hours", "backlog_hours")
        return dict.fromkeys(names, none), dict.fromkeys(_OVERFLOW, none)
    frame = scenario.tables["intake_teams"].frame
    by_team = _known_weeks(frame, ["intake_team"], [*_STAFFING, *_OVERFLOW], teams, weeks)
    known = {name: by_team[name].to_numpy() for name in _STAFFING}
    factor = _event_factor(scenario, "intake_multiplier", teams.to_frame(index=False), weeks)
    known |= {name: known[name] * factor for name in ("agents", "paid_hours")}
    baseline = known.pop("baseline_contacts") * known["handling_minutes"]
    level = scenario.definition.policies.service_level
    in_time, paid = weekly_minutes(**known, share=level.share, seconds=level.seconds)
    opening = frame[frame["week"] == weeks[0]].set_index("intake_team")["opening_backlog"].reindex(teams)
    backlog = _backlog_minutes(opening.to_numpy(), paid - baseline, known["handling_minutes"])

    def hours(minutes: npt.NDArray[np.float64]) -> pd.DataFrame:
        return pd.DataFrame(minutes / 60, index=teams, columns=weeks)

    return {
        "hours_in_time": hours(np.maximum(in_time - baseline - backlog, 0.0)),
        "hours_paid": hours(np.maximum(paid - baseline - backlog, 0.0)),
        "baseline_hours": hours(baseline),
        "backlog_hours": hours(backlog),
    }, {name: by_team[name].where(by_team["overflow_hours"] > 0, 0.0) for name in _OVERFLOW}


def _backlog_minutes(
    contacts: npt.NDArray[np.float64], free: npt.NDArray[np.float64], each: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Minutes that the contacts waiting at the start take of every week, until none is left.

    Args:
        contacts: By team.
        free: Paid minutes after baseline contacts, by team and week.
        each: Minutes of a contact, by team and week.
    """
    taken = np.zeros_like(free)
    for week in range(free.shape[1]):
        taken[:, week] = np.clip(free[:, week], 0.0, contacts * each[:, week])
        contacts = np.maximum(contacts - taken[:, week] / each[:, week], 0.0)
    return taken
