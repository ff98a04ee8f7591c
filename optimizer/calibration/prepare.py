"""From a history to what is estimated: which weeks count, what a usual week is, and whose strength is shared."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.calibration.estimate import Subject
from optimizer.calibration.expectation import Weeks
from optimizer.calibration.history import Flags, History
from optimizer.calibration.seasons import LEAST_WEEKS, waves
from optimizer.calibration.sharing import design_of
from optimizer.scenario.match import Floats, codes_of

RECENT_WEEKS = 8
"""Weeks at the end whose level may differ from where it was going before: plans begin where they are."""
_WEEKS_A_YEAR = 365.25 / 7


def subject_of(history: History, share: Floats) -> Subject:
    """What is to be estimated from a history.

    Args:
        history: The history.
        share: (I, 1 + longest lag) lag profile of each campaign.
    """
    lines = sorted(set(history.campaigns["service_line"]))
    return Subject(
        weeks=weeks_of(history, share),
        design=design_of(history.campaigns),
        line=codes_of(history.campaigns["service_line"], pd.Index(lines)),
        wave=waves(list(history.weeks)) if finds_seasons(history) else np.zeros((len(history.weeks), 0)),
    )


def finds_seasons(history: History) -> bool:
    """Whether seasons are looked for: they are not given, and the history covers a year."""
    return bool(np.isnan(history.demand).all()) and len(history.weeks) >= LEAST_WEEKS


def weeks_of(history: History, share: Floats) -> Weeks:
    """The weeks of a history, each that counts with weight 1."""
    spend = history.spend / history.cost
    return Weeks(
        spend=spend,
        leads=history.leads,
        weight=_counts(history.known, share).astype(float),
        demand=np.where(np.isnan(history.demand), 1.0, history.demand),
        share=share,
        years=_years(history.known),
        before=history.before.astype(float),
        earlier=_earlier(history.known),
        usual=usual_spend(spend),
    )


def _counts(known: Flags, share: Floats) -> Flags:
    """(I, T) weeks that count: not those whose leads may stem from spend before the history begins.

    A campaign that begins later than the history is taken to have spent nothing before; a short history loses no more
    than a quarter of its weeks.
    """
    lags = np.minimum(np.where(share > 0, np.arange(share.shape[1]), 0).max(axis=1), known.shape[1] // 4)
    early = np.arange(known.shape[1]) < np.where(known[:, 0], lags, 0)[:, None]
    return np.asarray(known & ~early)


def _years(known: Flags) -> Floats:
    """(I, T) years to each campaign's last week, 0 after it."""
    last = known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    return np.asarray(np.minimum(np.arange(known.shape[1]) - last[:, None], 0) / _WEEKS_A_YEAR)


def _earlier(known: Flags) -> Floats:
    """(I, T) 1 before the last weeks of each campaign."""
    last = known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    return np.asarray((np.arange(known.shape[1]) <= last[:, None] - RECENT_WEEKS).astype(float))


def usual_spend(spend: Floats) -> Floats:
    """(I,) mean spend of the weeks with spend; that of the median campaign where one never spent."""
    many = (spend > 0).sum(axis=1)
    usual = np.divide(spend.sum(axis=1), many, out=np.zeros(len(spend)), where=many > 0)
    common = float(np.median(usual[many > 0])) if many.any() else 1.0
    return np.where(many > 0, usual, common)
