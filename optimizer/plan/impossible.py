"""Why no plan exists, in the words and units in which people wrote the limits, and what would let one exist."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.errors import Clash, InfeasiblePlan, Relaxation
from optimizer.model.families import state
from optimizer.model.setting import Setting
from optimizer.plan.closed import closed_by_gates
from optimizer.plan.contradictions import Contradiction
from optimizer.plan.curve_bound import curve_bound
from optimizer.plan.ratio_out import best_ratio, with_ratio
from optimizer.plan.words import Words, count, weeks_in_words
from optimizer.plan.written import written_limits
from optimizer.plan.written_rows import ALWAYS, WrittenLimit, written_amount
from optimizer.scenario.match import Codes, Floats
from optimizer.scenario.sources import Place
from optimizer.solve.infeasible import Conflict, find_conflict
from optimizer.solve.ways_out import WaysOut

MOST_STEPS_ON = 3
"""Steps further that an amount is tried, where the solver's tolerance keeps the rounded amount from being enough."""
MOST_PLACES = 6
"""Places of the limits of a contradiction that are told."""
MOST_TRIED = 12
"""Limits of a conflict that are tried alone."""
_PROVEN = 1e-6
"""Part of what the limits must give by which its bound must be clear of nothing."""
NO_WAY_OUT = "the fixed relations of the plan contradict each other, even if every limit that can move gives way"
CURVES = "the most that the response curves are known for (policies.extrapolation, response_curves)"


class Impossible:
    """A setting whose program has no plan, on its way to words.

    Amounts are the least on the steps of the curves as they are, in what people write, and every way out is confirmed
    by solving the program with the limits moved.

    Args:
        setting: The planning setting.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting, self.facts, self.words = setting, setting.facts, Words.of(setting.facts.definition)
        self.program = state(setting)
        self.limits = written_limits(setting, self.program)
        self.ways = WaysOut(self.program, [limit.lever for limit in self.limits])

    @property
    def is_proven_on_curves(self) -> bool:
        """Whether no plan on the curves themselves meets every limit, so that finer steps would not help.

        What the limits must give at least has a bound on the curves, as the worth of any plan has.
        """
        eased = self.ways.eased
        if eased is None:
            return False
        return curve_bound(self.setting, eased) < -_PROVEN * (1 + abs(eased.objective))

    def told(self, known: Sequence[Contradiction] = ()) -> InfeasiblePlan:
        """Find which limits contradict each other and what would let a plan exist.

        Args:
            known: Contradictions that arithmetic found already.

        Returns:
            The error to raise.
        """
        start = {key for contradiction in known for key in contradiction.limits}
        suspects = [place for place, limit in enumerate(self.limits) if limit.key in start]
        conflict = find_conflict(self.program, self.ways, suspects)
        if conflict is None:
            return InfeasiblePlan([Clash(NO_WAY_OUT)])
        movable = [place for place in conflict.levers if self.limits[place].lever.moves or self.limits[place].ratio]
        moves = {place: self._alone(place) for place in movable[:MOST_TRIED]}
        alone = [self._relaxation(place, amounts) for place, amounts in moves.items() if amounts is not None]
        together = self._together()
        return InfeasiblePlan(
            self._clashes(conflict),
            because=[f"{contradiction.says}  [{self._places(contradiction)}]" for contradiction in known],
            alone=alone,
            not_alone=[self.limits[place].name for place, amounts in moves.items() if amounts is None],
            untried=len(movable) - len(moves),
            together=together if len(together) > 1 or not alone else [],
        )

    def _places(self, contradiction: Contradiction) -> str:
        """Where the limits of a contradiction stand."""
        asked = [limit for limit in self.limits if limit.key in contradiction.limits]
        places = sorted({limit.place(int(limit.lever.number[0])) for limit in asked})
        more = len(places) - MOST_PLACES
        return ", ".join(map(str, places[:MOST_PLACES])) + (f" and {more} more" if more > 0 else "")

    def _alone(self, place: int) -> Floats | None:
        """Least amounts (numbers,) of one limit that let a plan exist, confirmed; ``None`` where it is not enough."""
        if self.limits[place].ratio:
            return self._ratio_alone(place)
        amounts = self.ways.alone(place)
        if amounts is None:
            return None
        for _ in range(1 + MOST_STEPS_ON):
            if self.ways.confirms({place: amounts}):
                return amounts
            amounts = np.where(amounts > 0, amounts + self.limits[place].lever.step, 0.0)
        return None

    def _ratio_alone(self, place: int) -> Floats | None:
        """The same of a limit on a ratio."""
        limit = self.limits[place]
        side, step = limit.ratio, limit.lever.step
        best = best_ratio(self.setting, self.program, limit.lever, side) if side else None
        if side is None or best is None:
            return None
        towards = 1.0 if limit.up else -1.0
        for more in range(1 + MOST_STEPS_ON):
            ratio = towards * (np.ceil(towards * best / step - 1e-9) + more) * step
            if with_ratio(self.setting, side, float(ratio)):
                return np.array([towards * (ratio - side.asked)])
        return None

    def _together(self) -> list[Relaxation]:
        """The cheapest combination of all limits, confirmed; empty where there is none."""
        moves = self.ways.together()
        if not moves or not self.ways.confirms(moves):
            return []
        return [self._relaxation(place, amounts) for place, amounts in moves.items()]

    def _clashes(self, conflict: Conflict) -> list[Clash]:
        clashes = [
            self._clash(self.limits[place], sides) for place, sides in zip(conflict.levers, conflict.sides, strict=True)
        ]
        clashes += closed_by_gates(self.setting, [self.limits[place] for place in conflict.levers])
        if conflict.ends:
            place = self.facts.sources.key("policies.extrapolation")
            clashes.append(Clash(CURVES, place.file, place.line))
        return clashes

    def _clash(self, limit: WrittenLimit, sides: Codes) -> Clash:
        """A limit with its number and its weeks."""
        weeks = sorted({int(week) for week in limit.week[sides] if week != ALWAYS})
        when = f", {weeks_in_words([str(self.facts.weeks[week]) for week in weeks])}" if weeks else ""
        left = f": {count(float(limit.left[sides].sum()))} in all" if len(limit.left) else ""
        place = self._first(limit, np.unique(limit.lever.number[sides]))
        return Clash(f"{limit.says}{when}{left}", place.file, place.line, limit.kind)

    @staticmethod
    def _first(limit: WrittenLimit, numbers: Codes) -> Place:
        """Where the first of some numbers of a limit stands."""
        return min(limit.place(int(number)) for number in numbers)

    def _relaxation(self, place: int, amounts: Floats) -> Relaxation:
        """A way out in words: by how much, to what, and in which weeks."""
        limit = self.limits[place]
        numbers = np.flatnonzero(amounts > 0)
        total, first = float(amounts.sum()), self._first(limit, numbers)
        verb = "raise" if limit.up else "lower"
        change = f"{verb} {limit.name} by {written_amount(self.words, limit.unit, total)}"
        now = limit.now[numbers[0]] if len(limit.now) > 1 or len(numbers) == 1 else np.nan
        if len(numbers) == 1 and not np.isnan(now):
            after = float(now) + (total if limit.up else -total)
            change += f", to {written_amount(self.words, limit.unit, after)}"
        elif limit.lever.numbers > 1:
            change += self._in_weeks(amounts, numbers)
        return Relaxation(limit.name, change, total, limit.unit, first.file, first.line)

    def _in_weeks(self, amounts: Floats, numbers: Codes) -> str:
        """The weeks of a limit with a number for each, and how much in each."""
        when = weeks_in_words([str(self.facts.weeks[number]) for number in numbers])
        if len(numbers) == 1:
            return f" {when}"
        least, most = float(amounts[numbers].min()), float(amounts[numbers].max())
        each = f"{least:g}" if least == most else f"{least:g} to {most:g}"
        return f" in all: {each} in each of {len(numbers)} weeks, {when}"
