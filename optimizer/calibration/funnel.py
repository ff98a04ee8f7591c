"""Rates of ``funnel`` and ``show_rates`` from counts, each with how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.calibration.files import csv_text, inert, new_folder
from optimizer.calibration.funnel_counts import Summed, read_funnel_counts, read_wait_counts
from optimizer.calibration.monotone import AS_COUNTED, falling
from optimizer.calibration.pooling import Codes, Counts, Floats, Pooled, Rates, pooled
from optimizer.errors import Finding, InputFileError, Problem, VerificationError
from optimizer.scenario.read import table_of_sheet
from optimizer.scenario.sheets import read_csv
from optimizer.scenario.tables import TABLES

STAGES: Mapping[str, tuple[str, str]] = {
    "valid_rate": ("valid", "leads"),
    "contactable_rate": ("contacted", "valid"),
    "qualified_rate": ("qualified", "contacted"),
    "booking_rate": ("booked", "answered_in_time"),
    "booking_rate_late": ("booked_late", "answered_late"),
}
"""Rates of the funnel: what is counted, and out of what."""
_LATE = "booking_rate_late"
WAIT_STAGES: Mapping[str, tuple[str, str]] = {"kept_share": ("kept", "offered"), "show_rate": ("shown", "kept")}
"""Rates of a wait."""
_GROUP = ("service_line", "channel", "location")
_DIGITS = 6
FEW = 30
"""Counts below which a rate rests on few."""


@dataclass(frozen=True)
class FunnelRates:
    """Rates from counts.

    Attributes:
        funnel: Rows of ``funnel``.
        show_rates: Rows of ``show_rates``; none where no waits were counted.
        report: One row per rate: service_line, channel, location, weeks_waited, rate, counted (successes), out_of,
            raw, estimate, low, high (90 %), own_share (what the own counts contribute), treated (of waits), verdict.
        notes: What people should know.
    """

    funnel: pd.DataFrame
    show_rates: pd.DataFrame
    report: pd.DataFrame
    notes: tuple[str, ...]


def funnel_rates(counts: Path, waits: Path | None = None, as_of: str = "") -> FunnelRates:
    """Rates of the funnel, and of waits, from counted totals.

    Args:
        counts: Counts per service line and channel.
        waits: Counts per service line and weeks waited.
        as_of: Last day of the counts, where the files do not give weeks.

    Raises:
        UsageError: if nobody tells how old the counts are.
        InputFileError: with every problem of the files.
    """
    problems: list[Problem] = []
    read: list[Summed] = []
    for reader, path in ((read_funnel_counts, counts), (read_wait_counts, waits)):
        try:
            read += [] if path is None else [reader(path, as_of)]
        except InputFileError as error:
            problems += error.problems
    if problems:
        raise InputFileError(problems[0].file, problems)
    funnel, report, notes = _funnel(read[0])
    show, more = _waits(read[1]) if waits is not None else (pd.DataFrame(), pd.DataFrame())
    made = pd.concat([report, more], ignore_index=True)
    return FunnelRates(funnel, show, made, tuple(notes))


def save_rates(made: FunnelRates, folder: Path) -> list[str]:
    """Write ``funnel.csv``, ``show_rates.csv`` and ``rates.csv`` into a folder that is not there yet; their names.

    Raises:
        UsageError: if it is. StorageError: if it cannot be written.
        VerificationError: if a scenario would read other rates from the files.
    """
    texts = {"funnel.csv": csv_text(made.funnel)}
    if len(made.show_rates):
        texts["show_rates.csv"] = csv_text(made.show_rates)
    for name, frame in (("funnel", made.funnel), ("show_rates", made.show_rates)):
        if f"{name}.csv" in texts:
            _check_reading(name, texts[f"{name}.csv"], frame)
    new_folder(folder, {**texts, "rates.csv": csv_text(inert(made.report))})
    return [*texts, "rates.csv"]


def _check_reading(name: str, text: str, frame: pd.DataFrame) -> None:
    table, problems = table_of_sheet(TABLES[name], read_csv(text.encode(), f"{name}.csv"), f"{name}.csv")
    findings = [Finding(name, str(problem)) for problem in problems]
    same = [column for column in frame if pd.api.types.is_float_dtype(frame[column])]
    findings += [
        Finding(name, f"{column} reads otherwise than estimated")
        for column in same
        if not problems and not np.array_equal(table.frame[column], frame[column])
    ]
    if findings:
        raise VerificationError(findings, "file of rates")


# The funnel


def _funnel(summed: Summed) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Rows of ``funnel``, rows of the report, and what is not counted."""
    groups = summed.frame.copy()
    groups["answered_in_time"] = groups["qualified"] - groups["answered_late"].fillna(0.0)
    kinds = groups[["service_line", "channel"]].drop_duplicates().reset_index(drop=True).assign(location="")
    has_clinics = bool((groups["location"] != "").any())
    rows = pd.concat([kinds, groups[list(_GROUP)]], ignore_index=True) if has_clinics else groups[list(_GROUP)].copy()
    reports = []
    for rate, (counted, out_of) in STAGES.items():
        if rate == _LATE and not groups[out_of].sum() > 0:
            continue
        found = pooled(_counts(groups, counted, out_of, has_clinics))
        estimates = _with_kinds(found) if has_clinics else found.leaves
        rows[rate] = np.round(estimates.mean, _DIGITS)
        reports.append(_report(rows, rate, _tallied(groups, kinds, counted, out_of, has_clinics), estimates, found))
    source = ", ".join(filter(None, ("counts", summed.file, summed.span)))
    sizes = _tallied(groups, kinds, "leads", "leads", has_clinics)["out_of"].to_numpy(np.float64)
    return rows.assign(sample_size=sizes, source=source, as_of=summed.as_of), pd.concat(reports), _left_out(rows)


def _counts(groups: pd.DataFrame, counted: str, out_of: str, has_clinics: bool) -> Counts:
    """Counts on the tree clinic - line and channel - line - all, without clinics where none are given."""
    kind, line = _positions(groups, ["service_line", "channel"]), _positions(groups, ["service_line"])
    line_of_kind = line[np.unique(kind, return_index=True)[1]]
    root = np.zeros(int(line.max()) + 1, dtype=np.int64)
    return Counts(
        groups[counted].to_numpy(np.float64),
        groups[out_of].to_numpy(np.float64),
        [kind, line_of_kind, root] if has_clinics else [line, root],
        np.zeros(len(groups), dtype=np.int64),
    )


def _positions(groups: pd.DataFrame, labels: list[str]) -> Codes:
    """(rows,) position of each row's labels among the sorted distinct ones."""
    return np.asarray(groups.groupby(labels, sort=True).ngroup(), dtype=np.int64)


def _with_kinds(found: Pooled) -> Rates:
    """Rates of a clinic of each line and channel that has no counts of its own, then of those that have."""
    return Rates(np.append(found.kinds.mean, found.leaves.mean), np.append(found.kinds.variance, found.leaves.variance))


def _tallied(groups: pd.DataFrame, kinds: pd.DataFrame, counted: str, out_of: str, has_clinics: bool) -> pd.DataFrame:
    """Columns counted and out_of of each row of the funnel; a row for all other clinics has those of all clinics."""
    own = pd.DataFrame({"counted": groups[counted], "out_of": groups[out_of]})
    if not has_clinics:
        return own
    keys = [groups["service_line"], groups["channel"]]
    whole = own.groupby(keys, sort=True).sum().reindex(pd.MultiIndex.from_frame(kinds[["service_line", "channel"]]))
    return pd.concat([whole, own], ignore_index=True)


def _left_out(rows: pd.DataFrame) -> list[str]:
    notes = []
    if _LATE not in rows:
        notes.append(
            "no leads answered late were counted (answered_late, booked_late): booking_rate_late is left out, which"
            " means that late leads book nothing"
        )
    notes.append("handling_minutes are not in counts: add that column to funnel.csv, or leads cost the intake no time")
    return notes


# Waits


def _waits(summed: Summed) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of ``show_rates`` and rows of the report."""
    groups = summed.frame
    rows = groups[["service_line", "weeks_waited"]].copy()
    line, wait = _positions(groups, ["service_line"]), _positions(groups, ["weeks_waited"])
    root = np.zeros(int(line.max()) + 1, dtype=np.int64)
    reports = []
    for rate, (counted, out_of) in WAIT_STAGES.items():
        tally = pd.DataFrame({"counted": groups[counted], "out_of": groups[out_of]})
        successes, trials = groups[counted].to_numpy(np.float64), groups[out_of].to_numpy(np.float64)
        found = pooled(Counts(successes, trials, [line, root], wait))
        evened, treated = _by_line(found.leaves, line)
        rows[rate] = estimate = np.round(evened, _DIGITS)
        report = _report(rows, rate, tally, found.leaves, found)
        low, high = np.minimum(report["low"], estimate), np.maximum(report["high"], estimate)
        reports.append(report.assign(estimate=estimate, low=low, high=high, treated=treated))
    return rows, pd.concat(reports)


def _by_line(rates: Rates, line: Codes) -> tuple[Floats, npt.NDArray[np.object_]]:
    evened, treated = rates.mean.copy(), np.full(len(line), AS_COUNTED, dtype=np.object_)
    for own in np.unique(line):
        mine = np.flatnonzero(line == own)
        evened[mine], treated[mine] = falling(Rates(rates.mean[mine], rates.variance[mine]))
    return evened, treated


# What is known of each rate


def _report(rows: pd.DataFrame, rate: str, tally: pd.DataFrame, rates: Rates, found: Pooled) -> pd.DataFrame:
    low, high = rates.interval()
    counted, out_of = (tally[name].to_numpy(np.float64) for name in ("counted", "out_of"))
    own = out_of / (out_of + found.strengths[0])
    raw = np.divide(counted, out_of, out=np.full(len(out_of), np.nan), where=out_of > 0)
    places = {name: rows.get(name, "") for name in _GROUP}
    return pd.DataFrame(
        {
            **places,
            "weeks_waited": rows.get("weeks_waited", np.nan),
            "rate": rate,
            "counted": counted,
            "out_of": out_of,
            "raw": raw,
            "estimate": np.round(rates.mean, _DIGITS),
            "low": low,
            "high": high,
            "own_share": own,
            "treated": "",
            "verdict": np.select([out_of == 0, out_of < FEW], ["no counts", "few counts"], "own counts"),
        }
    )
