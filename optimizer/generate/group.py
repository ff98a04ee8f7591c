"""A made-up group before its tables are written: who advertises where, at what price, and how full the clinics are."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.errors import UsageError
from optimizer.generate.catalogue import CHANNELS, KEPT_BY_WAIT, LINES, Channel, Line, taken, weeks_of_pathways
from optimizer.generate.places import MARKET, clinic_names, market_names
from optimizer.scenario.facts import week_names

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

FIRST_WEEK, AS_OF = dt.date(2026, 9, 28), dt.date(2026, 9, 21)
FILL_CAP = 0.95
"""Share of new-patient slots that may be filled."""
AVERAGE_SPEND = 450.0
"""Money per week that an average campaign spends today."""
ROOM = (0.4, 3.0)
"""Free new-patient slots for each booking that today's advertising brings: the fullest place, and the emptiest."""
NOT_YET = 60
"""One campaign of so many starts only after some weeks."""
START = 3
"""Weeks after which it starts."""


@dataclass(frozen=True)
class Size:
    """How large a group is; every location has every service line, advertised on every channel.

    Raises:
        UsageError: if a number is below 1.
    """

    locations: int = 10
    lines: int = 6
    channels: int = 4
    weeks: int = 13

    def __post_init__(self) -> None:
        for name, number in vars(self).items():
            if number < 1:
                raise UsageError(f"a group of {number} {name} cannot be made; give 1 or more")

    @property
    def campaigns(self) -> int:
        """Number of campaigns."""
        return self.locations * self.lines * self.channels


@dataclass(frozen=True)
class Group:
    """What is drawn for a group. Shapes: L locations, S service lines, C channels, H weeks of visits.

    Attributes:
        size: How large it is.
        seed: What it was drawn from.
        lines: Service lines by name.
        channels: Channels by name.
        locations: (L,) names.
        markets: Names of the markets.
        market: (L,) market of each location.
        weeks: (H,) Mondays as ISO text; the first are planned, the others see the last patients.
        room: (L, S) free new-patient slots for each booking that today's advertising brings.
        spend: (L, S, C) money per week today; 0 where a campaign does not run yet.
        cost_per_lead: (L, S, C) money per lead at today's spend.
    """

    size: Size
    seed: int
    lines: Mapping[str, Line]
    channels: Mapping[str, Channel]
    locations: npt.NDArray[np.str_]
    markets: npt.NDArray[np.str_]
    market: Places
    weeks: npt.NDArray[np.str_]
    room: Floats
    spend: Floats
    cost_per_lead: Floats

    @property
    def planned(self) -> npt.NDArray[np.str_]:
        """(T,) planned weeks."""
        return self.weeks[: self.size.weeks]

    @property
    def leads(self) -> Floats:
        """(L, S, C) leads per week that today's spend brings."""
        return self.spend / self.cost_per_lead

    @property
    def requests(self) -> Floats:
        """(L, S) appointment requests per week that today's spend brings."""
        by_line, by_channel = self.of_lines("lead_to_booking"), self.of_channels("booking_factor")
        return np.asarray((self.leads * by_channel).sum(axis=2) * by_line)

    def of_lines(self, fact: str) -> Floats:
        """(S,) a number of every line."""
        return np.array([getattr(line, fact) for line in self.lines.values()], dtype=float)

    def of_channels(self, fact: str) -> Floats:
        """(C,) a number of every channel."""
        return np.array([getattr(channel, fact) for channel in self.channels.values()], dtype=float)

    def where(self, channel: str) -> npt.NDArray[np.bool_]:
        """(C,) whether it is the channel of that name."""
        return np.array([name == channel for name in self.channels], dtype=np.bool_)

    def chance(self, topic: str) -> np.random.Generator:
        """Draws for one topic, which stay the same whatever is drawn for others."""
        return chance(self.seed, topic)


def chance(seed: int, topic: str) -> np.random.Generator:
    """Draws for one topic of a seed."""
    return np.random.default_rng([seed, zlib.crc32(topic.encode())])


def every(count: int, step: int) -> npt.NDArray[np.bool_]:
    """(count,) one of so many, the first in the middle of the first such stretch: none in a small group."""
    return np.asarray(np.arange(count) % step == step // 2, dtype=np.bool_)


def draw(size: Size, seed: int) -> Group:
    """Draw a group.

    Args:
        size: How large it is.
        seed: Any whole number from 0; the same seed gives the same group.

    Raises:
        UsageError: if the seed is below 0.
    """
    if seed < 0:
        raise UsageError(f"seed {seed} cannot be used; give 0 or more")
    lines, channels = taken(LINES, size.lines), taken(CHANNELS, size.channels)
    market = np.arange(size.locations) // MARKET
    return Group(
        size=size,
        seed=seed,
        lines=lines,
        channels=channels,
        locations=np.array(clinic_names(size.locations)),
        markets=np.array(market_names(int(market[-1]) + 1)),
        market=market,
        weeks=week_names(FIRST_WEEK, size.weeks + _weeks_after(lines, channels)),
        room=_room(chance(seed, "room"), size),
        spend=_spend(chance(seed, "spend"), size, lines, channels),
        cost_per_lead=_cost_per_lead(chance(seed, "cost per lead"), size, market, lines, channels),
    )


def _spend(
    random: np.random.Generator, size: Size, lines: Mapping[str, Line], channels: Mapping[str, Channel]
) -> Floats:
    """(L, S, C) by the size of clinic, line and channel, with some noise, in whole tens."""
    clinic = random.lognormal(0.0, 0.35, size.locations)
    line = np.array([line.spend_weight for line in lines.values()])
    channel = np.array([channel.spend_share for channel in channels.values()])
    noise = random.uniform(0.8, 1.2, (size.locations, size.lines, size.channels))
    weight = clinic[:, None, None] * (line / line.mean())[:, None] * (channel / channel.mean())
    running = ~every(size.campaigns, NOT_YET).reshape(noise.shape)
    return np.asarray(np.maximum(np.round(AVERAGE_SPEND * weight * noise, -1), 20.0) * running)


def _cost_per_lead(
    random: np.random.Generator, size: Size, market: Places, lines: Mapping[str, Line], channels: Mapping[str, Channel]
) -> Floats:
    """(L, S, C) by line and channel; some markets are dearer than others."""
    search, social = (
        np.array([getattr(line, f"{kind}_cost_per_lead") for line in lines.values()]) for kind in ("search", "social")
    )
    factor = np.array([channel.cost_factor for channel in channels.values()])
    is_search = np.array([channel.is_search for channel in channels.values()])
    base = np.where(is_search, search[:, None], social[:, None]) * factor
    level = random.lognormal(0.0, 0.1, int(market[-1]) + 1)[market]
    return np.asarray(base * level[:, None, None] * random.uniform(0.88, 1.12, (size.locations, *base.shape)))


def _room(random: np.random.Generator, size: Size) -> Floats:
    """(L, S) from full to empty: clinics take evenly spread levels in a drawn order, their lines lie around them."""
    level = (random.permutation(size.locations) + 0.5) / size.locations
    low, high = np.log(ROOM)
    around = random.normal(0.0, 0.25, (size.locations, size.lines))
    return np.asarray(np.exp(np.clip(low + (high - low) * level[:, None] + around, low, high)))


def _weeks_after(lines: Mapping[str, Line], channels: Mapping[str, Channel]) -> int:
    """Weeks after the planned ones in which leads arrive and patients come."""
    lead = max(len(channel.lead_shares) for channel in channels.values()) - 1
    return lead + len(KEPT_BY_WAIT) - 1 + weeks_of_pathways(lines)
