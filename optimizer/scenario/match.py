"""Matching labels between tables: every label finds its row or becomes a problem."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Problem
from optimizer.scenario.tables import Table

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def did_you_mean(label: str, known: Sequence[str]) -> str:
    """``did you mean 'Northside'?`` or the first known labels where none is near."""
    if not known:
        return "none is known; add the table that names them"
    near = get_close_matches(label, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    listed = ", ".join(f"'{name}'" for name in known[:6])
    return f"use one of {listed}{' ...' if len(known) > 6 else ''}"


def codes_of(labels: Sequence[str] | Sequence[tuple[str, str]] | pd.Series, known: pd.Index) -> Codes:
    """Position of each label in ``known``; -1 where it is not there."""
    return np.asarray(known.get_indexer(pd.Index(labels)), dtype=np.int64)


def unknown_labels(table: Table, column: str, known: pd.Index, of_what: str) -> list[Problem]:
    """A problem for each row whose label is neither blank nor in ``known``."""
    labels = table.frame[column]
    wrong = np.flatnonzero((codes_of(labels, known) < 0) & (labels != "").to_numpy())
    names = [str(name) for name in known]
    return [
        table.problem(
            row,
            f"{column} '{labels.iloc[row]}' is not {of_what}",
            did_you_mean(str(labels.iloc[row]), names),
            column,
            "unknown_label",
        )
        for row in wrong[: 2 * 50]
    ]
