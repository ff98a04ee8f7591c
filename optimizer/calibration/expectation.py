r"""Leads that a campaign should bring week by week, and how they move with its seven parameters.

.. math:: \mu_t = e^{\,growth \cdot years_t + shift \cdot before_t - recent \cdot earlier_t}
          \Bigl( \sum_{l} share_l \, d_{t-l} \, f(s_{t-l}) + d_t \, b \Bigr)

===========  ======================================================================================
f            response curve of the campaign, by the very formulas the plan uses (response/forms.py)
s_t          money spent in week t, in prices of a normal week
share_l      share of a week's leads that arrives l weeks later       (channels.csv: lead_share_week_l)
d_t          leads relative to a normal week, given or estimated
b            leads of a normal week without any spend
years_t      years from the campaign's last week back to week t, 0 or less
before_t     1 before leads came to be counted in another way, else 0
earlier_t    1 before the last eight weeks, else 0
===========  ======================================================================================

So the curve is that of a normal week at the end of the history, as leads are counted now. It is described by numbers
that weekly data can tell and that campaigns of one kind have in common:

=========  ========================================================================================
level      log of leads per money at the campaign's usual spend
bend       log of the curve's scale (half_spend or scale_spend) relative to the usual spend
steepness  log-odds of a Hill slope, which is thereby below 1; without effect on other forms
baseline   log of b relative to the curve's leads at the usual spend
growth     change of log leads in a year
shift      log of leads as they were counted before relative to now
recent     log of the level of the last eight weeks relative to where it was going before
=========  ========================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.response.forms import FORMS
from optimizer.scenario.match import Codes, Floats

PARAMETERS = ("level", "bend", "steepness", "baseline", "growth", "shift", "recent")
LEVEL, BEND, STEEPNESS, BASELINE, GROWTH, SHIFT, RECENT = range(7)
SHAPES = ("hill", "michaelis_menten", "log", "exponential")
"""Forms that are tried: concave, zero without spend, and with a scale of spend. ``power`` has no scale to tell,
``logistic`` differs from ``exponential`` in nothing that weekly leads show."""

_FARTHEST = 12.0
"""Bound on a parameter as it enters an exponential; a trial step may go anywhere."""


@dataclass(frozen=True)
class Weeks:
    """What is known of I campaigns in T weeks; the data of one fit.

    Attributes:
        spend: (I, T) money in prices of a normal week.
        leads: (I, T) leads that arrived.
        weight: (I, T) how much a week counts, 0 to 1; 0 outside a campaign's run.
        demand: (I, T) leads relative to a normal week.
        share: (I, 1 + longest lag) share of leads that arrives 0, 1, ... weeks later.
        years: (I, T) years to the campaign's last week, 0 or less.
        before: (I, T) 1 before leads came to be counted in another way.
        earlier: (I, T) 1 before the last eight weeks of the campaign.
        usual: (I,) usual weekly spend, above 0.
    """

    spend: Floats
    leads: Floats
    weight: Floats
    demand: Floats
    share: Floats
    years: Floats
    before: Floats
    earlier: Floats
    usual: Floats

    def take(self, rows: slice | Codes) -> Weeks:
        """The same for some of the campaigns."""
        return Weeks(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def with_demand(self, demand: Floats) -> Weeks:
        """The same with other seasons."""
        return replace(self, demand=demand)


def lagged(captured: Floats, share: Floats) -> Floats:
    """Leads by the week in which they arrive, (I, T), from those counted at the week of their spend."""
    arriving = np.zeros_like(captured)
    weeks = captured.shape[1]
    for lag in range(min(share.shape[1], weeks)):
        arriving[:, lag:] += share[:, lag, None] * captured[:, : weeks - lag]
    return arriving


def slope_of(theta: Floats) -> Floats:
    """(I,) Hill slope of each campaign, above 0 and below 1."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(theta[:, STEEPNESS], -_FARTHEST, _FARTHEST))))


def arguments(form: str, theta: Floats, usual: Floats) -> tuple[Floats, ...]:
    """Parameters of a form in its own order, each (I, 1).

    Args:
        form: One of ``SHAPES``.
        theta: (I, 7) parameters.
        usual: (I,) usual weekly spend.
    """
    scale = (usual * np.exp(np.clip(theta[:, BEND], -_FARTHEST, _FARTHEST)))[:, None]
    shape = (scale, slope_of(theta)[:, None]) if form == "hill" else (scale,)
    one = np.ones_like(scale)
    level = np.exp(np.clip(theta[:, LEVEL], -30.0, 30.0)) * usual
    most = level[:, None] / FORMS[form].leads(usual[:, None], one, *shape)
    return (most, *shape)


def curve_and_slopes(form: str, theta: Floats, usual: Floats, spend: Floats) -> tuple[Floats, tuple[Floats, ...]]:
    r"""Leads of the curve, (I, T), and their derivatives by level, bend and steepness.

    With f(s) = level f_1(s / c) / f_1(u / c), all follow from the form's own derivative f':

    .. math:: \frac{\partial f}{\partial \log c} = f \, E(u) - s f'(s), \quad
              \frac{\partial f}{\partial \log n} = s f'(s) \log\frac{s}{c} - f \, E(u) \log\frac{u}{c}

    ====  ============================================================
    E(u)  elasticity at the usual spend u: u f'(u) / f(u)
    n     Hill slope; its derivative by the log-odds is n (1 - n)
    ====  ============================================================
    """
    given = arguments(form, theta, usual)
    formula, at = FORMS[form], usual[:, None]
    leads = formula.leads(spend, *given)
    rise = np.where(spend > 0, spend * formula.marginal(np.maximum(spend, 1e-9), *given), 0.0)
    rise_at = at * formula.marginal(at, *given) / formula.leads(at, *given)
    by_bend = leads * rise_at - rise
    if form != "hill":
        return leads, (leads, by_bend, np.zeros_like(leads))
    slope = given[2]
    apart = rise * np.log(np.maximum(spend, 1e-9) / given[1]) - leads * rise_at * np.log(at / given[1])
    return leads, (leads, by_bend, (1.0 - slope) * apart)


@dataclass(frozen=True)
class Expected:
    """Expected leads of I campaigns in T weeks.

    Attributes:
        leads: (I, T) leads that should arrive, above 0.
        slopes: (I, T, 7) their derivatives by the parameters.
        captured: (I, T) leads of the curve by the week of their spend, in a normal week at the present level.
        idle: (I,) leads of a normal week without spend.
        scale: (I, T) what growth, shift and recent make of the level.
    """

    leads: Floats
    slopes: Floats
    captured: Floats
    idle: Floats
    scale: Floats


def expect(form: str, theta: Floats, weeks: Weeks) -> Expected:
    """Expected leads and their derivatives.

    Args:
        form: One of ``SHAPES``.
        theta: (I, 7) parameters.
        weeks: What is known of the campaigns.
    """
    curve, shape = curve_and_slopes(form, theta, weeks.usual, weeks.spend)
    with np.errstate(over="ignore"):
        idle = np.exp(np.clip(theta[:, LEVEL] + theta[:, BASELINE], -60.0, 30.0)) * weeks.usual
        past = theta[:, GROWTH, None] * weeks.years + theta[:, SHIFT, None] * weeks.before
        scale = np.exp(np.clip(past - theta[:, RECENT, None] * weeks.earlier, -_FARTHEST, _FARTHEST))
    base = scale * weeks.demand * idle[:, None]
    slopes = np.empty((*weeks.spend.shape, len(PARAMETERS)))
    for number, slope in enumerate(shape):
        slopes[:, :, number] = scale * lagged(weeks.demand * slope, weeks.share)
    leads = slopes[:, :, LEVEL] + base
    slopes[:, :, LEVEL] = leads
    slopes[:, :, BASELINE] = base
    slopes[:, :, GROWTH] = leads * weeks.years
    slopes[:, :, SHIFT] = leads * weeks.before
    slopes[:, :, RECENT] = -leads * weeks.earlier
    return Expected(np.maximum(leads, 1e-9), slopes, curve, idle, scale)
