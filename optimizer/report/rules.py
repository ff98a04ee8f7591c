"""Every rule that a plan must keep: what it limits, who answers for it, since when, and where it stands."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rich.console import RenderableType
from rich.table import Table as Grid
from rich.text import Text

from optimizer.intake.capacity import intake_hours
from optimizer.model.scope import scopes
from optimizer.plan.words import Words, count, day, percent
from optimizer.scenario.definition import Policies
from optimizer.scenario.facts import Facts
from optimizer.scenario.read import Scenario
from optimizer.scenario.tables import Table

_YAML = "scenario.yaml"


@dataclass(frozen=True)
class Rule:
    """One rule in effect.

    Attributes:
        kind: ``budget``, ``policy``, ``campaign``, ``limit``, ``event``, ``capacity``, ``resource``, ``intake`` or
            ``go_live``.
        rule: What it limits, in words.
        owner: Who answers for it; empty where nobody is named.
        since: Date since which it holds, or at which its figures were true; empty where not given.
        reason: Why it is there; empty where not given.
        source: File and line; ``default`` where nobody wrote it down.
    """

    kind: str
    rule: str
    owner: str
    since: str
    reason: str
    source: str


def rules(scenario: Scenario, facts: Facts) -> list[Rule]:
    """Every rule in effect, from the most general to the most particular.

    Rules that gates apply to single campaigns and weeks are told apart, with their reason codes.
    """
    words = Words.of(facts.definition)
    return [
        *_budget(scenario, words),
        *_policies(scenario, words),
        *_limits(facts, words),
        *_campaigns(scenario, words),
        *_go_live(scenario),
        *_events(scenario),
        *_capacity(scenario, facts),
        *_resources(scenario, facts),
        *_intake(scenario, facts),
    ]


MANY = 8
"""Rules of a kind above which a short screen tells only how many they are and where they stand."""


def rule_screen(found: Sequence[Rule], most_of_a_kind: int) -> RenderableType:
    """The rules as a table.

    Args:
        found: The rules.
        most_of_a_kind: A kind with more rules than this is told in one line.
    """
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for header, ratio in (("Rule", 5), ("Owner", 2), ("Since", 1), ("From", 3)):
        grid.add_column(header, overflow="fold", ratio=ratio, no_wrap=header == "Since", min_width=10)
    for _, group in itertools.groupby(found, key=lambda rule: rule.kind):
        told = list(group)
        is_short = len(told) <= most_of_a_kind or told[0].kind not in _TOGETHER
        for rule in told if is_short else [_together(told)]:
            grid.add_row(Text(rule.rule), Text(rule.owner or "not named"), Text(rule.since or "-"), Text(rule.source))
    return grid


_TOGETHER = {
    "campaign": "campaigns have a least or most spend a week of their own",
    "event": "calendar events change slots, intake hours or campaigns",
    "capacity": "clinics and lines take no more patients from advertising than they have open slots, week by week",
    "intake": "intake teams answer no more leads than their hours allow, week by week",
    "go_live": "service lines have a go-live threshold",
}


def _together(told: Sequence[Rule]) -> Rule:
    """Many rules of one kind in one: how many there are, all owners, the oldest date, and where they stand."""
    kind = told[0].kind
    owners = ", ".join(sorted({rule.owner for rule in told if rule.owner}))
    since = min((rule.since for rule in told if rule.since), default="")
    return Rule(kind, f"{len(told)} {_TOGETHER[kind]}", owners, since, "", _stretch(told))


def _stretch(told: Sequence[Rule]) -> str:
    """The file of some rules with the first and last line on which one of them stands."""
    file = told[0].source.rpartition(":")[0]
    lines = [int(line) for rule in told for line in rule.source.rpartition(":")[2].split("-")]
    return f"{file}:{min(lines)}-{max(lines)}"


def _budget(scenario: Scenario, words: Words) -> Iterator[Rule]:
    budget = scenario.definition.budget
    amounts = [("total", budget.total, "in all planned weeks"), ("per_week", budget.per_week, "in any one week")]
    amounts += [(f"per_month.{month}", most, f"in {month}") for month, most in budget.per_month.items()]
    for key, most, when in amounts:
        if most is not None:
            text = f"at most {words.money(most)} of spend {when}"
            yield Rule("budget", text, budget.owner, _date(budget.since), "", _line(scenario, f"budget.{key}"))


def _policies(scenario: Scenario, words: Words) -> Iterator[Rule]:
    policies = scenario.definition.policies
    for key, text in _policy_texts(policies, words):
        yield Rule(
            "policy", text, policies.owner, _date(policies.since), "", _line(scenario, f"policies.{key}", "default")
        )


def _policy_texts(policies: Policies, words: Words) -> Iterator[tuple[str, str]]:
    """Key and sentence of each policy in effect; defaults among them."""
    yield "fill_cap", f"at most {percent(policies.fill_cap)} of new-patient slots are filled"
    yield (
        "extrapolation",
        f"spend reaches at most {percent(policies.extrapolation)} of the highest that a curve has seen",
    )
    level = policies.service_level
    yield "service_level", f"intake teams answer {percent(level.share)} of contacts within {level.seconds:g} seconds"
    if policies.max_weeks_waited is not None:
        yield "max_weeks_waited", f"nobody is offered a wait of more than {policies.max_weeks_waited} weeks"
    if policies.max_drive_minutes is not None:
        yield "max_drive_minutes", f"nobody is redirected further than {policies.max_drive_minutes:g} minutes"
    if move := policies.change_limit:
        amount = f" and {words.money(move.amount)}" if move.amount else ""
        yield "change_limit", f"a campaign moves by at most {percent(move.share)}{amount} from week to week"
    if policies.change_cost:
        yield "change_cost", f"a unit of money that moves counts {policies.change_cost:g} against a plan"
    for place, tier in enumerate(policies.tiers):
        days = "any longer wait" if tier.max_days is None else f"a wait of up to {tier.max_days:g} days"
        yield f"tiers.{place}", f"with {days}, a campaign spends at most {percent(tier.share)} of its own most"
    if policies.max_backlog is not None:
        yield "max_backlog", f"a team's campaigns pause while more than {count(policies.max_backlog)} contacts wait"
    if policies.stale_days is not None:
        yield "stale_days", f"figures older than {policies.stale_days} days hold a campaign at today's spend"
    if pilot := policies.pilot:
        grows = f", growing by {percent(pilot.ramp_share)} a week" if pilot.ramp_share else ""
        yield "pilot", f"a pilot spends at most {words.money(pilot.weekly_cap)} a week{grows}"
    if policies.max_changed_campaigns is not None:
        yield "max_changed_campaigns", f"at most {policies.max_changed_campaigns} campaigns change"


_MEASURED = {
    "spend": "spend",
    "spend_share": "share of all spend",
    "leads": "leads",
    "bookings": "bookings",
    "visits": "visits",
    "cac": "spend per visit",
    "ltv_to_cac": "lifetime value per spend",
}


_WRITTEN: Mapping[str, Callable[[Words, float], str]] = {
    "spend": Words.money,
    "spend_share": lambda _, share: percent(share),
    "cac": Words.money,
    "ltv_to_cac": lambda _, ratio: f"{ratio:g}",
    **dict.fromkeys(("leads", "bookings", "visits"), lambda _, amount: count(amount)),
}


def _limits(facts: Facts, words: Words) -> Iterator[Rule]:
    for scope, (_, row) in zip(scopes(facts), facts.limits.iterrows(), strict=True):
        written = _WRITTEN[scope.quantity]
        for side, asked in (("at least", scope.least), ("at most", scope.most)):
            if np.isnan(asked):
                continue
            where = ", ".join(
                str(row[name]) for name in ("market", "location", "service_line", "channel", "campaign") if row[name]
            )
            each = " each week" if scope.alone else ""
            soft = f", or {words.value(scope.price_cap)} for each unit missed" if scope.is_soft else ""
            what = f"{_MEASURED[scope.quantity]} of {where or 'everything'}"
            text = f"{scope.name}: {what} {side} {written(words, asked)}{each}{soft}"
            yield Rule("limit", text, row["owner"], row["since"], row["reason"], f"{row['file']}:{row['line']}")


def _campaigns(scenario: Scenario, words: Words) -> Iterator[Rule]:
    table = scenario.tables["campaigns"]
    for position, row in enumerate(table.frame.to_dict("records")):
        parts = []
        if row["min_weekly_spend"] > 0:
            parts.append(f"at least {words.money(row['min_weekly_spend'])}")
        if row["min_if_active"] > 0:
            parts.append(f"nothing or at least {words.money(row['min_if_active'])}")
        if not np.isnan(row["max_weekly_spend"]):
            parts.append(f"at most {words.money(row['max_weekly_spend'])}")
        if parts:
            text = f"{row['campaign']} spends {' and '.join(parts)} a week"
            yield Rule("campaign", text, row["owner"], "", "", _place(table, position))


def _go_live(scenario: Scenario) -> Iterator[Rule]:
    if "service_lines" not in scenario.tables:
        return
    table = scenario.tables["service_lines"]
    for position, row in enumerate(table.frame.to_dict("records")):
        parts = []
        if not np.isnan(row["go_live_min_open_slots"]):
            parts.append(f"has fewer than {count(row['go_live_min_open_slots'])} open new-patient slots")
        if not np.isnan(row["go_live_max_days"]):
            parts.append(f"is more than {count(row['go_live_max_days'])} days from its third next open slot")
        if parts:
            text = f"no {row['service_line']} campaign runs at a clinic that {' or '.join(parts)}"
            yield Rule("go_live", text, row["owner"], "", "", _place(table, position))


def _events(scenario: Scenario) -> Iterator[Rule]:
    if "calendar_events" not in scenario.tables:
        return
    table = scenario.tables["calendar_events"]
    scope = ("market", "location", "service_line", "channel", "campaign", "intake_team")
    for position, row in enumerate(table.frame.to_dict("records")):
        effects = ["no campaign runs"] if row["blackout"] == "yes" else []
        effects += ["campaigns stay at today's spend"] if row["hold"] == "yes" else []
        for column, what in (("slot_multiplier", "new-patient slots"), ("intake_multiplier", "intake hours")):
            if row[column] != 1:
                effects.append(f"{what} are {percent(row[column])} of the schedule")
        where = ", ".join(str(row[name]) for name in scope if row[name]) or "everywhere"
        when = f"{day(row['first_week'])} to {day(row['last_week'])}"
        text = f"{row['event']}: {' and '.join(effects) or 'no effect'} at {where}, weeks of {when}"
        yield Rule("event", text, row["owner"], row["since"], row["reason"], _place(table, position))


def _capacity(scenario: Scenario, facts: Facts) -> Iterator[Rule]:
    """One rule per clinic and line: its open slots over the planned weeks, and where they stand."""
    table = scenario.tables["appointment_capacity"]
    places = table.frame.groupby(["location", "service_line"]).indices
    slots = facts.open_slots[:, : facts.planned].sum(axis=1)
    for unit, row in enumerate(facts.units.to_dict("records")):
        lines = np.asarray(places[(row["location"], row["service_line"])])
        text = f"{row['location']} {row['service_line']}: {count(slots[unit])} open slots in all planned weeks"
        yield Rule("capacity", text, *_who_and_when(table.frame.iloc[lines]), "", _span(table, lines))


def _resources(scenario: Scenario, facts: Facts) -> Iterator[Rule]:
    """One rule per shared resource: the minutes it has left over the planned weeks, and where they stand."""
    minutes = facts.resources.left[:, : facts.planned].sum(axis=1)
    for resource, name in enumerate(facts.resources.names):
        table = scenario.tables["shared_resources"]
        lines = np.flatnonzero((table.frame["resource"] == name).to_numpy())
        text = f"{name}: {count(minutes[resource])} minutes left in all planned weeks"
        yield Rule("resource", text, *_who_and_when(table.frame.iloc[lines]), "", _span(table, lines))


def _intake(scenario: Scenario, facts: Facts) -> Iterator[Rule]:
    hours = intake_hours(facts)
    for team, name in enumerate(facts.teams):
        table = scenario.tables["intake_teams"]
        lines = np.flatnonzero((table.frame["intake_team"] == name).to_numpy())
        in_time, paid = (part[team, : facts.planned].sum() for part in (hours.in_time, hours.paid))
        text = f"{name}: {count(in_time)} hours of answering leads in time and {count(paid)} at all, in planned weeks"
        yield Rule("intake", text, *_who_and_when(table.frame.iloc[lines]), "", _span(table, lines))


def _who_and_when(rows: pd.DataFrame) -> tuple[str, str]:
    """Owners and the oldest date of some rows; empty where they have none."""
    owners = sorted({owner for owner in rows["owner"] if owner})
    dates = sorted(date for date in rows.get("as_of", pd.Series(dtype=str)) if date)
    return ", ".join(owners), dates[0] if dates else ""


def _span(table: Table, positions: np.ndarray) -> str:
    lines = table.lines[positions]
    return f"{table.file}:{lines.min()}-{lines.max()}" if len(lines) > 1 else f"{table.file}:{lines.min()}"


def _place(table: Table, position: int) -> str:
    return f"{table.file}:{table.lines[position]}"


def _line(scenario: Scenario, key: str, absent: str = _YAML) -> str:
    line = scenario.lines.get(key)
    return f"{_YAML}:{line}" if line else absent


def _date(date: object) -> str:
    return "" if date is None else str(date)
