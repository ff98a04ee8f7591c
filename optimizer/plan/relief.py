"""What more room at the tightest clinics and teams would bring, found by solving again and not by prices alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.setting import Setting
from optimizer.scenario.match import Codes, Floats
from optimizer.solve.highs import Session
from optimizer.solve.in_parts import MoreRoom

SHOWN = 5
"""Places of a kind that are shown."""
TRIED = 5
"""Places of a kind that are solved again, those with the highest prices: prices tell where to look, not how much."""
MINUTES = 60.0
"""Minutes of a shared resource that are added a week."""
_SMALL = 1e-6


@dataclass(frozen=True)
class Relief:
    """One more slot or hour in every week at one place.

    Attributes:
        kind: ``appointment_capacity``, ``intake`` or ``shared_resource``.
        place: Clinic and service line, team, or shared resource.
        weeks: Weeks in which the limit binds.
        more: What more there would be, in words.
        gain: What the whole plan would gain; of a large one, what it would gain at least
            (:mod:`optimizer.solve.in_parts`).
    """

    kind: str
    place: str
    weeks: tuple[str, ...]
    more: str
    gain: float


def reliefs(setting: Setting, session: Session) -> list[Relief]:
    """The tightest clinics, teams and resources with the gain of one more slot or hour a week, greatest gain first.

    Args:
        setting: The planning setting.
        session: The session that solved it, so that solving again starts from its basis.
    """
    room, places = MoreRoom(session), (_clinics, _teams, _resources)
    found = [relief for tightest in places for relief in _greatest(tightest(setting, room))]
    return _greatest(found, len(found))


def _greatest(found: list[Relief], most: int = SHOWN) -> list[Relief]:
    return sorted(found, key=lambda relief: (-relief.gain, relief.place))[:most]


def _clinics(setting: Setting, room: MoreRoom) -> list[Relief]:
    facts, solution = setting.facts, room.solution
    price = solution.price_of("appointment_capacity").reshape(len(facts.units), -1)
    gained = []
    for unit in _tightest(price):
        gain = _gain(room, ["appointment_capacity"], unit, price.shape[1])
        weeks = _binding(facts.weeks, price[unit])
        gained.append(
            Relief("appointment_capacity", str(facts.places[unit]), weeks, "one more new-patient slot a week", gain)
        )
    return gained


def _teams(setting: Setting, room: MoreRoom) -> list[Relief]:
    facts, solution = setting.facts, room.solution
    if not len(facts.teams):
        return []
    names = ["intake_sla", "intake_total"]
    price = sum((solution.price_of(name) for name in names), np.zeros(1)).reshape(len(facts.teams), -1)
    gained = []
    for team in _tightest(price):
        gain = _gain(room, names, team, price.shape[1])
        weeks = _binding(facts.weeks, price[team])
        gained.append(Relief("intake", str(facts.teams[team]), weeks, "one more answering hour a week", gain))
    return gained


def _resources(setting: Setting, room: MoreRoom) -> list[Relief]:
    facts, solution = setting.facts, room.solution
    if not len(facts.resources.names):
        return []
    price = solution.price_of("shared_resource").reshape(len(facts.resources.names), -1)
    gained = []
    for resource in _tightest(price):
        gain = _gain(room, ["shared_resource"], resource, price.shape[1], MINUTES)
        weeks = _binding(facts.weeks, price[resource])
        gained.append(
            Relief("shared_resource", str(facts.resources.names[resource]), weeks, "one more hour a week", gain)
        )
    return gained


def _tightest(price: Floats) -> Codes:
    """Rows with the greatest prices, greatest first; none without a price."""
    total = price.sum(axis=1)
    order = np.argsort(-total, kind="stable")[:TRIED]
    return np.asarray(order[total[order] > _SMALL], dtype=np.int64)


def _binding(weeks: np.ndarray, price: Floats) -> tuple[str, ...]:
    return tuple(str(week) for week in weeks[: len(price)][price > _SMALL])


def _gain(room: MoreRoom, families: list[str], place: int, weeks: int, more: float = 1.0) -> float:
    """Gain of so many more units in every week at one place."""
    program = room.solution.program
    first = [program.row_slice(name).start + place * weeks for name in families]
    return room.gain(np.concatenate([np.arange(start, start + weeks) for start in first]), more)
