"""Bounds on every campaign's spend in every planned week: what its owner asks for, and what the gates leave of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from optimizer.scenario.match import Floats

Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

FLIGHT = "flight"
"""Code of the gate that keeps a campaign within its own first and last week."""


@dataclass(frozen=True)
class Verdict:
    """What one gate says.

    Attributes:
        ceiling: (I, T) most money; infinite where the gate says nothing.
        sentence: (I, T) why, as the end of a sentence.
        source: (I, T) where the rule and its figures stand.
        holds: Whether the ceiling is a floor as well.
    """

    ceiling: Floats
    sentence: Texts
    source: Texts
    holds: bool = False


@dataclass(frozen=True)
class Gates:
    """Bounds on every campaign's spend in every planned week, before and after the gates. Arrays of shape (I, T).

    Attributes:
        verdicts: Code of each gate -> what it says.
        asked_floor: Least money that the campaign's owner asks for; never so little that it could not run.
        asked_ceiling: Most money that the campaign's owner allows, infinite where nothing is said.
        most: The same, and no more than the curve has seen.
        least_active: Least money of a week in which the campaign runs at all, zero where nothing is said.
        code: Code of the gate that decides, "" where none limits.
        sentence: Why, as the end of a sentence, "" where none limits.
        source: Where the rule and its figures stand.
    """

    verdicts: Mapping[str, Verdict]
    asked_floor: Floats
    asked_ceiling: Floats
    most: Floats
    least_active: Floats
    code: npt.NDArray[np.str_]
    sentence: Texts
    source: Texts

    @property
    def ceiling(self) -> Floats:
        """Tightest ceiling of all gates, infinite where none says anything; zero where the campaign cannot run on it.

        A campaign that a gate holds as it is today stays so, however little that is.
        """
        return np.where(self.too_low, 0.0, _tightest(self.verdicts))

    @property
    def hold(self) -> Floats:
        """Money at which a gate holds the campaign, zero where none does."""
        holds = [verdict.ceiling for verdict in self.verdicts.values() if verdict.holds]
        held = [np.where(np.isfinite(hold), hold, 0.0) for hold in holds]
        return np.asarray(np.max([np.zeros_like(self.asked_floor), *held], axis=0))

    @property
    def too_low(self) -> Flags:
        """Where the gates leave less than the least at which the campaign runs, so that it does not."""
        ceiling = _tightest(self.verdicts)
        return (ceiling > 0) & (ceiling < self.least_active) & (self.hold <= 0)

    @property
    def switched(self) -> Flags:
        """Where a campaign may run at no less than its least, or not run."""
        floor, ceiling = self.bounds()
        return (self.least_active > 0) & (ceiling > 0) & (floor <= 0)

    @property
    def closed(self) -> Flags:
        """Whether a gate closes the campaign."""
        return self.ceiling <= 0

    @property
    def in_flight(self) -> Flags:
        """Whether the campaign's owner lets it run at all."""
        return np.isinf(self.verdicts[FLIGHT].ceiling) & (self.asked_ceiling > 0)

    @property
    def lowered(self) -> Flags:
        """Where the floor that the owner asks for gives way to a gate, the flight aside."""
        return self.in_flight & (self.bounds()[0] < self.asked_floor)

    def bounds(self) -> tuple[Floats, Floats]:
        """Floor and ceiling after the gates: the tightest ceiling wins, and floors give way to it.

        A floor that gave way in one week stays as low afterwards, closed weeks aside: a pilot's cap that grows allows
        more spend and does not force it.
        """
        ceiling = np.minimum(self.asked_ceiling, self.ceiling)
        lowest = np.minimum.accumulate(np.where(ceiling > 0, ceiling, np.inf), axis=1)
        return np.min([np.maximum(self.asked_floor, self.hold), ceiling, lowest], axis=0), ceiling

    def without(self, code: str) -> Gates:
        """The same without one gate; what decides each week is still told with it."""
        return replace(self, verdicts={name: found for name, found in self.verdicts.items() if name != code})


def _tightest(verdicts: Mapping[str, Verdict]) -> Floats:
    return np.asarray(np.min([verdict.ceiling for verdict in verdicts.values()], axis=0))


def pass_gates(
    verdicts: Mapping[str, Verdict], floor: Floats, asked: Floats, known: Floats, least_active: Floats
) -> Gates:
    """Lay what the gates say over what the campaigns' owners ask for, and find the gate that decides each week.

    Args:
        verdicts: Code of each gate -> what it says; of several equally tight ones the first decides.
        floor: (I,) least money per week that the owner asks for.
        asked: (I,) most money per week that the owner allows, infinite where nothing is said.
        known: (I,) most money per week that the campaign's curve has seen.
        least_active: (I,) least money of a week in which the campaign runs, zero where nothing is said.
    """
    stacked = list(verdicts.values())
    ceilings = np.stack([verdict.ceiling for verdict in stacked])
    tightest, ceiling = ceilings.argmin(axis=0), ceilings.min(axis=0)
    floor = np.where(floor > 0, np.maximum(floor, least_active), floor)
    floor, asked, known, least = (
        np.broadcast_to(money[:, None], ceiling.shape) for money in (floor, asked, known, least_active)
    )
    most = np.minimum(asked, known)
    holds = np.array([verdict.holds for verdict in stacked])[tightest]
    limits = (ceiling < most) | (holds & (ceiling <= most))
    gates = Gates(
        verdicts=verdicts,
        asked_floor=floor,
        asked_ceiling=asked,
        most=most,
        least_active=least,
        code=np.where(limits, np.array(list(verdicts))[tightest], ""),
        sentence=np.where(limits, np.choose(tightest, [found.sentence for found in stacked]), ""),
        source=np.where(limits, np.choose(tightest, [found.source for found in stacked]), ""),
    )
    told = np.where(gates.too_low, gates.sentence + _TOO_LOW, gates.sentence)
    return replace(gates, sentence=told)


_TOO_LOW = " It runs at no less than its min_if_active, which is more, so it does not run."
