"""Gates worked out from the scenario's tables a second time, for the independent check.

It shares no code with the gates that the plan is stated from, only the table that says what a scenario may hold.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from optimizer.plan.recompute_directory import UNIT
from optimizer.plan.recompute_ground import GateBounds
from optimizer.scenario.read import Scenario

_READY = ["tracking_ready", "landing_page_ready", "compliance_ready", "clinical_ready"]
_EVENT_SCOPE = ["market", "location", "service_line", "channel", "campaign", "intake_team"]


def gate_bounds(scenario: Scenario, campaigns: pd.DataFrame, opening: pd.Series, planned: list[str]) -> GateBounds:
    """Work out every gate.

    Args:
        scenario: The scenario, whose tables agree with each other.
        campaigns: By campaign: the columns of ``campaigns``, market, intake_team, observed_max_weekly_spend and
            funnel_as_of.
        opening: Open slots of the first planned week, by unit.
        planned: Planned weeks.
    """
    capacity = scenario.tables["appointment_capacity"].frame
    first = capacity[capacity["week"] == planned[0]].set_index(UNIT)["third_next_available_days"]
    members = campaigns.join(opening.rename("open_slots"), on=UNIT).join(first.rename("days"), on=UNIT)
    closed = [
        _flights(members, planned),
        _covered(scenario, members, planned, "blackout"),
        _unready(members, planned),
        _below_go_live(scenario, members, planned),
        _backlogs(scenario, members, planned),
    ]
    hold, tier, pilot = (
        most(scenario, members, planned).to_numpy(dtype=np.float64) for most in (_holds, _tiers, _pilots)
    )
    ceiling = np.fmin(np.fmin(hold, tier), pilot)
    for shut in closed:
        ceiling[shut.to_numpy(dtype=np.bool_)] = 0.0
    least = np.ceil(members["min_if_active"].to_numpy(dtype=np.float64) * 100 - 1e-6)[:, None] / 100
    hold = np.where(hold == np.inf, 0.0, hold)
    ceiling[(ceiling < least) & (hold == 0.0)] = 0.0
    return GateBounds(*(pd.DataFrame(money, index=members.index, columns=planned) for money in (ceiling, hold)))


def _every_week(values: pd.Series, planned: list[str]) -> pd.DataFrame:
    return pd.DataFrame(dict.fromkeys(planned, values), index=values.index)


def _flights(members: pd.DataFrame, planned: list[str]) -> pd.DataFrame:
    ended = members["last_week"].where(members["last_week"] != "", planned[-1])
    return pd.DataFrame({week: (members["first_week"] > week) | (ended < week) for week in planned})


def _covered(scenario: Scenario, members: pd.DataFrame, planned: list[str], effect: str) -> pd.DataFrame:
    """Whether an event with that effect covers a campaign in a week."""
    shut = np.zeros((len(members), len(planned)), dtype=np.bool_)
    events = scenario.tables["calendar_events"].frame.to_dict("records") if "calendar_events" in scenario.tables else []
    scope = {name: members[name].to_numpy() for name in _EVENT_SCOPE if name != "campaign"}
    scope["campaign"] = members.index.to_numpy()
    for event in events:
        if event[effect] == "yes":
            inside = np.ones(len(members), dtype=np.bool_)
            for name, labels in scope.items():
                inside &= (labels == event[name]) | (event[name] == "")
            during = [event["first_week"] <= week <= event["last_week"] for week in planned]
            shut[np.ix_(inside, during)] = True
    return pd.DataFrame(shut, index=members.index, columns=planned)


def _unready(members: pd.DataFrame, planned: list[str]) -> pd.DataFrame:
    lacks, ready = (members[_READY] == "no").any(axis=1), members["ready_week"]
    return pd.DataFrame({week: lacks & ((ready == "") | (ready > week)) for week in planned})


def _below_go_live(scenario: Scenario, members: pd.DataFrame, planned: list[str]) -> pd.DataFrame:
    if "service_lines" not in scenario.tables:
        return _every_week(pd.Series(False, index=members.index), planned)
    lines = scenario.tables["service_lines"].frame.set_index("service_line")
    asked = members[["service_line", "open_slots", "days"]].join(
        lines[["go_live_min_open_slots", "go_live_max_days"]], on="service_line"
    )
    few = asked["go_live_min_open_slots"] - asked["open_slots"] > 1e-9
    return _every_week(few | (asked["days"] > asked["go_live_max_days"]), planned)


def _backlogs(scenario: Scenario, members: pd.DataFrame, planned: list[str]) -> pd.DataFrame:
    shut = pd.DataFrame(False, index=members.index, columns=planned)
    most = scenario.definition.policies.max_backlog
    if most is None or "intake_teams" not in scenario.tables:
        return shut
    teams = scenario.tables["intake_teams"].frame
    waiting = teams[teams["week"] == planned[0]].set_index("intake_team")["opening_backlog"]
    shut[planned[0]] = members["intake_team"].map(waiting) > most
    return shut


def _own_most(scenario: Scenario, members: pd.DataFrame) -> pd.Series:
    known = members["observed_max_weekly_spend"] * scenario.definition.policies.extrapolation
    return _down(known).combine(members["max_weekly_spend"], np.fmin)


def _down(money: pd.Series) -> pd.Series:
    """Money rounded down to whole cents."""
    return (money * 100 + 1e-6) // 1 / 100


def _tiers(scenario: Scenario, members: pd.DataFrame, planned: list[str]) -> pd.DataFrame:
    tiers = scenario.definition.policies.tiers

    def share(days: float) -> float:
        return next((tier.share for tier in tiers if tier.max_days is None or days <= tier.max_days), 1.0)

    shares = members["days"].map(share).where(members["days"].notna(), 1.0)
    ceiling = _down(shares * _own_most(scenario, members)).where(shares < 1, np.inf)
    return _every_week(ceiling, planned)


def _pilots(scenario: Scenario, members: pd.DataFrame, planned: list[str]) -> pd.DataFrame:
    policy = scenario.definition.policies.pilot
    if policy is None:
        return _every_week(pd.Series(np.inf, index=members.index), planned)
    age = pd.Series(0, index=members.index)
    caps = {}
    for week in planned:
        caps[week] = _down(policy.weekly_cap * (1 + policy.ramp_share) ** age).where(members["pilot"] == "yes", np.inf)
        age = age + (members["first_week"] <= week)
    return pd.DataFrame(caps)


def _holds(scenario: Scenario, members: pd.DataFrame, planned: list[str]) -> pd.DataFrame:
    """Today's spend of campaigns that are held, or whose figures are too old; infinite where neither is so."""
    today = _down(members["current_weekly_spend"]).combine(_own_most(scenario, members), np.fmin)
    held = _covered(scenario, members, planned, "hold") | _every_week(_outdated(scenario, members, planned), planned)
    return _every_week(today, planned).where(held, np.inf)


def _outdated(scenario: Scenario, members: pd.DataFrame, planned: list[str]) -> pd.Series:
    """Whether a campaign's capacity or funnel figures are too old."""
    days = scenario.definition.policies.stale_days
    if days is None:
        return pd.Series(False, index=members.index)
    capacity = scenario.tables["appointment_capacity"].frame
    dated = capacity[(capacity["as_of"] != "") & capacity["week"].isin(planned)]
    oldest = dated.groupby(UNIT)["as_of"].min().rename("capacity_as_of")
    dates = members[[*UNIT, "funnel_as_of"]].join(oldest, on=UNIT)[["funnel_as_of", "capacity_as_of"]].fillna("")

    def too_old(date: str) -> bool:
        return date != "" and (scenario.definition.as_of - dt.date.fromisoformat(date)).days > days

    return dates.map(too_old).any(axis=1)
