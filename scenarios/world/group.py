"""The group as it truly is: campaigns, curves, rates, schedules and what will happen to them, drawn from a seed.

The program never sees this module's numbers; what it is told is written by :mod:`scenarios.world.told`.

Shapes: I campaigns, U units (a clinic and service line), G intake teams, A weeks. Week 0 is the first of the weeks in
which the group runs in before anybody recommends; the calendar of the scenario begins in week ``RUN_IN``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.intake.erlang import weekly_minutes

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

FIRST_WEEK = dt.date(2026, 1, 5)
RUN_IN = 8
TAIL = 24
"""Weeks after the calendar that schedules know; the last patients come within eight of them."""
FILL_CAP = 0.95
OPENING_HOURS, SHRINKAGE, TEAM_MINUTES = 55.0, 0.3, 6.5
OTHERS_PER_LEAD, SPARE_STAFF = 3.0, 1.06
"""Contacts of a team that advertising does not bring, and its staffing relative to what today's contacts need."""
SCATTER = 0.02
"""Variance of weekly leads beyond chance, relative to the square of their mean."""
BOOKED_AHEAD = 3.0
"""Weeks by which other patients book ahead, on average."""


@dataclass(frozen=True)
class Line:
    """A service line: what a lead costs, how many book, what a patient is worth."""

    cost_per_lead: float
    booking: float
    no_show: float
    minutes: float
    first_visit: float
    ltv: float
    weight: float


@dataclass(frozen=True)
class Channel:
    """A channel: how its leads differ from the average lead of a line, and when they come."""

    platform: str
    lags: tuple[float, ...]
    cost: float
    booking: float
    valid: float
    weight: float


@dataclass(frozen=True)
class Clinic:
    """A clinic: its size in advertising, and how much room its schedule has.

    Attributes:
        market: Market.
        team: Intake team.
        weight: Today's advertising relative to an average clinic.
        room: Open new-patient slots a week for each request that today's advertising brings.
        others: Share of the slots that other patients take.
        tested: Highest past spend relative to today's.
        lines: Service lines that it offers.
    """

    market: str
    team: str
    weight: float
    room: float
    others: float
    tested: float
    lines: tuple[str, ...]


PRIMARY, SKIN, ORTHO = "Primary care", "Dermatology", "Orthopaedics"
LINES = {
    PRIMARY: Line(45, 0.45, 0.12, 6, 95, 450, 1.0),
    SKIN: Line(55, 0.42, 0.12, 6, 130, 420, 0.8),
    ORTHO: Line(75, 0.42, 0.08, 7, 310, 1000, 1.3),
}
SEARCH, SOCIAL, MICROSOFT = "Search", "Paid social", "Microsoft search"
CHANNELS = {
    SEARCH: Channel("Google Ads", (0.65, 0.25, 0.10), 1.05, 1.0, 0.88, 0.55),
    SOCIAL: Channel("Meta Ads", (0.45, 0.35, 0.20), 0.9, 0.85, 0.80, 0.30),
    MICROSOFT: Channel("Microsoft Advertising", (0.70, 0.30), 0.95, 1.0, 0.88, 0.15),
}
METRO, VALLEY = "Metro", "Valley"
CITY_DESK, VALLEY_DESK = "City desk", "Valley desk"
CLINICS = {
    "Hillcrest": Clinic(METRO, CITY_DESK, 1.8, 0.45, 0.70, 1.4, (PRIMARY, SKIN, ORTHO)),
    "Eastgate": Clinic(METRO, CITY_DESK, 1.2, 0.9, 0.55, 1.6, (PRIMARY, SKIN, ORTHO)),
    "Parkside": Clinic(METRO, CITY_DESK, 1.0, 1.3, 0.55, 1.8, (PRIMARY, ORTHO)),
    "Lakeview": Clinic(VALLEY, VALLEY_DESK, 0.9, 1.5, 0.50, 2.0, (PRIMARY, SKIN, ORTHO)),
    "Millbrook": Clinic(VALLEY, VALLEY_DESK, 0.6, 2.2, 0.45, 2.4, (PRIMARY, ORTHO)),
}
WITHOUT = {("Parkside", MICROSOFT), ("Millbrook", MICROSOFT), ("Lakeview", MICROSOFT), ("Millbrook", SOCIAL)}
WEEKLY_SPEND = 20_000.0
CONTACTABLE, QUALIFIED, LATE_SHARE = 0.9, 0.82, 0.6
KEPT_BY_WAIT = (0.97, 0.92, 0.85, 0.77, 0.69)
NO_SHOW_BY_WAIT = (0.84, 1.06, 1.13, 1.16, 1.19)
LONGEST_WAIT = len(KEPT_BY_WAIT) - 1
LONGEST_LAG = max(len(channel.lags) for channel in CHANNELS.values()) - 1


@dataclass(frozen=True)
class Course:
    """How eventful the weeks are.

    Attributes:
        weeks: Weeks of the calendar.
        swing: Size of the seasons that the scenario knows.
        hidden: Size of the swings of demand that it does not know.
        shocks: Changes of a clinic's slots.
        sick: Spells of sickness of an intake team.
        level_error: Error of the curves that the program is given, in leads at today's spend.
        bend_error: Error of their half spend.
        rate_error: Error of the booking rates that it is given.
    """

    weeks: int = 26
    swing: float = 0.10
    hidden: float = 0.06
    shocks: int = 5
    sick: int = 2
    level_error: float = 0.10
    bend_error: float = 0.20
    rate_error: float = 0.05

    @property
    def all_weeks(self) -> int:
        """A: weeks that anything is drawn for."""
        return RUN_IN + self.weeks + TAIL


STEADY = Course(swing=0.0, hidden=0.0, shocks=0, sick=0)
"""Nothing happens but chance."""


@dataclass(frozen=True)
class Change:
    """Slots of a unit, or staff of a team, that are multiplied for some weeks.

    Attributes:
        place: Unit or team.
        first: First week.
        last: Last week.
        factor: Times what was planned.
        told: Week from whose Monday on the feeds tell of it.
    """

    place: int
    first: int
    last: int
    factor: float
    told: int


@dataclass(frozen=True)
class Group:
    """The truth about a group.

    Attributes:
        seed: What it was drawn from.
        course: How eventful its weeks are.
        campaigns: (I rows) campaign, location, service_line, channel.
        units: (U rows) location, service_line, intake_team.
        teams: Names of the teams.
        unit: (I,) unit of each campaign.
        team: (U,) team of each unit.
        today: (I,) weekly spend before anybody recommends.
        most: (I,) leads a week that the true curve tends to.
        half: (I,) spend that brings half of them.
        observed: (I,) highest weekly spend that was ever tried.
        lags: (I, 1 + longest lag) share of leads that come 0, 1, ... weeks later.
        season: (I, A) demand of which the scenario knows.
        demand: (I, A) true demand.
        valid, contactable, qualified, booking, booking_late: (I,) true rates.
        minutes: (I,) handling minutes of a lead.
        kept, show: (U, 1 + longest wait) true rates by weeks waited.
        ltv: (U,) margin of a patient.
        slots: (U, A) new-patient slots as they are planned.
        others: (U, A) patients expected from elsewhere.
        agents: (G,) seats of each team.
        contacts: (G,) contacts a week that advertising does not bring.
        shocks: Changes of slots.
        sick: Changes of staff.
    """

    seed: int
    course: Course
    campaigns: pd.DataFrame
    units: pd.DataFrame
    teams: tuple[str, ...]
    unit: Whole
    team: Whole
    today: Floats
    most: Floats
    half: Floats
    observed: Floats
    lags: Floats
    season: Floats
    demand: Floats
    valid: Floats
    contactable: Floats
    qualified: Floats
    booking: Floats
    booking_late: Floats
    minutes: Floats
    kept: Floats
    show: Floats
    ltv: Floats
    slots: Floats
    others: Floats
    agents: Floats
    contacts: Floats
    shocks: tuple[Change, ...]
    sick: tuple[Change, ...]

    def expected_leads(self, spend: Floats, week: int) -> Floats:
        """(I,) leads that a week's spend brings on average, whenever they come."""
        return np.asarray(self.demand[:, week] * self.most * spend / (self.half + spend))

    def slots_known(self, week: int) -> Floats:
        """(U, A) slots as the feeds have them on a Monday."""
        return _changed(self.slots, [shock for shock in self.shocks if shock.told <= week])

    def slots_held(self, week: int) -> Whole:
        """(U, A) slots as the clinics themselves have them in a week, who know of a change when it begins."""
        known = [shock for shock in self.shocks if min(shock.told, shock.first) <= week]
        return np.asarray(_changed(self.slots, known), dtype=np.int64)

    def staffed(self, week: int) -> Floats:
        """(G, A) share of the seats that the feeds expect to be filled, on a Monday."""
        full = np.ones((len(self.teams), self.course.all_weeks))
        return _changed(full, [spell for spell in self.sick if spell.told <= week], whole=False)

    def staffed_truly(self, week: int) -> Floats:
        """(G,) share of the seats that are filled in a week."""
        full = np.ones((len(self.teams), self.course.all_weeks))
        return _changed(full, list(self.sick), whole=False)[:, week]


def _changed(planned: Floats, changes: list[Change], *, whole: bool = True) -> Floats:
    actual = planned.copy()
    for change in changes:
        actual[change.place, change.first : change.last + 1] *= change.factor
    return np.round(actual) if whole else actual


def summed(group: Whole, amount: Floats, count: int) -> Floats:
    """(count,) sums of amounts by group."""
    return np.bincount(group, amount, minlength=count).astype(np.float64)


def monday(week: int) -> str:
    """Monday of a week, as ISO text."""
    return (FIRST_WEEK + dt.timedelta(weeks=week - RUN_IN)).isoformat()


def booked_ahead(weeks: Floats) -> Floats:
    """Share of a week's other patients who have booked, by the weeks until its Monday; all once it is over."""
    return np.asarray(np.where(weeks >= 0, np.exp(-(np.maximum(weeks, 0) + 0.5) / BOOKED_AHEAD), 1.0))


def make_group(seed: int, course: Course) -> Group:
    """Draw a group."""
    random = np.random.default_rng([seed, 1])
    campaigns = _campaigns()
    units = campaigns[["location", "service_line"]].drop_duplicates().reset_index(drop=True)
    units["intake_team"] = [CLINICS[location].team for location in units["location"]]
    teams = tuple(sorted(set(units["intake_team"])))
    place = pd.MultiIndex.from_frame(units[["location", "service_line"]])
    unit = np.asarray(place.get_indexer(pd.MultiIndex.from_frame(campaigns[["location", "service_line"]])))
    team = np.array([teams.index(name) for name in units["intake_team"]])
    lines = [LINES[name] for name in campaigns["service_line"]]
    channels = [CHANNELS[name] for name in campaigns["channel"]]
    clinics = [CLINICS[name] for name in campaigns["location"]]
    today = _today(lines, channels, clinics, random)
    leads = today / np.array([a.cost_per_lead * b.cost for a, b in zip(lines, channels, strict=True)])
    leads = leads * random.uniform(0.9, 1.1, len(leads))
    half = today * random.uniform(0.7, 1.6, len(today))
    to_request = np.array([a.booking * b.booking for a, b in zip(lines, channels, strict=True)])
    valid = np.array([channel.valid for channel in channels])
    booking = to_request / (valid * CONTACTABLE * QUALIFIED) * random.uniform(0.95, 1.05, len(today))
    requests = summed(unit, leads * to_request, len(units))
    slots, others = _schedules(units, requests, course, random)
    season, demand = _demand(campaigns, course, random)
    handled = leads * valid
    by_team = summed(team[unit], handled, len(teams))
    contacts = np.round(by_team * OTHERS_PER_LEAD)
    own_lines = [LINES[name] for name in units["service_line"]]
    return Group(
        seed=seed,
        course=course,
        campaigns=campaigns,
        units=units,
        teams=teams,
        unit=unit,
        team=team,
        today=today,
        most=leads * (1 + half / today),
        half=half,
        observed=np.round(today * [clinic.tested for clinic in clinics], -1),
        lags=np.array([np.pad(c.lags, (0, LONGEST_LAG + 1 - len(c.lags))) for c in channels]),
        season=season,
        demand=demand,
        valid=valid,
        contactable=np.full(len(today), CONTACTABLE),
        qualified=np.full(len(today), QUALIFIED),
        booking=booking,
        booking_late=booking * LATE_SHARE,
        minutes=np.array([line.minutes for line in lines]),
        kept=np.tile(KEPT_BY_WAIT, (len(units), 1)),
        show=np.array([[1 - line.no_show * share for share in NO_SHOW_BY_WAIT] for line in own_lines]),
        ltv=np.array([line.ltv for line in own_lines]),
        slots=slots,
        others=others,
        agents=_seats((by_team + contacts) * TEAM_MINUTES * SPARE_STAFF),
        contacts=contacts,
        shocks=_shocks(len(units), course, random),
        sick=_sick(len(teams), course, random),
    )


def _campaigns() -> pd.DataFrame:
    rows = [
        {"location": clinic, "service_line": line, "channel": channel}
        for clinic, facts in CLINICS.items()
        for line in facts.lines
        for channel in CHANNELS
        if (clinic, channel) not in WITHOUT
    ]
    frame = pd.DataFrame(rows)
    names = frame.agg("-".join, axis=1).str.lower().str.replace(" ", "-")
    return frame.assign(campaign=names).sort_values("campaign").reset_index(drop=True)


def _today(lines: list[Line], channels: list[Channel], clinics: list[Clinic], random: np.random.Generator) -> Floats:
    weight = np.array([a.weight * b.weight * c.weight for a, b, c in zip(lines, channels, clinics, strict=True)])
    weight *= random.uniform(0.8, 1.2, len(weight))
    return np.asarray(np.round(weight / weight.sum() * WEEKLY_SPEND, -1))


def _schedules(
    units: pd.DataFrame, requests: Floats, course: Course, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """(U, A) slots and other patients expected, the same every week."""
    clinics = [CLINICS[name] for name in units["location"]]
    open_slots = requests * [clinic.room for clinic in clinics] * random.uniform(0.85, 1.15, len(units))
    taken = np.array([clinic.others for clinic in clinics])
    slots = np.round(np.maximum(open_slots, 2.0) / (FILL_CAP - taken))
    weeks = (1, course.all_weeks)
    return np.tile(slots[:, None], weeks), np.tile((slots * taken)[:, None], weeks)


def _demand(campaigns: pd.DataFrame, course: Course, random: np.random.Generator) -> tuple[Floats, Floats]:
    """(I, A) seasons that the scenario knows, and true demand, which also swings by clinic and line without a plan."""
    weeks = np.arange(course.all_weeks)
    lines = {name: random.uniform(0, 1) for name in LINES}
    peak = campaigns["service_line"].map(lines).to_numpy(float)[:, None]
    season = np.exp(course.swing * np.cos(2 * np.pi * (weeks / 52 - peak)))
    season = np.where(weeks < RUN_IN, 1.0, np.round(season, 3))
    groups, group = np.unique(campaigns["location"] + campaigns["service_line"], return_inverse=True)
    swing = np.zeros((len(groups), course.all_weeks))
    for week in weeks[1:]:
        swing[:, week] = 0.8 * swing[:, week - 1] + random.normal(0.0, 0.6 * course.hidden, len(groups))
    return season, season * np.exp(swing[group])


def _seats(minutes: Floats) -> Floats:
    """(G,) the fewest seats that answer so many minutes of contacts a week in time."""
    seats = np.arange(1.0, 61.0)
    same = np.ones_like(seats)
    in_time, _ = weekly_minutes(
        seats, seats * OPENING_HOURS, SHRINKAGE * same, TEAM_MINUTES * same, share=0.8, seconds=20
    )
    return np.array([float(seats[np.argmax(in_time >= need)]) for need in minutes])


def _shocks(units: int, course: Course, random: np.random.Generator) -> tuple[Change, ...]:
    """Providers who leave, clinics that open slots and machines that break; told a week ahead or a week late."""
    places = random.permutation(units)[: course.shocks]
    made = []
    for number, place in enumerate(places):
        first = RUN_IN + int(random.integers(2, max(course.weeks - 4, 3)))
        low, high, long = ((0.5, 0.7, course.all_weeks), (1.4, 1.9, course.all_weeks), (0.2, 0.5, 4))[number % 3]
        told = first + int(random.choice([-1, 1]))
        made.append(Change(int(place), first, first + long - 1, float(random.uniform(low, high)), told))
    return tuple(made)


def _sick(teams: int, course: Course, random: np.random.Generator) -> tuple[Change, ...]:
    """Spells of sickness, told once they have begun."""
    made = []
    for number in range(course.sick):
        first = RUN_IN + int(random.integers(1, max(course.weeks - 4, 2)))
        factor, long = float(random.uniform(0.45, 0.75)), int(random.integers(2, 5))
        made.append(Change(number % teams, first, first + long - 1, factor, first + 1))
    return tuple(made)
