"""The forms that a response curve may have: one formula and one derivative each.

Every form starts at no leads for no spend and never falls. Hill curves with a slope above 1 bend upwards at first, and
curves of points wherever the points do; in all others the first dollar is the best.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Form:
    """One form of curve.

    Attributes:
        parameters: Columns of ``response_curves`` that the form needs, in the order in which its formulas take them.
        leads: ``leads(spend, *parameters)`` in leads per week; spend ``(n, m)``, each parameter ``(n, 1)``.
        marginal: The derivative of ``leads`` by spend, in leads per dollar, same arguments.
    """

    parameters: tuple[str, ...]
    leads: Callable[..., FloatArray]
    marginal: Callable[..., FloatArray]


def _hill(spend: FloatArray, max_leads: FloatArray, half_spend: FloatArray, slope: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        odds: FloatArray = np.minimum((spend / half_spend) ** slope, _MANY)
    return max_leads * odds / (1 + odds)


def _hill_marginal(spend: FloatArray, max_leads: FloatArray, half_spend: FloatArray, slope: FloatArray) -> FloatArray:
    ratio = spend / half_spend
    with np.errstate(divide="ignore", over="ignore"):  # a slope below 1 starts with an infinite derivative
        odds_rise = slope * ratio ** (slope - 1) / half_spend
        marginal: FloatArray = max_leads * odds_rise / (1 + ratio**slope) ** 2
    return marginal


def _michaelis_menten(spend: FloatArray, max_leads: FloatArray, half_spend: FloatArray) -> FloatArray:
    return max_leads * spend / (half_spend + spend)


def _michaelis_menten_marginal(spend: FloatArray, max_leads: FloatArray, half_spend: FloatArray) -> FloatArray:
    return max_leads * half_spend / (half_spend + spend) ** 2


def _log(spend: FloatArray, scale_leads: FloatArray, scale_spend: FloatArray) -> FloatArray:
    return scale_leads * np.log1p(spend / scale_spend)


def _log_marginal(spend: FloatArray, scale_leads: FloatArray, scale_spend: FloatArray) -> FloatArray:
    return scale_leads / (scale_spend + spend)


def _power(spend: FloatArray, scale_leads: FloatArray, scale_spend: FloatArray, exponent: FloatArray) -> FloatArray:
    return scale_leads * (spend / scale_spend) ** exponent


def _power_marginal(
    spend: FloatArray, scale_leads: FloatArray, scale_spend: FloatArray, exponent: FloatArray
) -> FloatArray:
    with np.errstate(divide="ignore"):  # an exponent below 1 starts with an infinite derivative
        rise: FloatArray = (spend / scale_spend) ** (exponent - 1)
    return scale_leads * exponent / scale_spend * rise


def _exponential(spend: FloatArray, max_leads: FloatArray, scale_spend: FloatArray) -> FloatArray:
    return -max_leads * np.expm1(-spend / scale_spend)


def _exponential_marginal(spend: FloatArray, max_leads: FloatArray, scale_spend: FloatArray) -> FloatArray:
    return max_leads / scale_spend * np.exp(-spend / scale_spend)


def _logistic(spend: FloatArray, max_leads: FloatArray, scale_spend: FloatArray) -> FloatArray:
    # (1 - exp(-x)) / (1 + exp(-x)) is tanh(x / 2), which loses no digits near zero.
    return max_leads * np.tanh(spend / scale_spend / 2)


def _logistic_marginal(spend: FloatArray, max_leads: FloatArray, scale_spend: FloatArray) -> FloatArray:
    fading: FloatArray = np.exp(-spend / scale_spend)
    return max_leads / scale_spend * 2 * fading / (1 + fading) ** 2


def _points(spend: FloatArray, point_spend: FloatArray, point_leads: FloatArray) -> FloatArray:
    return piecewise_leads(spend, point_spend, segment_slopes(point_spend, point_leads))


def _points_marginal(spend: FloatArray, point_spend: FloatArray, point_leads: FloatArray) -> FloatArray:
    slope = segment_slopes(point_spend, point_leads)
    marginal = np.zeros_like(spend)
    for segment in range(slope.shape[1]):
        inside = (point_spend[:, segment, None] <= spend) & (spend < point_spend[:, segment + 1, None])
        marginal += np.where(inside, slope[:, segment, None], 0.0)
    return marginal


def piecewise_leads(spend: FloatArray, edges: FloatArray, slope: FloatArray) -> FloatArray:
    """Leads along straight segments from zero, flat after the last edge.

    Args:
        spend: Money per week, ``(n, m)``.
        edges: Spend at which segments meet, ``(n, k + 1)``, not decreasing along a row, first column 0.
        slope: Leads per dollar of each segment, ``(n, k)``.

    Returns:
        Leads per week, ``(n, m)``.
    """
    leads = np.zeros_like(spend)
    for segment in range(slope.shape[1]):  # segments are few; rows and spends are many
        start, end = edges[:, segment, None], edges[:, segment + 1, None]
        leads += slope[:, segment, None] * (np.clip(spend, start, end) - start)
    return leads


def segment_slopes(edges: FloatArray, leads: FloatArray) -> FloatArray:
    """Leads per dollar between neighbouring edges, 0 where two edges coincide.

    Args:
        edges: Spend, ``(n, k + 1)``, not decreasing along a row.
        leads: Leads per week at the edges, ``(n, k + 1)``.

    Returns:
        Slopes, ``(n, k)``.
    """
    width = np.diff(edges, axis=1)
    return np.divide(np.diff(leads, axis=1), width, out=np.zeros_like(width), where=width > 0)


_MANY = 1e300
"""Odds above which a Hill curve is at its end to the last digit."""

FORMS: Mapping[str, Form] = {
    "hill": Form(("max_leads", "half_spend", "slope"), _hill, _hill_marginal),
    "michaelis_menten": Form(("max_leads", "half_spend"), _michaelis_menten, _michaelis_menten_marginal),
    "log": Form(("scale_leads", "scale_spend"), _log, _log_marginal),
    "power": Form(("scale_leads", "scale_spend", "exponent"), _power, _power_marginal),
    "exponential": Form(("max_leads", "scale_spend"), _exponential, _exponential_marginal),
    "logistic": Form(("max_leads", "scale_spend"), _logistic, _logistic_marginal),
    "points": Form(("points",), _points, _points_marginal),
}
"""Every form by its name in the ``form`` column. The formulas:

==================  ==============================================================================
hill                ``max_leads * s**slope / (half_spend**slope + s**slope)``
michaelis_menten    ``max_leads * s / (half_spend + s)``
log                 ``scale_leads * ln(1 + s / scale_spend)``
power               ``scale_leads * (s / scale_spend)**exponent``
exponential         ``max_leads * (1 - exp(-s / scale_spend))``
logistic            ``max_leads * (1 - exp(-s / scale_spend)) / (1 + exp(-s / scale_spend))``,
                    the logistic saturation of PyMC-Marketing
points              straight lines through the pairs of ``points``, flat after the last
==================  ==============================================================================
"""


def parameter_names(form: str) -> tuple[str, ...]:
    """The columns of ``response_curves`` that a form needs; ``KeyError`` for a form that does not exist."""
    return FORMS[form].parameters
