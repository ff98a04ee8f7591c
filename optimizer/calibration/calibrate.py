"""From a history to response curves that can be planned with, and a test of them on weeks that they had not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from optimizer.calibration.curves import calibration_table, curve_rows, default_rows
from optimizer.calibration.estimate import ROUNDS, Estimate, Subject, estimate
from optimizer.calibration.expectation import SHAPES
from optimizer.calibration.fit import STEPS
from optimizer.calibration.history import History
from optimizer.calibration.holdout import Scores, score
from optimizer.calibration.lags import estimated_shares, given_shares
from optimizer.calibration.outliers import outlier_table
from optimizer.calibration.prepare import subject_of
from optimizer.calibration.verdict import verdicts
from optimizer.errors import UsageError
from optimizer.scenario.match import Codes, Floats
from optimizer.scenario.tables import LEAD_WEEKS

if TYPE_CHECKING:
    from joblib import Parallel

HOLDOUT = 8
"""Weeks at the end of the history that a first fit does not see."""
_LEAST_TRAINING = 12
CLEARLY = 3.0
"""Log of the ratio of probabilities from which one form is clearly likelier than another: about 20 to 1."""
_FORM_ROUNDS = 8
_FORM_CAMPAIGNS = 150

Progress = Callable[[float, str], None]
"""Called with the part of the work that is done, 0 to 1, and what is going on."""


def silent(_done: float, _doing: str) -> None:
    """No progress."""


@dataclass(frozen=True)
class Calibration:
    """Curves of campaigns and how far they can be trusted.

    Attributes:
        history: What they were learned from.
        estimate: Parameters, their covariance and everything learned beside them.
        share: (I, 1 + longest lag) lag profile of each campaign.
        share_given: Whether the lag profile was given; it was estimated otherwise.
        forms: Form -> log of the probability of the counts under it, on the campaigns it was chosen by.
        curves: Rows of ``response_curves``: one per campaign whose fit came to an end, then defaults of lines and
            channels.
        table: A row per campaign: verdict, parameters, errors, intervals, test.
        outliers: A row per campaign and week that counts less: leads, expected leads, weight.
        holdout: The test on the last weeks, by a fit that had not seen them; ``None`` for a short history.
    """

    history: History
    estimate: Estimate
    share: Floats
    share_given: bool
    forms: Mapping[str, float]
    curves: pd.DataFrame
    table: pd.DataFrame
    outliers: pd.DataFrame
    holdout: Scores | None

    def quality(self, code: str) -> int:
        """Number of campaigns with this verdict."""
        return int((self.table["data_quality"] == code).sum())


@dataclass(frozen=True)
class Backtest:
    """Week after week forecast by what was known before it.

    Attributes:
        history: The history.
        form: Form of the curves, chosen by what was known before the first week.
        weeks: (B,) weeks that were forecast.
        scores: Forecasts and what came.
    """

    history: History
    form: str
    weeks: list[str]
    scores: Scores


class _Work:
    """How much of the work is done, told as it goes on."""

    def __init__(self, rounds: int, tell: Progress) -> None:
        self._rounds, self._done, self._tell, self._doing = rounds, 0, tell, ""

    def begin(self, doing: str) -> None:
        self._doing = doing
        self._tell(self._done / self._rounds, doing)

    def tick(self) -> None:
        self._done += 1
        self._tell(min(self._done / self._rounds, 1.0), self._doing)


def calibrate(
    history: History,
    *,
    channels: Path | None = None,
    workers: int = 1,
    holdout: int = HOLDOUT,
    steps: int = STEPS,
    progress: Progress = silent,
) -> Calibration:
    """Learn a response curve for every campaign.

    Args:
        history: Weekly spend and leads.
        channels: ``channels.csv`` with the lag profile of each channel; estimated where it is not given.
        workers: Processes that fit campaigns; the answer is the same for any number.
        holdout: Weeks at the end on which a first fit is tested; 0 for no test.
        steps: Most steps of a campaign's fit.
        progress: Told what is done.

    Raises:
        InputFileError: ``channels`` is unsound or lacks a channel of the history.
    """
    from joblib import Parallel

    shares = None if channels is None else given_shares(channels, history)
    tested = holdout if 0 < holdout <= len(history.weeks) - _LEAST_TRAINING else 0
    work = _Work(len(SHAPES) * _FORM_ROUNDS + (2 if tested else 1) * ROUNDS, progress)
    with Parallel(n_jobs=workers) as pool:
        known = history.until(len(history.weeks) - tested)
        share, forms = _carry_and_form(known, shares, pool, work)
        form = chosen(forms)
        scores = None
        if tested:
            work.begin(f"Testing on the last {tested} weeks")
            before = estimate(form, subject_of(known, share), pool, work.tick, steps=steps)
            scores = score(history, before, share, len(known.weeks), tested)
        work.begin("Fitting all weeks")
        found = estimate(form, subject_of(history, share), pool, work.tick, steps=steps)
    return _calibration(history, found, share, shares is not None, forms, scores)


def backtest(
    history: History,
    *,
    weeks: int = HOLDOUT,
    channels: Path | None = None,
    workers: int = 1,
    progress: Progress = silent,
) -> Backtest:
    """Forecast each of the last weeks from what was known before it, curves fitted anew each week.

    Args:
        history: Weekly spend and leads.
        weeks: Weeks to forecast.
        channels: As for :func:`calibrate`.
        workers: As for :func:`calibrate`.
        progress: Told what is done.

    Raises:
        UsageError: the history is too short. InputFileError: as :func:`calibrate`.
    """
    from joblib import Parallel

    count = len(history.weeks)
    if not 0 < weeks <= count - _LEAST_TRAINING:
        raise UsageError(f"the history has {count} weeks; a backtest needs {_LEAST_TRAINING} before the weeks it tests")
    shares = None if channels is None else given_shares(channels, history)
    work = _Work(len(SHAPES) * _FORM_ROUNDS + weeks * ROUNDS, progress)
    with Parallel(n_jobs=workers) as pool:
        share, forms = _carry_and_form(history.until(count - weeks), shares, pool, work)
        form = chosen(forms)
        parts = []
        for first in range(count - weeks, count):
            work.begin(f"Forecasting {history.weeks[first]}")
            known = estimate(form, subject_of(history.until(first), share), pool, work.tick)
            parts.append(score(history, known, share, first, 1))
    scores = Scores(pd.concat([part.frame for part in parts], ignore_index=True), max(part.unscored for part in parts))
    return Backtest(history, form, [str(week) for week in history.weeks[count - weeks :]], scores)


def _carry_and_form(
    known: History, shares: Floats | None, pool: Parallel, work: _Work
) -> tuple[Floats, dict[str, float]]:
    """Lag profile of each campaign, and how likely the counts are under each form."""
    if shares is None:
        work.begin("Finding how long leads follow spend")
        blank = np.full((len(known.campaigns), LEAD_WEEKS), 1 / LEAD_WEEKS)
        shares = estimated_shares(subject_of(known, blank), known.campaigns["channel"], pool)
    subject = subject_of(known, shares)
    some = subject.take(_sample(subject))
    forms = {}
    for form in SHAPES:
        work.begin(f"Trying curves of the form {form}")
        forms[form] = estimate(form, some, pool, work.tick, rounds=_FORM_ROUNDS).evidence
    return shares, forms


def chosen(forms: Mapping[str, float]) -> str:
    """The form of all curves: ``hill``, whose intervals allow for other bends, unless another is clearly likelier."""
    best = max(forms, key=forms.__getitem__)
    return best if forms[best] > forms["hill"] + CLEARLY else "hill"


def _sample(subject: Subject) -> Codes:
    """Campaigns by which the form is chosen: evenly spread over all that have leads."""
    rows = np.flatnonzero((subject.weeks.leads * subject.weeks.weight).sum(axis=1) > 0)
    if len(rows) <= _FORM_CAMPAIGNS:
        return rows if len(rows) else np.arange(len(subject.line))
    return rows[np.linspace(0, len(rows) - 1, _FORM_CAMPAIGNS).astype(np.int64)]


def _calibration(
    history: History,
    found: Estimate,
    share: Floats,
    share_given: bool,
    forms: Mapping[str, float],
    scores: Scores | None,
) -> Calibration:
    judged = verdicts(history, found)
    table = calibration_table(history, found, judged, scores)
    outliers = outlier_table(history, found)
    own = curve_rows(history, found, table)
    curves = pd.concat([own, default_rows(history, found, table)], ignore_index=True)
    return Calibration(history, found, share, share_given, forms, curves, table, outliers, scores)
