"""The world that is lived through: leads come, teams answer them, clinics book patients, patients come or do not.

A lead is a row of chances drawn once from the seed, its campaign, its week and its number; what becomes of it is those
chances beside the rates and the room that it meets. Two policies that buy the same lead therefore meet the same person.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from scipy.stats import nbinom

from optimizer.intake.erlang import weekly_minutes
from scenarios.world.group import (
    FILL_CAP,
    LONGEST_LAG,
    LONGEST_WAIT,
    OPENING_HOURS,
    RUN_IN,
    SCATTER,
    SHRINKAGE,
    TEAM_MINUTES,
    Floats,
    Group,
    Whole,
    booked_ahead,
)

_LAG, _TURN, _VALID, _CONTACT, _QUALIFY, _BOOK, _KEEP, _SHOW = range(8)
_COUNT, _LEAD, _OTHERS, _CALLS, _PACE = range(2, 7)
"""What a stream of chances is for; each has one of its own, so that no policy disturbs another's luck."""
LEAST_PACE = 0.97
"""Least share of a budget that a platform spends in a week."""

STAGES = ("leads", "valid", "unanswered", "late", "contacted", "qualified", "asked", "asked_late", "no_slot",
          "declined", "booked", "completed", "missed", "moved_out")  # fmt: skip
"""Where leads get to: ``no_slot`` found no open slot within the longest wait, ``moved_out`` lost a booked one."""


@dataclass(frozen=True)
class Booking:
    """A patient with an appointment.

    Attributes:
        campaign: Whose lead it was.
        spent: Week of the spend.
        asked: Week in which the patient asked.
        chance: Comes if this is below the show rate.
    """

    campaign: int
    spent: int
    asked: int
    chance: float


class World:
    """A group that lives from week to week.

    Attributes:
        group: The truth.
        week: The week that comes next.
        spend: (I, A) money spent.
        came: Stage -> (I, A) leads by the week in which they came.
        bought: Stage -> (I, A) leads by the week of the spend that brought them.
        bookings: (unit, week of the visit) -> patients of advertising.
        others: (U, A) other patients booked.
        turned_away: (U, A) other patients who found no slot.
        backlog: (G,) contacts that wait.
        hours: (G, A) hours spent on contacts.
        paid: (G, A) hours that could be.
        completed: (U, A) visits of advertising's patients.
    """

    def __init__(self, group: Group) -> None:
        self.group, self.week = group, 0
        campaigns, units, teams = len(group.today), len(group.units), len(group.teams)
        weeks = group.course.all_weeks
        self.spend = np.zeros((campaigns, weeks))
        self.came = {stage: np.zeros((campaigns, weeks), dtype=np.int64) for stage in STAGES}
        self.bought = {stage: np.zeros((campaigns, weeks), dtype=np.int64) for stage in STAGES}
        self.bookings: defaultdict[tuple[int, int], list[Booking]] = defaultdict(list)
        self.others = np.zeros((units, weeks), dtype=np.int64)
        self.turned_away = np.zeros((units, weeks), dtype=np.int64)
        self.backlog = np.zeros(teams, dtype=np.int64)
        self.hours, self.paid = np.zeros((teams, weeks)), np.zeros((teams, weeks))
        self.completed = np.zeros((units, weeks), dtype=np.int64)
        self._coming: defaultdict[int, list[tuple[int, int, Floats]]] = defaultdict(list)
        self._book_others(np.arange(weeks), booked_ahead(np.arange(weeks, dtype=float)), 0)

    def run_in(self) -> World:
        """Live through the weeks before the calendar at today's budgets."""
        while self.week < RUN_IN:
            self.live(self.group.today)
        return self

    def run_out(self) -> None:
        """Live on without spend until the last patient has come."""
        for _ in range(LONGEST_LAG + LONGEST_WAIT + 1):
            self.live(np.zeros_like(self.group.today))

    def live(self, budgets: Floats) -> None:
        """Live through the next week.

        Args:
            budgets: (I,) money for each campaign; platforms spend a little less.
        """
        self._attract(budgets)
        self._move_displaced()
        ahead = np.arange(self.week, self.group.course.all_weeks)
        until = (ahead - self.week).astype(float)
        self._book_others(ahead, booked_ahead(until - 1) - booked_ahead(until), self.week + 1)
        self._book(self._answered(self._arrived()))
        self._see()
        self.week += 1

    def taken(self) -> Whole:
        """(U, A) slots that are booked, by anybody."""
        mine = np.zeros_like(self.others)
        for (unit, week), patients in self.bookings.items():
            mine[unit, week] = len(patients)
        return np.asarray(mine + self.others)

    def still_to_come(self) -> Floats:
        """(U, A) other patients who are expected to book yet, before the week that comes next."""
        until = np.arange(self.group.course.all_weeks, dtype=float) - self.week
        return np.asarray(self.group.others * (1 - booked_ahead(until)))

    # Spend and leads

    def _random(self, *purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.group.seed, *purpose])

    def _attract(self, budgets: Floats) -> None:
        """Spend the week's money and draw the leads that it brings, now and later."""
        week, group = self.week, self.group
        pace = self._random(_PACE, week).uniform(LEAST_PACE, 1.0, len(budgets))
        self.spend[:, week] = np.floor(budgets * pace * 100) / 100
        mean = group.expected_leads(self.spend[:, week], week)
        chance = self._random(_COUNT, week).random(len(budgets))
        leads = np.asarray(nbinom.ppf(chance, 1 / SCATTER, 1 / (1 + SCATTER * mean)), dtype=np.int64)
        for campaign in np.flatnonzero(leads > 0):
            rows = self._random(_LEAD, week, int(campaign)).random((leads[campaign], 8))
            lag = np.searchsorted(np.cumsum(group.lags[campaign])[:-1], rows[:, _LAG], side="right")
            for later in np.unique(lag):
                self._coming[week + int(later)].append((int(campaign), week, rows[lag == later]))

    def _arrived(self) -> tuple[Whole, Whole, Floats]:
        """Campaign, week of the spend and chances of the leads that come this week, in the order of their coming."""
        parts = self._coming.pop(self.week, [])
        if not parts:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros((0, 8))
        campaign = np.concatenate([np.full(len(rows), name) for name, _, rows in parts])
        spent = np.concatenate([np.full(len(rows), when) for _, when, rows in parts])
        rows = np.concatenate([rows for _, _, rows in parts])
        turn = np.argsort(rows[:, _TURN], kind="stable")
        self._count("leads", campaign, spent)
        return campaign[turn], spent[turn], rows[turn]

    def _count(self, stage: str, campaign: Whole, spent: Whole) -> None:
        np.add.at(self.bought[stage], (campaign, spent), 1)
        self.came[stage][:, self.week] += np.bincount(campaign, minlength=len(self.group.today))

    # Intake

    def _answered(self, leads: tuple[Whole, Whole, Floats]) -> tuple[Whole, Whole, Floats]:
        """The leads who ask for an appointment: valid, answered in time or late, reached, fit and willing."""
        group, (campaign, spent, chance) = self.group, leads
        valid = chance[:, _VALID] < group.valid[campaign]
        campaign, spent, chance = campaign[valid], spent[valid], chance[valid]
        self._count("valid", campaign, spent)
        in_time, ever = self._within_hours(campaign)
        reached = ever & (chance[:, _CONTACT] < group.contactable[campaign])
        fit = reached & (chance[:, _QUALIFY] < group.qualified[campaign])
        rate = np.where(in_time, group.booking[campaign], group.booking_late[campaign])
        asked = fit & (chance[:, _BOOK] < rate)
        for stage, there in (
            ("unanswered", ~ever),
            ("contacted", reached),
            ("qualified", fit),
            ("late", fit & ~in_time),
            ("asked", asked),
            ("asked_late", asked & ~in_time),
        ):
            self._count(stage, campaign[there], spent[there])
        return campaign[asked], spent[asked], chance[asked]

    def _within_hours(self, campaign: Whole) -> tuple[np.ndarray, np.ndarray]:
        """Which of the leads are answered in time, and which at all, first come first served within each team."""
        group, week = self.group, self.week
        in_time, paid = self._minutes()
        self.paid[:, week] = paid / 60
        before = self._answer_others(paid)
        team = group.team[group.unit[campaign]]
        minutes = group.minutes[campaign]
        soon, ever = np.zeros(len(campaign), dtype=bool), np.zeros(len(campaign), dtype=bool)
        for number in range(len(group.teams)):
            mine = np.flatnonzero(team == number)
            through = before[number] + np.cumsum(minutes[mine])
            soon[mine], ever[mine] = through <= in_time[number], through <= paid[number]
            used = through[through <= paid[number]].max(initial=before[number])
            self.hours[number, week] = used / 60
        return soon, ever

    def _minutes(self) -> tuple[Floats, Floats]:
        """(G,) minutes in which contacts are answered in time, and all paid ones."""
        agents = self.group.agents * self.group.staffed_truly(self.week)
        same = np.ones_like(agents)
        return weekly_minutes(
            agents, agents * OPENING_HOURS, SHRINKAGE * same, TEAM_MINUTES * same, share=0.8, seconds=20
        )

    def _answer_others(self, paid: Floats) -> Floats:
        """(G,) minutes that contacts take which advertising did not bring; those left over wait for next week."""
        calls = self._random(_CALLS, self.week).poisson(self.group.contacts) + self.backlog
        answered = np.minimum(calls, np.floor(paid / TEAM_MINUTES)).astype(np.int64)
        self.backlog = np.asarray(calls - answered, dtype=np.int64)
        return np.asarray(answered * TEAM_MINUTES)

    # Appointments

    def _book_others(self, weeks: Whole, share: Floats, stream: int) -> None:
        """Other patients book: they take any slot of the week that is not booked yet."""
        expected = self.group.others[:, weeks] * share
        wanted = self._random(_OTHERS, stream).poisson(expected)
        room = np.maximum(self.group.slots_held(self.week) - self.taken(), 0)[:, weeks]
        self.others[:, weeks] += np.minimum(wanted, room)
        self.turned_away[:, weeks] += wanted - np.minimum(wanted, room)

    def _open(self) -> Whole:
        """(U, A) slots open to advertising's patients once this week's other patients have booked."""
        until = np.arange(self.group.course.all_weeks, dtype=float) - self.week
        kept_free = np.round(self.group.others * (1 - booked_ahead(until - 1)))
        free = np.round(FILL_CAP * self.group.slots_held(self.week)) - self.taken() - kept_free
        return np.asarray(np.maximum(free, 0), dtype=np.int64)

    def _book(self, asking: tuple[Whole, Whole, Floats]) -> None:
        """Each patient in turn is offered the earliest open slot, and takes it or leaves."""
        group, week, room = self.group, self.week, self._open()
        for campaign, spent, chance in zip(*asking, strict=True):
            unit = int(group.unit[campaign])
            wait = _earliest(room[unit, week : week + LONGEST_WAIT + 1])
            who = (np.array([campaign]), np.array([spent]))
            if wait is None:
                self._count("no_slot", *who)
            elif chance[_KEEP] >= group.kept[unit, wait]:
                self._count("declined", *who)
            else:
                room[unit, week + wait] -= 1
                booking = Booking(int(campaign), int(spent), week, float(chance[_SHOW]))
                self.bookings[unit, week + wait].append(booking)
                self._count("booked", *who)

    def _move_displaced(self) -> None:
        """Where slots were lost, the last who booked move to the next open slot, or lose their appointment."""
        slots = self.group.slots_held(self.week)
        over = self.taken() - slots
        room = self._open()
        over[:, : self.week] = 0
        for unit, week in np.argwhere(over > 0):
            patients = self.bookings[unit, week]
            for _ in range(min(int(over[unit, week]), len(patients))):
                self._move(patients.pop(), int(unit), int(week), room)
            away = max(int(self.others[unit, week]) - int(slots[unit, week]), 0)
            self.others[unit, week] -= away
            self.turned_away[unit, week] += away

    def _move(self, patient: Booking, unit: int, week: int, room: Whole) -> None:
        last = patient.asked + LONGEST_WAIT
        wait = _earliest(room[unit, week + 1 : last + 1])
        if wait is None:
            self._count("moved_out", np.array([patient.campaign]), np.array([patient.spent]))
            return
        room[unit, week + 1 + wait] -= 1
        self.bookings[unit, week + 1 + wait].append(patient)

    def _see(self) -> None:
        """The week's visits."""
        for unit in range(len(self.group.units)):
            for patient in self.bookings.pop((unit, self.week), []):
                came = patient.chance < self.group.show[unit, self.week - patient.asked]
                who = (np.array([patient.campaign]), np.array([patient.spent]))
                self._count("completed" if came else "missed", *who)
                self.completed[unit, self.week] += came


def _earliest(room: Whole) -> int | None:
    """First of some weeks with an open slot."""
    found = np.flatnonzero(room > 0)
    return int(found[0]) if len(found) else None
