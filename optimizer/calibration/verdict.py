"""What a campaign's weeks can carry: a curve of its own, one that leans on others, or none."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.calibration.estimate import Estimate
from optimizer.calibration.history import Flags, History, Names
from optimizer.calibration.uncertainty import log_marginal, spread
from optimizer.scenario.match import Floats

OWN, SHARED, POOLED, NO_LEADS, FAILED = "own", "shared", "pooled", "no_leads", "failed"
FEW_WEEKS = 10
"""Weeks with data below which a campaign carries no curve."""
LITTLE_VARIATION = 0.05
"""Standard deviation of weekly spend, relative to its mean, below which a campaign carries no curve."""
SHARP = 0.35
"""Relative error of the next dollar's leads, by the campaign's own weeks alone, up to which the curve is its own."""


def verdicts(history: History, estimate: Estimate) -> pd.DataFrame:
    """Verdict of each campaign.

    Returns:
        A row per campaign: ``data_quality`` (own, shared, pooled, no_leads, failed), ``own_share`` (how much of what is
        known of its next dollar stems from its own weeks, 0 to 1), ``weeks`` that count, and ``verdict`` in words.
    """
    weeks = estimate.weeks
    counted = weeks.weight > 0
    own_share, own_error = _own(estimate)
    spent = (history.spend > 0) & history.known
    facts = pd.DataFrame(
        {
            "weeks": counted.sum(axis=1),
            "paid_weeks": (spent & counted).sum(axis=1),
            "spend": (history.spend * history.known).sum(axis=1),
            "leads": (history.leads * history.known).sum(axis=1),
            "clicks": history.clicks,
            "own_share": own_share,
            "own_error": own_error,
        }
    )
    code = _codes(facts, _variation(weeks.spend, counted), estimate.fitted.is_done)
    words = [_words(str(name), row) for name, row in zip(code, facts.itertuples(index=False), strict=True)]
    return facts[["weeks", "paid_weeks", "own_share"]].assign(data_quality=code, verdict=words)


def _own(estimate: Estimate) -> tuple[Floats, Floats]:
    """(I,) share of what is known of the next dollar that stems from own weeks, and its error by these alone."""
    log_of = log_marginal(estimate.form, estimate.weeks.usual, estimate.weeks.usual)
    theta, prior = estimate.fitted.theta, estimate.prior
    known = spread(log_of, theta, estimate.fitted.covariance) ** 2
    unknown = np.eye(theta.shape[1]) / prior.precision[:, None, :] + estimate.population.doubt_of_mean
    blind = spread(log_of, theta, unknown) ** 2
    share = np.clip(1.0 - known / blind, 0.0, 1.0)
    with np.errstate(divide="ignore"):
        error = np.sqrt(known / share)  # precisions add up: the part of the own weeks is the share of the whole
    return share, error


def _variation(spend: Floats, counted: Flags) -> Floats:
    """(I,) standard deviation of the spend of the weeks that count, relative to its mean."""
    many = np.maximum(counted.sum(axis=1), 1)
    mean = (spend * counted).sum(axis=1) / many
    apart = np.sqrt((counted * (spend - mean[:, None]) ** 2).sum(axis=1) / many)
    return np.asarray(np.divide(apart, mean, out=np.zeros_like(mean), where=mean > 0))


def _codes(facts: pd.DataFrame, variation: Floats, is_done: Flags) -> Names:
    cannot = (facts["paid_weeks"] == 0) | (facts["weeks"] < FEW_WEEKS) | (variation < LITTLE_VARIATION)
    return np.select(
        [~is_done, (facts["leads"] == 0) & (facts["paid_weeks"] > 0), cannot, facts["own_error"] <= SHARP],
        [FAILED, NO_LEADS, POOLED, OWN],
        SHARED,
    )


def _words(code: str, facts: tuple[object, ...]) -> str:
    """A verdict in a sentence; ``facts`` is a row of the frame made in :func:`verdicts`."""
    names = ("weeks", "paid_weeks", "spend", "clicks", "own_error")
    weeks, paid, spend, clicks, error = (getattr(facts, name) for name in names)
    match code:
        case "failed":
            return (
                "The fit did not come to an end, so it has no curve of its own; a plan takes the default of its line"
                " and channel, if there is one. Look at its weeks, or give it a curve by hand."
            )
        case "no_leads":
            tracked = f" and {clicks:,.0f} clicks" if clicks > 0 else ""
            return (
                f"Not one lead in {weeks} weeks, with {spend:,.0f} spent{tracked}: either it brings none or its leads"
                " are not counted. Its curve is close to nothing."
            )
        case "pooled":
            return _why_pooled(int(weeks), int(paid))
        case "own":
            return f"Its own {weeks} weeks carry the curve: alone they tell its next dollar to within {error:.0%}."
        case _:
            return (
                f"Its {weeks} weeks alone tell its next dollar only to within {min(error, 9.99):.0%}; the rest is what"
                " campaigns of its kind have in common."
            )


def _why_pooled(weeks: int, paid: int) -> str:
    if not paid:
        return "It never spent in these weeks; the curve is that of its kind."
    if weeks < FEW_WEEKS:
        many = f"{weeks} week{'s' if weeks != 1 else ''}"
        return f"Only {many}: too few for a curve. The shape is that of its kind, the level mostly too."
    return "Its spend hardly varied, so its weeks show one point and no curve. The shape is that of its kind."
