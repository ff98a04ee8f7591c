"""How leads follow spend: the lag profile of each channel, as channels.csv gives it or as the history shows it.

Where it is not given, the share of leads that comes a week later is the same from week to week (geometric carry-over),
and each channel takes the carry-over under which its counts are likeliest.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from optimizer.calibration.estimate import Subject, estimate
from optimizer.calibration.files import read_table
from optimizer.calibration.history import History
from optimizer.errors import InputFileError
from optimizer.scenario.checks import share_sums
from optimizer.scenario.match import Codes, Floats, codes_of, unknown_labels
from optimizer.scenario.tables import LEAD_WEEKS, TABLES, Table

if TYPE_CHECKING:
    from joblib import Parallel

CARRIED = np.round(np.arange(0.0, 0.71, 0.1), 1)
"""Shares of a week's leads that may come a week later, and again a week after that."""
_ENOUGH = 24
"""Campaigns of a channel that are looked at."""
_ROUNDS = 4
_NAMES = [f"lead_share_week_{lag}" for lag in range(LEAD_WEEKS)]


def given_shares(path: Path, history: History) -> Floats:
    """(I, 1 + longest lag) lag profile of each campaign by channels.csv.

    Raises:
        InputFileError: with every problem of the file, and channels of the history that it does not have.
    """
    table = read_table(path, TABLES["channels"])
    shares = table.frame[_NAMES].to_numpy(float, copy=True)
    shares[(shares == 0).all(axis=1), 0] = 1.0
    known = pd.Index(table.frame["channel"])
    named = Table(table.spec, history.name, history.campaigns, np.zeros(len(history.campaigns), dtype=np.int64))
    problems = share_sums(table, shares) + unknown_labels(named, "channel", known, f"a channel of {table.file}")
    if problems:
        raise InputFileError(table.file, problems)
    row = codes_of(history.campaigns["channel"], known)
    profile = np.where((row >= 0)[:, None], shares[row], np.eye(LEAD_WEEKS)[0])
    return profile[:, : int(np.flatnonzero((profile > 0).any(axis=0)).max()) + 1]


def carry_over(share: float) -> Floats:
    """(9,) lag profile in which each week brings this share of what the week before brought; sums to 1."""
    shares = share ** np.arange(LEAD_WEEKS, dtype=float)
    shares[shares < 0.02] = 0.0
    shares = np.round(shares / shares.sum(), 4)
    shares[0] += 1.0 - shares.sum()
    return np.asarray(np.round(shares, 4))


def estimated_shares(subject: Subject, channel: pd.Series, pool: Parallel) -> Floats:
    """(I, 9) lag profile of each campaign as the history shows it, the same for a channel.

    Args:
        subject: The campaigns; their own lag profile is not looked at.
        channel: (I,) channel of each.
        pool: Workers.
    """
    names = sorted(set(channel))
    code = codes_of(channel, pd.Index(names))
    rows = np.sort(np.concatenate([_busiest(subject, np.flatnonzero(code == one)) for one in range(len(names))]))
    some = subject.take(rows)
    likely = np.zeros((len(names), len(CARRIED)))
    for number, share in enumerate(CARRIED):
        profile = np.repeat(carry_over(share)[None], len(rows), axis=0)
        tried = replace(some, weeks=replace(some.weeks, share=profile))
        found = estimate("michaelis_menten", tried, pool, lambda: None, rounds=_ROUNDS)
        np.add.at(likely[:, number], code[rows], found.fitted.evidence)
    return np.stack([carry_over(share) for share in CARRIED[likely.argmax(axis=1)]])[code]


def _busiest(subject: Subject, rows: Codes) -> Codes:
    leads = (subject.weeks.leads * subject.weeks.weight)[rows].sum(axis=1)
    return rows[np.argsort(-leads, kind="stable")[:_ENOUGH]]
