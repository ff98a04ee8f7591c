"""Erlang C: how many contacts a team can take while it still answers in time.

The model is a queue with Poisson arrivals, exponential handling times and patient callers (M/M/n). Occupancy alone
overstates a small team: it forgets that contacts come in bunches.

Source of the formulas: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in
automatic telephone exchanges" (1917); the recurrence for the loss formula is standard teletraffic practice.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import scipy

FloatArray = npt.NDArray[np.float64]


def occupancy(agents: int, contacts_per_hour: float, handling_minutes: float) -> float:
    """Share of their time on contacts that agents spend handling them; 1 for a team with more work than time.

    Args:
        agents: Agents on contacts at a time, at least 1.
        contacts_per_hour: Steady arrivals per hour.
        handling_minutes: Average minutes of a contact.

    Returns:
        A share from 0 to 1.
    """
    return min(1.0, _offered_load(contacts_per_hour, handling_minutes) / agents)


def service_level(agents: int, contacts_per_hour: float, handling_minutes: float, seconds: float) -> float:
    """Share of contacts that are answered within some seconds.

    ``1 - C * exp(-(n - a) * seconds / handling time)`` with n agents, offered load a in agents' worth of work, and the
    Erlang C probability C of having to wait.

    Args:
        agents: Agents on contacts at a time, a whole number of at least 1.
        contacts_per_hour: Steady arrivals per hour.
        handling_minutes: Average minutes of a contact, above 0.
        seconds: Time in which a contact should be answered.

    Returns:
        A share from 0 to 1; 0 for a team with at least as much work as time, where the queue grows without end.
    """
    load = _offered_load(contacts_per_hour, handling_minutes)
    if load >= agents:
        return 0.0
    waits = _waiting_probability(agents, load)
    return 1.0 - waits * math.exp(-(agents - load) * seconds / (handling_minutes * 60))


def sla_contacts_per_hour(agents: float, handling_minutes: float, share: float, seconds: float) -> float:
    """The highest steady arrival rate at which a team still answers the share of its contacts in time.

    Args:
        agents: Agents on contacts at a time; between two whole numbers the rate is interpolated. Below one agent there
            are times when nobody answers, and the rate is 0.
        handling_minutes: Average minutes of a contact, above 0.
        share: Share of contacts to answer in time, above 0 and below 1.
        seconds: Time in which they are answered.

    Returns:
        Contacts per hour.
    """
    if agents < 1:
        return 0.0
    whole = math.floor(agents)
    lower = _sla_rate(whole, handling_minutes, share, seconds)
    if whole == agents:
        return lower
    upper = _sla_rate(whole + 1, handling_minutes, share, seconds)
    return lower + (agents - whole) * (upper - lower)


def weekly_minutes(
    agents: FloatArray,
    paid_hours: FloatArray,
    shrinkage: FloatArray,
    handling_minutes: FloatArray,
    share: float,
    seconds: float,
) -> tuple[FloatArray, FloatArray]:
    """Minutes of contacts that teams can take in a week: answered in time, and at all.

    A team is open for ``paid_hours / agents`` hours, with ``agents * (1 - shrinkage)`` of them on contacts at a time.
    All four arrays have one shape, for instance teams by weeks; equal teams are worked out once.

    Args:
        agents: Seats staffed while the team is open; 0 means closed.
        paid_hours: Paid hours of all agents together.
        shrinkage: Share of paid time not available for contacts.
        handling_minutes: Average minutes of a contact, above 0.
        share: Share of contacts to answer in time.
        seconds: Time in which they are answered.

    Returns:
        Minutes of contacts per week up to which the service level holds, and all paid minutes for contacts, both in
        the shape of the arrays. The first is never above the second.
    """
    paid_minutes = paid_hours * 60 * (1 - shrinkage)
    teams = np.column_stack([np.ravel(agents * (1 - shrinkage)), np.ravel(handling_minutes)])
    distinct, which = np.unique(teams, axis=0, return_inverse=True)
    rates = np.array([sla_contacts_per_hour(on, minutes, share, seconds) for on, minutes in distinct], dtype=np.float64)
    opening_hours = np.divide(paid_hours, agents, out=np.zeros_like(paid_hours), where=agents > 0)
    in_time = rates[which].reshape(np.shape(agents)) * opening_hours * handling_minutes
    return np.minimum(in_time, paid_minutes), paid_minutes


def _offered_load(contacts_per_hour: float, handling_minutes: float) -> float:
    """Work that arrives, in agents' worth (Erlangs)."""
    return contacts_per_hour * handling_minutes / 60


def _waiting_probability(agents: int, load: float) -> float:
    """Erlang C from Erlang B, whose recurrence stays between 0 and 1 for any number of agents; load below agents."""
    blocked = 1.0
    for servers in range(1, agents + 1):
        blocked = load * blocked / (servers + load * blocked)
    return agents * blocked / (agents - load * (1 - blocked))


def _sla_rate(agents: int, handling_minutes: float, share: float, seconds: float) -> float:
    capacity = agents * 60 / handling_minutes

    def surplus(contacts_per_hour: float) -> float:
        return service_level(agents, contacts_per_hour, handling_minutes, seconds) - share

    return float(scipy.optimize.brentq(surplus, 0.0, capacity))
