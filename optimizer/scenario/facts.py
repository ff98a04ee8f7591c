"""Validated facts: the scenario's tables as arrays whose positions are agreed on once, here.

Shapes: I campaigns, U units (a unit is a clinic and service line), G intake teams, T planned weeks, L lead weeks
(T plus the longest lead lag), H visit weeks (L plus the longest wait and the longest chain of follow-on visits), D
waits (0, 1, ... weeks).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from optimizer.scenario.bounds import Gates
from optimizer.scenario.definition import Definition, Objective
from optimizer.scenario.match import Codes, Floats
from optimizer.scenario.pathways import Pathways
from optimizer.scenario.resources import Resources
from optimizer.scenario.sources import Sources

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Team:
    """Staffing of the intake teams, arrays of shape (G, L).

    Attributes:
        agents: Seats staffed while the team is open.
        paid_hours: Paid hours of all agents together.
        shrinkage: Share of paid time not available for contacts.
        baseline_contacts: Contacts that do not come from advertising.
        handling_minutes: Minutes of a contact.
        overflow_hours: Most hours that can be bought beyond the paid ones.
        overflow_cost: Money per hour bought; 0 where none can be.
        waiting: (G,) contacts waiting at the start.
    """

    agents: Floats
    paid_hours: Floats
    shrinkage: Floats
    baseline_contacts: Floats
    handling_minutes: Floats
    overflow_hours: Floats
    overflow_cost: Floats
    waiting: Floats


@dataclass(frozen=True)
class Facts:
    """Everything the plan is computed from. Arrays are never written to.

    Attributes:
        definition: What ``scenario.yaml`` says.
        weeks: (H,) Mondays as ISO text; the first T are planned, the first L receive leads.
        planned: T.
        lead_weeks: L.
        campaigns: (I rows) campaign, market, location, service_line, channel, sorted by campaign.
        units: (U rows) market, location, service_line, intake_team, sorted by location and service line.
        teams: (G,) names, sorted.
        unit: (I,) unit of each campaign.
        takes_new: (U,) whether new patients come: by a campaign or a redirect, and not by a pathway alone.
        team: (U,) intake team of each unit, -1 where intake is not limited.
        current: (I,) money per week spent today.
        floor: (I, T) least money per week, as far as the gates leave room for it.
        ceiling: (I, T) most money per week by the campaign's owner and by the gates; infinite where nobody says
            anything, zero where a gate closes the campaign.
        gates: What each gate says, and which one decides.
        curves: (I rows) row of response_curves that each campaign follows.
        lead_share: (I, 1 + longest lag) share of a week's leads that arrives 0, 1, ... weeks later; rows sum to 1.
        demand: (I, T) leads relative to a normal week.
        cost: (I, T) media price relative to a normal week.
        multiplier: (I,) worth of a campaign's patients relative to the figures of their line.
        valid: (I,) share of captured leads that are valid.
        booking: (I,) appointment requests per valid lead answered in time.
        booking_late: (I,) the same for a lead answered late.
        minutes: (I,) intake minutes per valid lead.
        slots: (U, H) new-patient slots in the schedule.
        already_booked: (U, H) slots taken today.
        baseline: (U, H) slots that organic, referral and recall patients will take.
        next_available: (U,) days to the third next open slot today, NaN where not given.
        waitlist: (U,) patients waiting at the start.
        route_from: (R,) unit that a patient asked for; the first U routes are each unit's own.
        route_to: (R,) unit that sees the patient.
        acceptance: (R,) share of patients offered the route who accept it; 1 for a unit's own.
        slots_per_booking: (U,) slots a booking uses, less than 1 where cancelled slots are used again.
        kept: (U, D) share of patients offered a wait who still book; 0 where the wait cannot be offered.
        show: (U, D) share of booked patients who come.
        first_visit_margin: (U,) money per completed first visit; 0 where no new patient comes and nothing is given.
        ltv_margin: (U,) money per new patient over the horizon, likewise.
        pathways: Which visits lead to follow-on visits, and where.
        resources: Minutes of shared resources.
        staffing: Intake teams' staffing.
        limits: Rows of limits.csv, or an empty frame.
        notes: Assumptions that were made where the tables say nothing, for people.
        sources: Where each number stands.
    """

    definition: Definition
    weeks: npt.NDArray[np.str_]
    planned: int
    lead_weeks: int
    campaigns: pd.DataFrame
    units: pd.DataFrame
    teams: npt.NDArray[np.str_]
    unit: Codes
    takes_new: Flags
    team: Codes
    current: Floats
    floor: Floats
    ceiling: Floats
    gates: Gates
    curves: pd.DataFrame
    lead_share: Floats
    demand: Floats
    cost: Floats
    multiplier: Floats
    valid: Floats
    booking: Floats
    booking_late: Floats
    minutes: Floats
    slots: Floats
    already_booked: Floats
    baseline: Floats
    next_available: Floats
    waitlist: Floats
    route_from: Codes
    route_to: Codes
    acceptance: Floats
    slots_per_booking: Floats
    kept: Floats
    show: Floats
    first_visit_margin: Floats
    ltv_margin: Floats
    pathways: Pathways
    resources: Resources
    staffing: Team
    limits: pd.DataFrame
    notes: tuple[str, ...]
    sources: Sources

    @property
    def open_slots(self) -> Floats:
        """(U, H) slots left for advertising: slots times fill cap, less what is booked and what will come anyway.

        Never below zero: where today's bookings and baseline demand already pass the fill cap, nothing is left.
        """
        filled = self.slots * self.definition.policies.fill_cap - self.already_booked - self.baseline
        return np.maximum(filled, 0.0)

    @cached_property
    def places(self) -> npt.NDArray[np.object_]:
        """(U,) clinic and service line of each unit, as people are told them."""
        return np.asarray((self.units["location"] + " " + self.units["service_line"]).to_numpy(dtype=object))

    @cached_property
    def campaign_names(self) -> list[str]:
        """(I,) names of the campaigns."""
        return [str(name) for name in self.campaigns["campaign"]]

    @cached_property
    def unit_names(self) -> Mapping[str, tuple[list[str], Codes]]:
        """Clinics and service lines: the sorted names of each, and (U,) the position of every unit's among them."""
        found = {}
        for name in ("location", "service_line"):
            names, position = np.unique(self.units[name].to_numpy(dtype=str), return_inverse=True)
            found[name] = ([str(one) for one in names], position.astype(np.int64))
        return found

    @cached_property
    def limit_rows(self) -> list[dict[Hashable, Any]]:
        """Rows of limits.csv, each by the names of its columns."""
        return self.limits.to_dict("records")

    @property
    def visit_worth(self) -> Floats:
        """(U,) worth of a visit of the unit's own patients in the objective's unit."""
        return own_worth(self.definition.objective, self.first_visit_margin, self.ltv_margin)

    @property
    def in_flight(self) -> Flags:
        """(I, T) whether the campaign's owner lets it run, whatever the gates say: what goes on if nothing changes."""
        return self.gates.in_flight

    @property
    def start(self) -> Floats:
        """(I,) money per week from which the first week may go down: today's spend, or a gate's ceiling below it."""
        return np.asarray(np.minimum(self.current, self.gates.ceiling[:, 0]))


def own_worth(objective: Objective, first_visit_margin: Floats, ltv_margin: Floats) -> Floats:
    """What a new patient's visit counts in the objective, whatever it leads to."""
    match objective:
        case Objective.LTV:
            return ltv_margin
        case Objective.FIRST_VISIT_MARGIN:
            return first_visit_margin
        case Objective.VISITS | Objective.BOOKINGS:
            return np.ones_like(ltv_margin)
        case Objective.MIN_SPEND:
            return np.zeros_like(ltv_margin)


def best_multipliers(multiplier: Floats, unit: Codes, waitlist: Floats, route_from: Codes, route_to: Codes) -> Floats:
    """(U,) greatest multiplier of the campaigns (I,) of a unit and of those that redirects join to it.

    Patients waiting count 1, and so do units where nobody asks. Units that see each other's patients have the same, so
    that no patient is worth more to a clinic than another for where they asked.
    """
    best = np.where(waitlist > 0, 1.0, 0.0)
    np.maximum.at(best, unit, multiplier)
    joined = coo_array((np.ones(len(route_from)), (route_from, route_to)), shape=(len(best), len(best)))
    groups, group = connected_components(joined, directed=False)
    of_group = np.zeros(groups)
    np.maximum.at(of_group, group, best)
    return np.where(of_group > 0, of_group, 1.0)[group]


def week_names(first: dt.date, count: int) -> npt.NDArray[np.str_]:
    """``count`` Mondays from ``first`` on, as ISO text."""
    return np.array([(first + dt.timedelta(weeks=step)).isoformat() for step in range(count)])
