"""The columns: what the plan decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.lp.blocks import ColumnBlock, Labels, Positions
from optimizer.model.downstream import downstream, worth_ahead
from optimizer.model.multipliers import best_of_units, requests_below_best, units_that_differ
from optimizer.model.setting import Setting, of_unit
from optimizer.response.forecast import arriving_leads
from optimizer.scenario.definition import Objective
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats

THOUSAND = 1024.0
"""Money is solved in units of about a thousand; a power of two loses no digit."""

PRICE_OF_MONEY = 1e-6
"""Visits or bookings that one unit of money must at least bring where value is counted in them: a plan does not buy
a visit above a million, and never spends where nothing comes of it."""

_MOST_SPEND = "the most that the response curves are known for (response_curves, policies.extrapolation)"

_ROOM = 2.0
"""Columns that follow from others are bounded at this multiple of the most they can be, so the bound never binds."""


@dataclass(frozen=True)
class Columns:
    """All column blocks, and where their positions stand.

    Attributes:
        spend: (campaign, week, step) money.
        leads: (unit, lead week) valid leads, position ``unit * L + week``.
        requests: (unit, lead week) appointment requests if every lead were answered in time, same positions.
        late: (limited unit, lead week) hours of leads answered late; limited units are those with an intake team.
        lost: (limited unit, lead week) hours of leads that are never answered.
        lost_unlikely: (limited unit, lead week) hours of leads never answered that are counted as those least likely to
            ask for an appointment. Where nearly all leads are lost and the mix is poorer than today's, the average
            would lose more requests than there are. Priced so that it never helps a booking.
        overflow: (team, lead week) intake hours bought beyond the paid ones, where any can be.
        channel_discount: (unit, lead week) requests by what they are worth less than those of the unit's best channel,
            where its channels differ.
        booked: (route, lead week, wait) booked appointments; a unit's own route, or a redirect to another clinic.
        downstream: (pathway out of a unit, unit that sees the patient, week) follow-on visits.
        limited: (n,) units with an intake team, in the order of ``late`` and ``lost``.
        overflow_team: (n,) team of each overflow column.
        overflow_week: (n,) lead week of each overflow column.
        discounted: (n,) units of ``channel_discount``, in order.
        booked_route: (n,) route of each booked column.
        booked_unit: (n,) unit that sees the patient.
        booked_week: (n,) lead week of each booked column.
        booked_wait: (n,) weeks waited of each booked column.
        downstream_way: (n,) position in ``pathways.leaving`` and ``pathways.place`` of each follow-on column.
        downstream_week: (n,) week of each follow-on visit.
    """

    spend: ColumnBlock
    leads: ColumnBlock
    requests: ColumnBlock
    late: ColumnBlock
    lost: ColumnBlock
    lost_unlikely: ColumnBlock
    overflow: ColumnBlock
    channel_discount: ColumnBlock
    booked: ColumnBlock
    downstream: ColumnBlock
    limited: Positions
    overflow_team: Positions
    overflow_week: Positions
    discounted: Positions
    booked_route: Positions
    booked_unit: Positions
    booked_week: Positions
    booked_wait: Positions
    downstream_way: Positions
    downstream_week: Positions

    def blocks(self) -> tuple[ColumnBlock, ...]:
        """The blocks in the order of the program."""
        handled = (self.leads, self.requests, self.late, self.lost, self.lost_unlikely, self.overflow)
        return (self.spend, *handled, self.channel_discount, self.booked, self.downstream)


def columns(setting: Setting) -> Columns:
    """State the columns of a setting."""
    facts, steps = setting.facts, setting.steps
    most = _most(setting)
    limited = np.flatnonzero(facts.team >= 0)
    buyer, bought_in = np.nonzero(facts.staffing.overflow_hours > 0)
    discounted = units_that_differ(facts)
    offered = facts.kept[facts.route_from] > 0
    route, week, wait = np.nonzero(np.repeat(offered[:, None, :], facts.lead_weeks, axis=1))
    origin, unit = facts.route_from[route], facts.route_to[route]
    most_booked = facts.kept[origin, wait] * (most.requests[origin, week] + facts.waitlist[origin] * (week == 0))
    most_seen = np.zeros((len(facts.units), len(facts.weeks)))
    np.add.at(most_seen, (unit, week + wait), most_booked)
    downstream_block, way, downstream_week = downstream(facts, most_seen, _ROOM)
    all_units, ones = np.arange(len(facts.units)), np.ones(facts.lead_weeks)
    return Columns(
        spend=ColumnBlock(
            "spend", _step_labels(setting), steps.least, steps.width, -_cost_of_money(facts), THOUSAND, _MOST_SPEND
        ),
        leads=_per_unit("leads", facts, all_units, most.leads),
        requests=_per_unit("requests", facts, all_units, most.requests),
        late=_per_unit("late", facts, limited, most.hours),
        lost=_per_unit("lost", facts, limited, most.hours),
        lost_unlikely=_per_unit("lost_unlikely", facts, limited, most.hours, _price_of_unlikely(setting)),
        overflow=_overflow(facts, buyer, bought_in),
        channel_discount=_per_unit(
            "channel_discount", facts, discounted, most.below_best, request_worth(facts)[:, None] * ones
        ),
        booked=ColumnBlock(
            "booked",
            _booked_labels(facts, route, week, wait),
            np.array(0.0),
            _ROOM * most_booked + 1,
            booking_worth(facts)[unit, wait] * best_of_units(facts)[origin],
        ),
        downstream=downstream_block,
        limited=limited,
        overflow_team=buyer,
        overflow_week=bought_in,
        discounted=discounted,
        booked_route=route,
        booked_unit=unit,
        booked_week=week,
        booked_wait=wait,
        downstream_way=way,
        downstream_week=downstream_week,
    )


def booking_worth(facts: Facts) -> Floats:
    """(U, D) what a booked appointment is worth in the objective, by weeks waited.

    Money objectives count the margin of the share that comes; spend is taken off where it is spent. Where the least
    spend is sought, a booking counts only towards the goals.
    """
    match facts.definition.objective:
        case Objective.LTV:
            return facts.show * facts.ltv_margin[:, None]
        case Objective.FIRST_VISIT_MARGIN:
            return facts.show * facts.first_visit_margin[:, None]
        case Objective.VISITS:
            return facts.show
        case Objective.BOOKINGS:
            return np.ones_like(facts.show)
        case Objective.MIN_SPEND:
            return np.zeros_like(facts.show)


def request_worth(facts: Facts) -> Floats:
    """(U,) the most that a patient who asks can be worth, over all clinics and waits, at a multiplier of 1.

    A wait that few accept is worth less to whoever asks: it counts with the share that books.
    """
    return _dearest(facts, booking_worth(facts))


def _dearest(facts: Facts, worth: Floats) -> Floats:
    """(U,) the most that a request can bring of bookings that are worth so much (U, D), at least 0."""
    accepted = facts.kept[facts.route_from] * facts.acceptance[:, None]
    most = np.zeros(len(facts.units))
    np.maximum.at(most, facts.route_from, (accepted * worth[facts.route_to]).max(axis=1, initial=0.0))
    return most


def unit_labels(facts: Facts, unit: Positions, extra: dict[str, tuple[list[str], Positions]]) -> Labels:
    """Labels of units, followed by further sets."""
    own = {name: (names, position[unit]) for name, (names, position) in facts.unit_names.items()}
    every = {**own, **extra}
    return Labels({name: names for name, (names, _) in every.items()}, tuple(codes for _, codes in every.values()))


def unit_week_labels(facts: Facts, units: Positions, weeks: int) -> Labels:
    """Labels of every one of the units in each of the first ``weeks`` weeks."""
    week = np.tile(np.arange(weeks), len(units))
    return unit_labels(facts, np.repeat(units, weeks), {"week": (list(facts.weeks[:weeks]), week)})


def _per_unit(name: str, facts: Facts, units: Positions, most: Floats, cost: Floats | None = None) -> ColumnBlock:
    """Columns of the units and all lead weeks, worth nothing, or at a ``cost`` of shape (U, L)."""
    upper = _ROOM * most[units].ravel() + 1
    worth = np.array(0.0) if cost is None else -cost[units].ravel()
    return ColumnBlock(name, unit_week_labels(facts, units, facts.lead_weeks), np.array(0.0), upper, worth)


def _overflow(facts: Facts, team: Positions, week: Positions) -> ColumnBlock:
    """Hours bought of each team and week; a row holds them below what can be bought, so that it has a price.

    They are operations' money: where worth is not weighed against it, they are bought only where they help.
    """
    labels = Labels(
        {"intake_team": list(facts.teams), "week": list(facts.weeks[: facts.lead_weeks])},
        (team.astype(np.int64), week.astype(np.int64)),
    )
    hours, price = facts.staffing.overflow_hours[team, week], facts.staffing.overflow_cost[team, week]
    cost = price if facts.definition.objective.values_patients else price * PRICE_OF_MONEY
    return ColumnBlock("overflow", labels, np.array(0.0), _ROOM * hours, -cost)


def _price_of_unlikely(setting: Setting) -> Floats:
    """(U, L) more than the requests could be worth that an hour saves when it is counted as unlikely to ask.

    Where the least spend is sought, a request is taken to be worth its patients' lifetime value.
    """
    facts, mix = setting.facts, setting.mix
    seeks_goals = facts.definition.objective is Objective.MIN_SPEND
    worth = facts.show * facts.ltv_margin[:, None] if seeks_goals else booking_worth(facts)
    dearest = _dearest(facts, worth) * best_of_units(facts) + _dearest(facts, facts.show * worth_ahead(facts)[:, None])
    return np.asarray((2.0 * dearest)[:, None] * (mix.lost_requests - mix.least_requests))


def _cost_of_money(facts: Facts) -> Floats:
    return np.array(1.0 if facts.definition.objective.in_money else PRICE_OF_MONEY)


def _step_labels(setting: Setting) -> Labels:
    facts, steps = setting.facts, setting.steps
    names = [str(number + 1) for number in range(int(steps.step.max(initial=0)) + 1)]
    levels = {"campaign": facts.campaign_names, "week": list(facts.weeks[: facts.planned]), "step": names}
    return Labels(levels, (steps.campaign, steps.week, steps.step))


def _booked_labels(facts: Facts, route: Positions, week: Positions, wait: Positions) -> Labels:
    """Labels of the unit that sees the patient; where there are redirects, of the clinic asked for as well."""
    waits = [str(weeks) for weeks in range(facts.kept.shape[1])]
    extra = {"week": (list(facts.weeks[: facts.lead_weeks]), week), "weeks_waited": (waits, wait)}
    if len(facts.route_from) > len(facts.units):
        names, place = facts.unit_names["location"]
        extra["from_location"] = (names, place[facts.route_from[route]])
    return unit_labels(facts, facts.route_to[route], extra)


@dataclass(frozen=True)
class _Most:
    """(U, L) most leads, requests, intake hours, and requests below the best channel's worth that the steps allow."""

    leads: Floats
    requests: Floats
    hours: Floats
    below_best: Floats


def _most(setting: Setting) -> _Most:
    facts, steps = setting.facts, setting.steps
    captured = np.zeros((len(facts.unit), facts.planned))
    np.add.at(captured, (steps.campaign, steps.week), steps.width * steps.slope)
    arriving = setting.carried + arriving_leads(facts, captured)
    per_lead = (np.ones_like(facts.booking), facts.booking, facts.minutes / 60)
    leads, requests, hours = (of_unit(facts, arriving * rate[:, None]) for rate in per_lead)
    return _Most(leads, requests, hours, requests_below_best(facts, arriving))
