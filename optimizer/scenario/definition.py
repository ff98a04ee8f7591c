"""What ``scenario.yaml`` may say: strict, frozen, and documented field by field.

The JSON Schema that editors use is generated from these classes.
"""

from __future__ import annotations

import datetime as dt
import itertools
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1


class Strict(BaseModel):
    """Unknown keys are errors and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _monday(day: dt.date) -> dt.date:
    if day.weekday() != 0:
        nearest = day - dt.timedelta(days=day.weekday())
        raise ValueError(f"{day} is a {day:%A}; a week is named by its Monday, here {nearest}")
    return day


Monday = Annotated[dt.date, AfterValidator(_monday)]
Money = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Approval = Literal["automatic", "required"]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class Objective(StrEnum):
    """What the plan makes as large as possible."""

    LTV = "ltv"
    FIRST_VISIT_MARGIN = "first_visit_margin"
    VISITS = "visits"
    BOOKINGS = "bookings"
    MIN_SPEND = "min_spend"
    """As little spend as reaches the goals, the min of leads, bookings, visits and ratios in limits.csv."""

    @property
    def in_money(self) -> bool:
        """Whether value is money, so that every dollar spent counts against it."""
        return self.values_patients or self is Objective.MIN_SPEND

    @property
    def values_patients(self) -> bool:
        """Whether what a patient is worth counts."""
        return self in (Objective.LTV, Objective.FIRST_VISIT_MARGIN)


class Calendar(Strict):
    """The weeks that are planned."""

    first_week: Monday = Field(description="Monday of the first planned week", examples=["2026-09-28"])
    weeks: int = Field(ge=1, le=260, description="Number of planned weeks", examples=[13])


class Budget(Strict):
    """Upper bounds on spend; money may stay unspent."""

    total: Money = Field(description="Most that may be spent over all planned weeks, in the scenario's currency")
    per_week: Money | None = Field(default=None, description="Most that may be spent in any one week")
    per_month: dict[Month, Money] = Field(
        default_factory=dict,
        description="Most that may be spent in the weeks whose Monday lies in the month",
        examples=[{"2026-10": 400000}],
    )
    owner: str = Field(default="", description="Who answers for the budget")
    since: dt.date | None = Field(default=None, description="Date since which the budget holds")


class ChangeLimit(Strict):
    """How far a campaign's spend may move from one week to the next; the first week moves from current spend."""

    share: Share = Field(description="Allowed move as a share of the week before: 0.2 means 20 %")
    amount: Money = Field(
        default=0.0, description="Allowed move in money on top of the share, so that small campaigns can move"
    )


class ServiceLevel(Strict):
    """Share of contacts that the intake team means to answer within a time."""

    share: Annotated[float, Field(gt=0, lt=1)] = Field(default=0.8, description="Share of contacts answered in time")
    seconds: Annotated[float, Field(ge=0)] = Field(
        default=20.0, description="Time in which they are answered, in seconds"
    )


class Tier(Strict):
    """What a campaign may spend while the days to the third next open slot are within a bound."""

    max_days: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Most days to the third next open slot; left out in the last tier, which takes all"
    )
    share: Share = Field(description="Share of the campaign's own most that it may spend")


def _ascending(tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    days = [tier.max_days for tier in tiers]
    if days and days[-1] is not None:
        raise ValueError("the last tier takes every longer wait; leave out its max_days, or add one without max_days")
    bounds = [bound for bound in days[:-1] if bound is not None]
    if len(bounds) < len(days) - 1:
        raise ValueError("only the last tier may be without max_days; give it in the others")
    if any(after <= before for before, after in itertools.pairwise(bounds)):
        raise ValueError("max_days must rise from tier to tier; sort the tiers by max_days")
    return tiers


class Pilot(Strict):
    """How much a campaign that is marked as a pilot may spend."""

    weekly_cap: Money = Field(description="Most that a pilot may spend in its first week")
    ramp_share: Share = Field(default=0.0, description="Share by which the cap grows from week to week")


class Policies(Strict):
    """Rules of the house. Each is an input with an owner, not a standard."""

    fill_cap: Share = Field(default=1.0, description="Share of new-patient slots that may be filled")
    max_weeks_waited: Annotated[int, Field(ge=0, le=52)] | None = Field(
        default=None, description="Longest wait that may be offered, in weeks; all waits of show_rates.csv if absent"
    )
    max_drive_minutes: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Longest drive of a redirect that may be offered; all of redirects.csv if absent"
    )
    extrapolation: Annotated[float, Field(ge=1, le=10)] = Field(
        default=1.25, description="Spend may reach this multiple of the highest weekly spend that a curve has seen"
    )
    change_limit: ChangeLimit | None = Field(default=None, description="Week-to-week moves; unlimited if absent")
    change_cost: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.0,
        description="What a unit of money counts as lost when it moves from one week to the next, up or down; the first"
        " week moves from current spend. It is no money spent: it keeps small gains from moving budgets",
    )
    service_level: ServiceLevel = Field(default_factory=ServiceLevel, description="Target of the intake teams")
    tiers: Annotated[tuple[Tier, ...], AfterValidator(_ascending)] = Field(
        default=(),
        description="Ceilings of campaigns by the days to the third next open slot of their clinic and line, shortest"
        " wait first; none if absent",
        examples=[[{"max_days": 14, "share": 1}, {"max_days": 28, "share": 0.5}, {"share": 0}]],
    )
    max_backlog: Annotated[float, Field(ge=0)] | None = Field(
        default=None,
        description="Contacts waiting for an intake team above which its campaigns pause in the first week; never if"
        " absent",
    )
    stale_days: Annotated[int, Field(ge=0)] | None = Field(
        default=None,
        description="Age in days above which capacity or funnel figures hold a campaign at today's spend; never if"
        " absent",
    )
    pilot: Pilot | None = Field(default=None, description="Caps of pilot campaigns; none if absent")
    max_changed_campaigns: Annotated[int, Field(ge=0)] | None = Field(
        default=None,
        description="Most campaigns that may spend something else than today in any week, by more than a cent; any"
        " number if absent. Weeks in which a gate or a floor does not allow today's spend do not count",
    )
    owner: str = Field(default="", description="Who answers for these rules")
    since: dt.date | None = Field(default=None, description="Date since which they hold")
    curve_steps: Annotated[int, Field(ge=1, le=400)] = Field(
        default=6,
        description="Linear steps by which each response curve enters the first plan; raise it where refine_curves is"
        " off",
    )
    refine_curves: bool = Field(
        default=True,
        description="Whether steps are made finer around the plan until it is proven close to the best; if not, they"
        " stay as curve_steps says but where a limit on leads needs them finer, and the gap is told as it is",
    )


class HoldBand(Strict):
    """Moves that are too small to be worth disturbing what the platforms have learned."""

    share: Share = Field(default=0.0, description="A move below this share of what the campaign spends is not made")
    amount: Money = Field(default=0.0, description="Nor is a move below this amount a week")


class Doubts(Strict):
    """When figures of a feed are a question to people rather than a fact."""

    falls_to: Share = Field(
        default=0.5, description="A figure that falls below this share of what it was before is asked about"
    )
    rises_to: Annotated[float, Field(ge=1)] = Field(
        default=2.0, description="A figure that rises above this multiple of what it was before is asked about"
    )
    least: Annotated[float, Field(ge=0)] = Field(
        default=10.0, description="Figures that were below this before are too small to ask about"
    )


class Weekly(Strict):
    """Rules of the weekly recommendation. Each is an input with an owner, not a standard."""

    horizon_weeks: Annotated[int, Field(ge=1, le=260)] | None = Field(
        default=None, description="Weeks that each recommendation plans ahead; to the end of the calendar if absent"
    )
    late_days: Annotated[int, Field(ge=0)] = Field(
        default=10, description="Age in days, on the Monday of the week, above which a feed's figures are late"
    )
    doubts: Doubts = Field(default_factory=Doubts, description="When figures are asked about; no public source")
    hold_band: HoldBand = Field(default_factory=HoldBand, description="Moves too small to make; all are made if absent")
    least_gain: Money = Field(
        default=0.0,
        description="What moving this week must gain over moving a week later, in the unit of the objective; else"
        " nothing moves that need not",
    )
    max_changed_campaigns: Annotated[int, Field(ge=0)] | None = Field(
        default=None,
        description="Most campaigns whose budget moves in a week, those that a rule pauses or caps not counted; any"
        " number if absent",
    )
    max_total_change: Share | None = Field(
        default=None,
        description="Share by which the week's total may differ from the week before without approval; any if absent",
    )
    approval: Approval = Field(
        default="automatic",
        description="'automatic': a recommendation stands unless somebody overrides it; 'required': budgets stay as"
        " they are until somebody approves it",
    )
    owner: str = Field(default="", description="Who answers for these rules")
    since: dt.date | None = Field(default=None, description="Date since which they hold")


class Definition(Strict):
    """The whole of ``scenario.yaml``."""

    schema_version: int = Field(ge=1, description="Version of this file's format", examples=[SCHEMA_VERSION])
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")] = Field(
        description="Short name, used in file names: letters, digits, dot, dash and underscore"
    )
    title: str = Field(default="", description="One line for people")
    synthetic: bool = Field(default=False, description="True where the data was made up for a demonstration")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        default="USD", description="ISO 4217 code of all money"
    )
    as_of: dt.date = Field(description="Date at which the inputs were true; the plan knows no other today")
    calendar: Calendar
    budget: Budget
    objective: Objective = Field(default=Objective.LTV, description="What the plan makes as large as possible")
    policies: Policies = Field(default_factory=Policies)
    weekly: Weekly = Field(default_factory=Weekly, description="Rules of the weekly recommendation")
    tables: dict[str, str] = Field(
        default_factory=dict,
        description="Where a table lies if not in <table>.csv: a path inside the folder, with #sheet for a workbook",
        examples=[{"campaigns": "inputs.xlsx#campaigns"}],
    )
