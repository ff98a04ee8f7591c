"""The tables of a scenario, declared: one entry per table, one line per column.

Reading, the printed reference, the templates and the checks of single values all follow this list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Problem


class Kind(StrEnum):
    """How the cells of a column are read."""

    LABEL = "label"
    """A name that is matched to the letter; blank only where the column is optional."""
    TEXT = "text"
    """Free text that nothing depends on."""
    WEEK = "week"
    """ISO date of a Monday, ``2026-09-28``."""
    DATE = "date"
    """ISO date."""
    NUMBER = "number"
    """Decimal number with a point, no thousands separator, no currency or percent sign."""
    INTEGER = "integer"
    """Whole number."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: Header.
        kind: How cells are read.
        meaning: One line for people.
        unit: Unit of a number; empty for labels, text and dates.
        required: Whether the column must be there with no blank cell.
        default: Value of a blank cell or absent column. ``None`` for a number means "not given" (NaN).
        minimum: Least allowed number.
        maximum: Greatest allowed number.
        choices: Allowed labels, where they are a closed list.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = False
    default: float | None = None
    minimum: float | None = 0.0
    maximum: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableSpec:
    """One table: its columns, its key, and what its absence means.

    Attributes:
        name: Name of the table and of its file without ending.
        row_is: What one row stands for.
        columns: Columns in the order of the template.
        key: Columns that together name a row once.
        absent: What it means when the table is not there; empty where it must be there.
    """

    name: str
    row_is: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    absent: str = ""

    @property
    def required(self) -> bool:
        """Whether a scenario cannot do without this table."""
        return not self.absent

    def column(self, name: str) -> Column:
        """The column of that name; ``KeyError`` if the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True)
class Table:
    """A table as read: typed values, and where each row stands.

    Attributes:
        spec: Declaration of the table.
        file: Name for messages, relative to the scenario folder, with ``#sheet`` for a workbook.
        frame: One row per data row, every declared column present. Labels, text, weeks and dates are strings
            (blank is ``""``, weeks are ISO Mondays), numbers are ``float64`` (NaN only where a column has no default).
        lines: Line (or sheet row) of each row, same length as ``frame``.
    """

    spec: TableSpec
    file: str
    frame: pd.DataFrame
    lines: npt.NDArray[np.int64]

    def problem(
        self, row: int | np.integer, message: str, hint: str, column: str = "", code: str = "bad_value"
    ) -> Problem:
        """A mistake in a row, with the line on which it stands."""
        return Problem(self.file, int(self.lines[row]), message, hint, column, code)


def _label(name: str, meaning: str, *, required: bool = True, choices: tuple[str, ...] = ()) -> Column:
    return Column(name, Kind.LABEL, meaning, required=required, choices=choices)


def _week(name: str, meaning: str, *, required: bool = True) -> Column:
    return Column(name, Kind.WEEK, meaning, required=required)


def _text(name: str, meaning: str) -> Column:
    return Column(name, Kind.TEXT, meaning)


def _answer(name: str, meaning: str) -> Column:
    return _label(name, meaning, required=False, choices=("yes", "no"))


def _number(
    name: str,
    meaning: str,
    unit: str,
    *,
    required: bool = False,
    default: float | None = None,
    minimum: float | None = 0.0,
    maximum: float | None = None,
) -> Column:
    return Column(name, Kind.NUMBER, meaning, unit, required, default, minimum, maximum)


def _share(name: str, meaning: str, *, required: bool = False, default: float | None = None) -> Column:
    return _number(name, meaning, "share, 0 to 1", required=required, default=default, maximum=1.0)


_SOURCE = _text("source", "Where the figures come from")
_AS_OF = Column("as_of", Kind.DATE, "Date at which the figures were true")
_OWNER = _text("owner", "Who answers for the figures")
_REASON = _text("reason", "Why the rule is there")
_SINCE = Column("since", Kind.DATE, "Date since which the rule holds")

LEAD_WEEKS = 9
"""Longest lead lag profile: shares of the spend week and of eight weeks after it."""

CURVE_FORMS = ("hill", "michaelis_menten", "log", "power", "exponential", "logistic", "points")
CURVE_QUALITIES = ("own", "shared", "pooled", "no_leads")
PLATFORMS = ("google_ads", "microsoft_ads", "meta_ads")
FLAGS = ("eligibility_changed", "claims_review", "scheduling_conflict")
ALERTS = ("leads_over_intake", "backlog", "promise", "filled_up", "opened", "stale", *FLAGS)
LIMIT_QUANTITIES = ("spend", "spend_share", "leads", "bookings", "visits", "cac", "ltv_to_cac")

_SPECS = (
    TableSpec(
        "locations",
        "a clinic",
        (
            _label("location", "Name of the clinic"),
            _label("market", "Market it belongs to; blank means the only market, 'all'", required=False),
            _label("intake_team", "Team that answers its leads; blank means intake is not limited", required=False),
        ),
        ("location",),
        absent="all clinics are one market and intake is not limited",
    ),
    TableSpec(
        "service_lines",
        "a service line",
        (
            _label("service_line", "Name of the service line"),
            Column(
                "min_weeks_to_visit", Kind.INTEGER, "Least weeks from lead to visit", "weeks", default=0.0, maximum=52
            ),
            _share("cancel_rate", "Booked appointments that are cancelled in time", default=0.0),
            _share("backfill_rate", "Cancelled appointments whose slot is used again", default=0.0),
            _number(
                "go_live_min_open_slots",
                "Open new-patient slots in the first planned week below which a clinic's campaigns are closed",
                "slots/week",
            ),
            _number(
                "go_live_max_days",
                "Days to the third next open slot above which a clinic's campaigns are closed",
                "days",
            ),
            _OWNER,
        ),
        ("service_line",),
        absent="visits can happen in the week of the lead, and no cancelled slot is used again",
    ),
    TableSpec(
        "channels",
        "a channel",
        (
            _label("channel", "Name of the channel"),
            _text("platform", "Advertising platform"),
            *(
                _share(f"lead_share_week_{lag}", f"Leads that arrive {lag} weeks after the spend", default=0.0)
                for lag in range(LEAD_WEEKS)
            ),
            _number(
                "value_multiplier",
                "Worth of a patient of this channel relative to the line's figures; limits on ltv_to_cac and follow-on"
                " visits count without it",
                "",
                default=1.0,
                minimum=0.01,
            ),
        ),
        ("channel",),
        absent="every lead arrives in the week of its spend, and patients of all channels are worth the same",
    ),
    TableSpec(
        "campaigns",
        "a campaign: one clinic, service line and channel",
        (
            _label("campaign", "Stable name of the campaign"),
            _label("location", "Clinic"),
            _label("service_line", "Service line"),
            _label("channel", "Channel"),
            _number(
                "current_weekly_spend",
                "Spend per week today and in the weeks before the plan",
                "money/week",
                required=True,
            ),
            _number("min_weekly_spend", "Least spend per week while the campaign runs", "money/week", default=0.0),
            _number(
                "min_if_active",
                "Least spend of a week in which it runs: a week's spend is 0 or at least this; blank means any",
                "money/week",
                default=0.0,
            ),
            _number("max_weekly_spend", "Most spend per week; blank means up to the curve's limit", "money/week"),
            _week("first_week", "First week it may spend; blank means from the start", required=False),
            _week("last_week", "Last week it may spend; blank means to the end", required=False),
            _answer("tracking_ready", "Whether its leads are tracked; blank means yes"),
            _answer("landing_page_ready", "Whether its landing page is up; blank means yes"),
            _answer("compliance_ready", "Whether compliance has signed it off; blank means yes"),
            _answer("clinical_ready", "Whether the clinicians have signed it off; blank means yes"),
            _week("ready_week", "Week from which it counts as ready in spite of a 'no'", required=False),
            _answer("pilot", "Whether it is a pilot, capped by policies.pilot; blank means no"),
            _number(
                "promised_days",
                "Days to an appointment that its message promises; longer waits raise an alert. Blank means no promise",
                "days",
            ),
            _text(
                "lead_capture", "How its leads come in, for the pre-launch sheet: calls, forms, chat, referrals, events"
            ),
            _OWNER,
        ),
        ("campaign",),
    ),
    TableSpec(
        "response_curves",
        "a response curve of a campaign, or the default of a service line and channel",
        (
            _label("campaign", "Campaign; blank for a default", required=False),
            _label("service_line", "Service line of a default", required=False),
            _label("channel", "Channel of a default", required=False),
            _label("form", "Form of the curve", choices=CURVE_FORMS),
            _number("max_leads", "Leads per week that the curve tends to", "leads/week"),
            _number("half_spend", "Spend that brings half of max_leads", "money/week"),
            _number("slope", "Hill slope; above 1 the curve is S-shaped", "", default=1.0, maximum=20.0),
            _number("scale_leads", "Leads per week at scale", "leads/week"),
            _number("scale_spend", "Spend that sets the scale", "money/week"),
            _number("exponent", "Exponent of a power curve; at most 1", "", maximum=1.0),
            _text("points", "Points of a curve as spend:leads pairs, '0:0 1000:22 2000:36'"),
            _answer(
                "exact",
                "Whether an S-shaped curve is planned as it is, which takes more time; blank means no: it is planned on"
                " the straight line above its hollow, and forecast as it is",
            ),
            _number(
                "observed_max_weekly_spend", "Highest weekly spend that the curve has seen", "money/week", required=True
            ),
            _number("max_leads_se", "Standard error of max_leads", "leads/week"),
            _number("half_spend_se", "Standard error of half_spend", "money/week"),
            _number("slope_se", "Standard error of slope", ""),
            _number("scale_leads_se", "Standard error of scale_leads", "leads/week"),
            _number("scale_spend_se", "Standard error of scale_spend", "money/week"),
            _label(
                "data_quality",
                "What the curve rests on: the campaign's 'own' weeks, 'shared' with campaigns of its kind, these alone"
                " ('pooled'), or weeks without a lead ('no_leads'); blank means not told",
                required=False,
                choices=CURVE_QUALITIES,
            ),
            _SOURCE,
            _AS_OF,
        ),
        ("campaign", "service_line", "channel"),
    ),
    TableSpec(
        "seasonality",
        "a scope and week; blank scope columns mean all, and overlapping scopes multiply",
        (
            _label("market", "Market", required=False),
            _label("location", "Clinic", required=False),
            _label("service_line", "Service line", required=False),
            _label("channel", "Channel", required=False),
            _week("week", "Week"),
            _number("demand_index", "Leads relative to a normal week", "", default=1.0),
            _number("cost_index", "Price of media relative to a normal week", "", default=1.0, minimum=1e-3),
        ),
        ("market", "location", "service_line", "channel", "week"),
        absent="every week is a normal week",
    ),
    TableSpec(
        "funnel",
        "a service line and channel, or one clinic's own figures",
        (
            _label("service_line", "Service line"),
            _label("channel", "Channel"),
            _label("location", "Clinic that these figures are for; blank means all others", required=False),
            _share("valid_rate", "Captured leads that are real and complete", default=1.0),
            _share("contactable_rate", "Valid leads that may be and can be reached", default=1.0),
            _share("qualified_rate", "Contacted leads that fit the service", default=1.0),
            _share("booking_rate", "Qualified leads, answered in time, that ask for an appointment", required=True),
            _share("booking_rate_late", "The same for leads answered late", default=0.0),
            _number("handling_minutes", "Time a valid lead takes the intake team", "minutes", default=0.0),
            _number("sample_size", "Leads behind the figures", "leads"),
            _SOURCE,
            _AS_OF,
        ),
        ("service_line", "channel", "location"),
    ),
    TableSpec(
        "appointment_capacity",
        "a clinic, service line and week",
        (
            _label("location", "Clinic"),
            _label("service_line", "Service line"),
            _week("week", "Week of the visit"),
            _number("new_patient_slots", "New-patient slots in the schedule", "slots/week", required=True),
            _number("already_booked", "Slots already taken", "slots/week", default=0.0),
            _number(
                "expected_baseline_bookings",
                "Slots that organic, referral and recall patients will take",
                "slots/week",
                default=0.0,
            ),
            _number(
                "waitlist", "Patients waiting at the start; only in the first planned week", "patients", default=0.0
            ),
            _number("third_next_available_days", "Days to the third next open slot", "days"),
            _OWNER,
            _AS_OF,
        ),
        ("location", "service_line", "week"),
    ),
    TableSpec(
        "show_rates",
        "a service line and number of weeks waited",
        (
            _label("service_line", "Service line"),
            Column(
                "weeks_waited", Kind.INTEGER, "Weeks from the request to the visit", "weeks", required=True, maximum=52
            ),
            _share("kept_share", "Patients offered this wait who still book", required=True),
            _share("show_rate", "Booked patients who come", required=True),
        ),
        ("service_line", "weeks_waited"),
        absent="every patient is seen in the week of the request and comes",
    ),
    TableSpec(
        "intake_teams",
        "an intake team and week",
        (
            _label("intake_team", "Name of the team"),
            _week("week", "Week"),
            _number("agents", "Seats staffed while the team is open", "people", required=True),
            _number("paid_hours", "Paid hours of all agents together", "hours/week", required=True),
            _share("shrinkage", "Paid time not available for contacts", default=0.0),
            _number("baseline_contacts", "Contacts that do not come from advertising", "contacts/week", default=0.0),
            _number("handling_minutes", "Average time of a contact", "minutes", required=True, minimum=0.01),
            _number(
                "overflow_hours",
                "Most hours that can be bought beyond the paid ones; they answer leads late, never in time",
                "hours/week",
                default=0.0,
            ),
            _number(
                "overflow_cost_per_hour",
                "Price of such an hour, needed where there are any; it lowers the value and is not taken from the"
                " advertising budget",
                "money/hour",
            ),
            _number(
                "opening_backlog",
                "Contacts waiting at the start, only in the first planned week; they take paid hours before any lead"
                " and book nothing, and above policies.max_backlog the team's campaigns pause that week",
                "contacts",
                default=0.0,
            ),
            _OWNER,
        ),
        ("intake_team", "week"),
        absent="intake is not limited",
    ),
    TableSpec(
        "patient_value",
        "a service line, or one clinic's own figures",
        (
            _label("service_line", "Service line"),
            _label("location", "Clinic that these figures are for; blank means all others", required=False),
            _number(
                "first_visit_margin",
                "Contribution margin of the first visit",
                "money/visit",
                required=True,
                minimum=None,
            ),
            _number(
                "ltv_margin",
                "Contribution margin over the horizon, the first visit included; may be blank where margin_per_year,"
                " yearly_retention, horizon_months and discount_rate are given, and must agree with them within 1 %",
                "money/patient",
                minimum=None,
            ),
            _number(
                "margin_per_year",
                "Contribution margin of a year after the first visit with a patient who stays",
                "money/patient-year",
                minimum=None,
            ),
            _share("yearly_retention", "Patients who stay from one year to the next"),
            _number("horizon_months", "Months that ltv_margin covers", "months", maximum=1200),
            _share("discount_rate", "Yearly discount rate in ltv_margin"),
            _answer(
                "includes_downstream",
                "Whether ltv_margin counts the follow-on visits of care_pathways already; needed where a pathway leaves"
                " the line and the objective is ltv",
            ),
            _OWNER,
            _SOURCE,
            _AS_OF,
        ),
        ("service_line", "location"),
    ),
    TableSpec(
        "redirects",
        "a clinic that another clinic's patients may be offered instead",
        (
            _label("from_location", "Clinic that the patient asked for"),
            _label("to_location", "Clinic that is offered instead; of the same market"),
            _label("service_line", "Service line; blank means all that both clinics have", required=False),
            _share("acceptance_rate", "Patients offered the other clinic who accept it", required=True),
            _number("drive_minutes", "Drive between the clinics", "minutes"),
            _OWNER,
            _SOURCE,
            _AS_OF,
        ),
        ("from_location", "to_location", "service_line"),
        absent="every patient is seen at the clinic that was asked for",
    ),
    TableSpec(
        "care_pathways",
        "a service line whose completed visits lead to visits in another",
        (
            _label("from_line", "Service line of the visit"),
            _label("to_line", "Service line of the follow-on visit"),
            _share("share", "Completed visits that lead to a follow-on visit", required=True),
            Column(
                "lag_weeks",
                Kind.INTEGER,
                "Weeks from the visit to the follow-on visit",
                "weeks",
                required=True,
                maximum=52,
            ),
            _label(
                "location_rule",
                "Who sees it: 'same' clinic (also if blank), or any of the 'market' that has the line",
                required=False,
                choices=("same", "market"),
            ),
            _number(
                "margin",
                "Contribution margin of a follow-on visit; blank means what the line's own patients are worth",
                "money/visit",
            ),
            _OWNER,
            _SOURCE,
            _AS_OF,
        ),
        ("from_line", "to_line"),
        absent="no visit leads to another",
    ),
    TableSpec(
        "shared_resources",
        "a resource that several clinics or lines share, and week",
        (
            _label("resource", "Name of the machine, room or provider"),
            _week("week", "Week of the visit"),
            _number("minutes_available", "Minutes that it can be used", "minutes/week", required=True),
            _number("minutes_baseline", "Minutes that other patients take", "minutes/week", default=0.0),
            _OWNER,
            _AS_OF,
        ),
        ("resource", "week"),
        absent="no resource is shared",
    ),
    TableSpec(
        "resource_use",
        "a service line whose visits use a shared resource",
        (
            _label("resource", "Name of the resource"),
            _label("location", "Clinic; blank means all others that have the line", required=False),
            _label("service_line", "Service line"),
            _number("minutes_per_visit", "Minutes that a visit takes", "minutes/visit", required=True),
            _SOURCE,
        ),
        ("resource", "location", "service_line"),
        absent="no visit uses a shared resource",
    ),
    TableSpec(
        "calendar_events",
        "an event of some weeks; blank scope columns mean all, and overlapping events multiply",
        (
            _label("event", "Name of the event"),
            _label("market", "Market", required=False),
            _label("location", "Clinic", required=False),
            _label("service_line", "Service line", required=False),
            _label("channel", "Channel, for a blackout or hold", required=False),
            _label("campaign", "Campaign, for a blackout or hold", required=False),
            _label("intake_team", "Intake team", required=False),
            _week("first_week", "First week of the event"),
            _week("last_week", "Last week of the event"),
            _number("slot_multiplier", "New-patient slots relative to the schedule", "", default=1.0),
            _number("intake_multiplier", "Agents and paid hours relative to the staffing", "", default=1.0),
            _answer("blackout", "Whether campaigns in scope may not spend; blank means no"),
            _answer("hold", "Whether campaigns in scope stay at today's spend; blank means no"),
            _OWNER,
            _SINCE,
            _REASON,
        ),
        ("event", "market", "location", "service_line", "channel", "campaign", "intake_team", "first_week"),
        absent="no event changes slots, staffing or campaigns",
    ),
    TableSpec(
        "limits",
        "a named limit",
        (
            _label("limit", "Name of the limit"),
            _label(
                "quantity",
                "What is limited; cac is spend per completed visit, ltv_to_cac lifetime value of the visits per spend;"
                " bookings and visits are those of new patients",
                choices=LIMIT_QUANTITIES,
            ),
            _label("market", "Market; blank means all", required=False),
            _label("location", "Clinic; blank means all", required=False),
            _label("service_line", "Service line; blank means all", required=False),
            _label("channel", "Channel; blank means all", required=False),
            _label("campaign", "Campaign; blank means all", required=False),
            _week("first_week", "First week counted; blank means from the start", required=False),
            _week("last_week", "Last week counted; blank means to the end", required=False),
            _label(
                "per",
                "'window' counts all weeks together (also if blank), 'week' each alone",
                required=False,
                choices=("window", "week"),
            ),
            _number("min", "Least allowed; not for cac", "unit of the quantity"),
            _number("max", "Most allowed; not for ltv_to_cac", "unit of the quantity"),
            _number(
                "price_cap",
                "What a unit may cost by which the limit is missed; blank means that it may not be missed",
                "unit of the objective per unit of the quantity",
            ),
            _OWNER,
            _SINCE,
            _REASON,
        ),
        ("limit",),
        absent="no limits beyond the budget",
    ),
    TableSpec(
        "platform_budgets",
        "a campaign and a budget on an ad platform that carries it",
        (
            _label("campaign", "Campaign of the plan"),
            _label("platform", "Ad platform", choices=PLATFORMS),
            _label(
                "account",
                "Id of the ad account; each account gets files of its own. Blank where a platform has one account",
                required=False,
            ),
            _label(
                "account_currency",
                "Currency of the account, which must be the scenario's; blank means that it is",
                required=False,
            ),
            _label("platform_campaign", "Name of the campaign on the platform, to the letter"),
            _label("platform_campaign_id", "Its id on the platform, as text"),
            _label(
                "budget_name", "Name of the shared budget that feeds it; blank where it has its own", required=False
            ),
            _label("budget_id", "Id of that shared budget, as text", required=False),
            _label(
                "level",
                "Where the budget sits on Meta: 'campaign' (also if blank) or 'ad_set'",
                required=False,
                choices=("campaign", "ad_set"),
            ),
            _label("ad_set", "Name of the ad set, where the budget sits there", required=False),
            _label("ad_set_id", "Its id, as text", required=False),
            _number(
                "share",
                "Share of the plan's campaign that this budget carries; the shares of a campaign add up to 1",
                "share, above 0 to 1",
                default=1.0,
                minimum=1e-6,
                maximum=1.0,
            ),
            _OWNER,
        ),
        ("campaign", "platform", "platform_campaign_id", "ad_set_id"),
        absent="no files for ad platforms can be made",
    ),
    TableSpec(
        "campaign_flags",
        "something that is to be settled before campaigns change; it raises an alert and closes nothing by itself",
        (
            _label(
                "flag",
                "What it is: who is eligible changed, claims need review, or scheduling rules contradict the message",
                choices=FLAGS,
            ),
            _label("market", "Market; blank means all", required=False),
            _label("location", "Clinic; blank means all", required=False),
            _label("service_line", "Service line; blank means all", required=False),
            _label("channel", "Channel; blank means all", required=False),
            _label("campaign", "Campaign; blank means all", required=False),
            _OWNER,
            _SINCE,
            _REASON,
        ),
        ("flag", "market", "location", "service_line", "channel", "campaign"),
        absent="nothing is flagged",
    ),
    TableSpec(
        "decision_rights",
        "a kind of alert, with who may decide what",
        (
            _label("alert", "Kind of alert", choices=ALERTS),
            _label("owner", "Who decides"),
            _text("decision", "What the owner may decide"),
            _label("escalate_to", "Who decides where the owner does not in time", required=False),
            _number("hours", "Hours in which the owner decides", "hours"),
        ),
        ("alert",),
        absent="alerts go to roles that are named by default, without a public source",
    ),
)

TABLES: Mapping[str, TableSpec] = {spec.name: spec for spec in _SPECS}
