"""One budget over concave curves where no capacity limits anything: the problem that marketing-mix tools solve.

.. math:: \\max_s \\sum_i w_i\\, m_i \\frac{s_i^{a_i}}{h_i^{a_i} + s_i^{a_i}} \\quad \\text{with} \\quad
          \\sum_i s_i = B, \\quad 0 \\le s_i \\le c_i, \\quad 0 < a_i \\le 1

The optimisers are set up as those tools set them up: the budget is an equality, spend is counted in shares of the
budget, gradients are exact, and the start spreads the budget in proportion to the ceilings.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, minimize

from optimizer.scenario.read import Scenario, scenario_from_frames

Floats = npt.NDArray[np.float64]

MARGINS, BOOKINGS = (700.0, 1000.0, 1300.0, 1900.0), (0.50, 0.45, 0.40, 0.35, 0.30)
"""Money per patient of each line, and bookings per lead of each channel; together they are what a lead is worth."""
LINES, CHANNELS = len(MARGINS), len(BOOKINGS)
GRID = 1e-4
"""Part of the budget by which the grid of the hill-climb may round it; Meridian's default."""


@dataclass(frozen=True)
class Instance:
    """Concave curves and one budget; all arrays have one entry per campaign.

    Attributes:
        most: Leads that a curve tends to.
        half: Spend that brings half of them.
        slope: Hill slope, at most 1.
        worth: Money per lead.
        ceiling: Most spend.
        budget: Money to be spread.
    """

    most: Floats
    half: Floats
    slope: Floats
    worth: Floats
    ceiling: Floats
    budget: float

    def value(self, spend: Floats) -> float:
        """Worth of the leads that a spend plan brings, on the curves themselves."""
        return float((self.worth * self.leads(spend)).sum())

    def leads(self, spend: Floats) -> Floats:
        """Leads of each campaign; ``spend`` may have further axes in front."""
        odds = (spend / self.half) ** self.slope
        return np.asarray(self.most * odds / (1 + odds))

    def slope_at(self, spend: Floats) -> Floats:
        """Worth of the next unit of money in each campaign, spend above zero."""
        odds = (spend / self.half) ** self.slope
        return np.asarray(self.worth * self.most * self.slope * odds / spend / (1 + odds) ** 2)


def instance(campaigns: int, seed: int) -> Instance:
    """Draw an instance; worth depends on the line and channel alone, so that a scenario can say it too."""
    random = np.random.default_rng([seed, campaigns])
    spend = random.lognormal(6.2, 0.6, campaigns)
    half, slope = spend * random.uniform(0.7, 1.6, campaigns), random.uniform(0.6, 1.0, campaigns)
    cost_per_lead = random.lognormal(4.1, 0.3, campaigns)
    worth = np.resize(np.outer(MARGINS, BOOKINGS).ravel(), campaigns)
    most = np.round(spend / cost_per_lead * (1 + (half / spend) ** slope), 4)
    ceiling = np.round(spend * random.uniform(1.5, 3.0, campaigns), 2)
    return Instance(most, np.round(half, 2), np.round(slope, 3), worth, ceiling, float(round(0.45 * ceiling.sum())))


def scenario(free: Instance) -> Scenario:
    """The instance as a scenario of one week with slots for everybody."""
    campaigns = _campaigns(free)
    units = campaigns[["location", "service_line"]].drop_duplicates()
    lines, channels = _names("Line", LINES), _names("Channel", CHANNELS)
    pairs = pd.MultiIndex.from_product([lines, channels], names=["service_line", "channel"]).to_frame(index=False)
    curves = {"max_leads": free.most, "half_spend": free.half, "slope": free.slope}
    tables = {
        "campaigns": campaigns,
        "response_curves": pd.DataFrame(
            {"campaign": campaigns["campaign"], "form": "hill", **curves, "observed_max_weekly_spend": free.ceiling}
        ),
        "funnel": pairs.assign(booking_rate=np.tile(BOOKINGS, LINES)),
        "appointment_capacity": units.assign(week="2026-09-28", new_patient_slots=1e6),
        "patient_value": pd.DataFrame({"service_line": lines, "first_visit_margin": MARGINS, "ltv_margin": MARGINS}),
    }
    definition = {
        "schema_version": 1,
        "name": f"free-{len(campaigns)}",
        "as_of": "2026-09-21",
        "calendar": {"first_week": "2026-09-28", "weeks": 1},
        "budget": {"total": free.budget},
        "policies": {"extrapolation": 1.0},
    }
    return scenario_from_frames(definition, tables)


def _campaigns(free: Instance) -> pd.DataFrame:
    """Campaigns in the order of the instance; today's spend is in proportion to the ceilings."""
    number = np.arange(len(free.most))
    kind = number % (LINES * CHANNELS)
    return pd.DataFrame(
        {
            "campaign": [f"campaign-{at:05d}" for at in number],
            "location": [f"Clinic {at:04d}" for at in number // (LINES * CHANNELS)],
            "service_line": np.array(_names("Line", LINES), dtype=object)[kind // CHANNELS],
            "channel": np.array(_names("Channel", CHANNELS), dtype=object)[kind % CHANNELS],
            "current_weekly_spend": np.floor(100 * free.budget * free.ceiling / free.ceiling.sum()) / 100,
        }
    )


def _names(what: str, count: int) -> list[str]:
    return [f"{what} {number}" for number in range(count)]


def hill_climb(free: Instance) -> Floats:
    """Greedy steps on a spend grid, as Meridian takes them: always the one that brings most for its money.

    On concave curves that is always some campaign's next step, so only these are compared, which favours it: Meridian
    compares all grid points in every turn.
    """
    step = 10.0 ** np.floor(np.log10(2 * GRID * free.budget))
    spend = np.zeros(len(free.most))
    while step >= 0.01 and (free.ceiling < step).any():
        step /= 10
    gain = free.worth * free.leads(spend + step)
    for _ in range(int(free.budget / step)):
        best = int(gain.argmax())
        if gain[best] <= 0:
            break
        spend[best] += step
        fits = spend[best] + step <= free.ceiling[best]
        gain[best] = _next_gain(free, best, spend[best], step) if fits else -np.inf
    return spend


def _next_gain(free: Instance, at: int, spend: float, step: float) -> float:
    odds = (np.array([spend, spend + step]) / free.half[at]) ** free.slope[at]
    before, after = odds / (1 + odds)
    return float(free.worth[at] * free.most[at] * (after - before))


class OutOfTime(Exception):
    """An optimiser did not end within its seconds."""


def by_scipy(free: Instance, method: str, iterations: int, seconds: float) -> Floats:
    """Spend as an optimiser of scipy leaves it, brought back between its bounds and to the budget.

    Raises:
        OutOfTime: if it did not end within the seconds.
    """
    until = time.perf_counter() + seconds
    scale = free.value(free.ceiling)
    floor = 1e-9 * free.ceiling / free.budget  # a slope below 1 begins with an infinite gradient

    def lost(share: Floats) -> float:
        if time.perf_counter() > until:
            raise OutOfTime
        return -free.value(np.maximum(share, floor) * free.budget) / scale

    def slope(share: Floats) -> Floats:
        return -free.slope_at(np.maximum(share, floor) * free.budget) * free.budget / scale

    found = minimize(
        lost,
        free.ceiling / free.ceiling.sum(),
        jac=slope,
        method=method,
        bounds=Bounds(floor, free.ceiling / free.budget),
        constraints=LinearConstraint(np.ones(len(free.most)), 1.0, 1.0),
        options={"maxiter": iterations},
    )
    return _allowed(free, found.x * free.budget)


def _allowed(free: Instance, spend: Floats) -> Floats:
    """Between the bounds, and no more than the budget: what is above it is taken from all alike."""
    kept = np.clip(spend, 0.0, free.ceiling)
    return np.asarray(kept * min(1.0, free.budget / kept.sum()))
