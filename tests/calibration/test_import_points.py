"""Curves as tables of points, plain and of Meridian: weeks, money, shares, thinning, and rows that make no curve."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer import api
from optimizer.calibration.importers.placed import Placed
from optimizer.calibration.importers.point_curves import MOST_POINTS, THINNED
from optimizer.errors import UsageError, VerificationError
from tests.calibration.imports import Floats, refused, written_leads

ASKED = {"period": "week", "as_of": "2026-08-31"}
TWO_YEARS = {"period": "104 weeks", "outcome": "leads", "as_of": "2026-08-31"}
MULTIPLIERS = np.round(np.arange(0, 2.21, 0.01), 2)
SPENT = 520_000.0


def points_file(folder: Path, rows: str) -> Path:
    path = folder / "points.csv"
    path.write_text(f"name,spend,leads\n{rows}")
    return path


def total_outcome(spend: Floats, slope: float = 1.0) -> Floats:
    """Outcome of 104 weeks of equal spend by Meridian's Hill function of the average week; half at 4,000 a week."""
    week = spend / 104
    with np.errstate(divide="ignore"):
        return 104 * 80 / (1 + (week / 4000) ** -slope)


def meridian_file(folder: Path, *, wide: bool = False, slope: float = 1.0, **changes: str) -> Path:
    """The table of two channels; ``social`` is half of ``search``. Intervals are 20 % to either side."""
    lines = [
        "channel,spend_multiplier,spend,mean,ci_lo,ci_hi"
        if wide
        else "channel,metric,spend_multiplier,spend,incremental_outcome,roi"
    ]
    for channel, size in (("search", 1.0), ("social", 0.5)):
        for multiplier in MULTIPLIERS:
            spend = float(SPENT * multiplier)
            mean = float(size * total_outcome(np.array([spend]), slope)[0])
            if wide:
                lines.append(f"{channel},{multiplier},{spend!r},{mean!r},{0.8 * mean!r},{1.2 * mean!r}")
            else:
                figures = (("mean", mean), ("ci_lo", 0.8 * mean), ("ci_hi", 1.2 * mean))
                lines += [f"{channel},{metric},{multiplier},{spend!r},{value!r},0.01" for metric, value in figures]
    path = folder / "response_curves_data.csv"
    text = "\n".join(lines) + "\n"
    for old, new in changes.items():
        text = text.replace(old, new)
    path.write_text(text)
    return path


def mapping_file(folder: Path, rows: str, header: str = "their_name,campaign,service_line,channel,share") -> Path:
    path = folder / "mapping.csv"
    path.write_text(f"{header}\n{rows}")
    return path


# Meridian


@pytest.mark.parametrize("wide", [False, True])
def test_meridian_curve_is_the_average_weeks(wide: bool, tmp_path: Path) -> None:
    made = api.import_curves("meridian", [meridian_file(tmp_path, wide=wide)], **TWO_YEARS)
    spend = np.array([0.0, 300.0, 2000.0, 5000.0, 8000.0, 11_000.0])
    expected = np.array([1.0, 0.5])[:, None] * total_outcome(104 * spend) / 104
    assert made.report["difference"].max() <= THINNED
    assert np.abs(written_leads(made, tmp_path, spend) - expected).max() <= THINNED * expected.max() + 1e-9
    assert made.curves["points"].str.split().map(len).max() < len(MULTIPLIERS) / 3
    assert made.curves["observed_max_weekly_spend"].tolist() == [5000.0, 5000.0]
    assert not made.report["s_shaped"].any()
    at_seen = 80 / (1 + 4000 / 5000)
    assert made.report.loc[0, ["leads", "low", "high"]].tolist() == pytest.approx(
        [at_seen, 0.8 * at_seen, 1.2 * at_seen], rel=1e-6
    )


def test_chords_of_a_concave_curve_never_promise_more(tmp_path: Path) -> None:
    made = api.import_curves("meridian", [meridian_file(tmp_path)], **TWO_YEARS)
    spend = np.linspace(0, 11_000, 500)
    table = total_outcome(SPENT * MULTIPLIERS) / 104
    assert (written_leads(made, tmp_path, spend)[0] <= np.interp(spend, SPENT * MULTIPLIERS / 104, table) + 1e-9).all()


def test_s_shape_is_told_and_not_decided(tmp_path: Path) -> None:
    made = api.import_curves("meridian", [meridian_file(tmp_path, slope=2.5)], **TWO_YEARS)
    assert made.report["s_shaped"].all()
    assert "exact" not in made.curves
    assert any(note.startswith("S-shaped") and "search, social" in note for note in made.notes)


def test_outcome_in_money_needs_the_value_of_a_lead(tmp_path: Path) -> None:
    path = meridian_file(tmp_path)
    with pytest.raises(UsageError, match="--value-per-lead"):
        api.import_curves("meridian", [path], **{**TWO_YEARS, "outcome": "money"})
    made = api.import_curves("meridian", [path], **{**TWO_YEARS, "outcome": "money"}, value_per_lead=20.0)
    leads = written_leads(made, tmp_path, np.array([4000.0]))[0, 0]
    assert leads == pytest.approx(40 / 20, rel=2 * THINNED)


def test_without_multipliers_the_mapping_says_what_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "curves.csv"
    path.write_text("channel,spend,mean\nsearch,0,0\nsearch,1040,104\nsearch,2080,156\n")
    problems = refused(lambda: api.import_curves("meridian", [path], **TWO_YEARS))
    assert "which spend it has seen" in problems[0].message
    mapping = mapping_file(tmp_path, "search,north,12\n", "their_name,campaign,observed_max_weekly_spend")
    made = api.import_curves("meridian", [path], mapping=mapping, **TWO_YEARS)
    assert made.curves["observed_max_weekly_spend"].tolist() == [12.0]
    assert made.curves["points"].tolist() == ["0.00:0 10.00:1 20.00:1.5"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("channel,metric,spend,incremental_outcome\na,mean,10,\na,mean,20,3\n", 2, "incremental_outcome: is blank"),
        ("channel,metric,spend,incremental_outcome\na,ci_lo,10,1\na,mean,20,3\na,mean,30,3\n", 2, "no mean"),
        ("channel,spend,mean\na,0,0\na,10,2\na,20,1\n", 4, "falls to 1"),
        ("channel,spend,mean\na,0,1\na,10,2\na,20,3\n", 2, "for no spend"),
        ("channel,spend,mean\na,0,0\na,10,2\n", 2, "fewer than two"),
        ("channel,spend,mean\na,0,0\na,10,2\na,10,2\n", 4, "stands twice"),
        ("channel,spend,mean\na,0,0\na,-10,2\na,20,3\n", 3, "below the least"),
        ("channel,spend,spend_multiplier,mean\na,0,0,0\na,10,1,2\na,30,2,3\n", 3, "at multiplier 1"),
        ("channel,spend,median_roi\na,0,0\n", 1, "unknown column"),
    ],
)
def test_meridian_rows_that_make_no_curve(text: str, line: int, says: str, tmp_path: Path) -> None:
    path = tmp_path / "curves.csv"
    path.write_text(text)
    problems = refused(lambda: api.import_curves("meridian", [path], **TWO_YEARS))
    assert (line, True) in [(problem.line, says in problem.message) for problem in problems]


# Plain points


def test_points_are_kept_as_they_stand(tmp_path: Path) -> None:
    path = points_file(tmp_path, "north,100,5\nnorth,300,9.25\nnorth,1000,10\n")
    made = api.import_curves("points", [path], **ASKED)
    assert made.curves["points"].tolist() == ["0.00:0 100.00:5 300.00:9.25 1000.00:10"]
    assert made.curves["observed_max_weekly_spend"].tolist() == [1000.0]
    assert made.curves["source"].tolist() == ["Table of points, points.csv, north"]


def test_daily_points_are_seven_times_a_week(tmp_path: Path) -> None:
    """100 a day bring 5 leads a day: 700 a week bring 35 a week."""
    path = points_file(tmp_path, "north,0,0\nnorth,100,5\nnorth,300,9\n")
    made = api.import_curves("points", [path], period="day", as_of="2026-08-31")
    assert written_leads(made, tmp_path, np.array([700.0, 2100.0]))[0] == pytest.approx([35.0, 63.0])


def test_many_points_are_thinned_within_what_is_told(tmp_path: Path) -> None:
    spend = np.arange(0, 4001, 10.0)
    leads = 60 * spend / (900 + spend)
    path = points_file(tmp_path, "".join(f"north,{s},{v!r}\n" for s, v in zip(spend, leads.tolist(), strict=True)))
    made = api.import_curves("points", [path], **ASKED)
    count = len(made.curves["points"].iloc[0].split())
    assert 3 < count <= MOST_POINTS
    apart = np.abs(written_leads(made, tmp_path, spend)[0] - leads).max() / leads[-1]
    assert apart == pytest.approx(made.report["difference"].iloc[0], rel=1e-6)
    assert apart <= THINNED


# Mapping


def test_shares_split_a_channel_so_that_the_whole_is_kept(tmp_path: Path) -> None:
    """Money spread by the shares 0.7 and 0.3 brings what the channel brings."""
    path = points_file(tmp_path, "social,0,0\nsocial,1000,40\nsocial,3000,70\n")
    mapping = mapping_file(tmp_path, "social,north,,,0.7\nsocial,south,,,0.3\n")
    made = api.import_curves("points", [path], mapping=mapping, **ASKED)
    north = written_leads(made, tmp_path / "a", np.array([0.7 * 1000, 0.7 * 2000]))[0]
    south = written_leads(made, tmp_path / "b", np.array([0.3 * 1000, 0.3 * 2000]))[1]
    assert north + south == pytest.approx([40.0, 55.0])
    assert made.curves["observed_max_weekly_spend"].tolist() == pytest.approx([2100, 900])


def test_what_is_given_to_nobody_is_told(tmp_path: Path) -> None:
    path = points_file(tmp_path, "".join(f"{name},0,0\n{name},10,1\n{name},30,2\n" for name in ("social", "tv")))
    mapping = mapping_file(tmp_path, "social,north,,,0.6\n")
    made = api.import_curves("points", [path], mapping=mapping, **ASKED)
    assert "of 'social' 40% is given to no campaign" in made.notes
    assert "left out, because the mapping does not name them: tv" in made.notes


@pytest.mark.parametrize(
    ("rows", "says", "mend"),
    [
        ("socail,north,,,1\n", "'socail' is not a channel", "did you mean 'social'"),
        ("social,,,,1\n", "does not say what it stands for", "service_line"),
        ("social,north,Knee,Social,1\n", "does not say what it stands for", "campaign"),
        ("social,,Knee,,1\n", "does not say what it stands for", "channel"),
        ("social,,Knee,Social,\n", "share: is blank", "only one"),
        ("social,north,,,0\n", "share: 0", "leave"),
        ("social,north,,,1.5\n", "share: 1.5 is above", ""),
        ("social,north,,,0.7\nsocial,south,,,0.5\n", "add up to 1.2", "its part"),
        ("social,north,,,0.7\nsocial,north,,,0.2\n", "stands twice", "keep one"),
    ],
)
def test_mappings_that_are_refused(rows: str, says: str, mend: str, tmp_path: Path) -> None:
    path = points_file(tmp_path, "social,0,0\nsocial,10,1\nsocial,30,2\n")
    mapping = mapping_file(tmp_path, rows)
    problem = refused(lambda: api.import_curves("points", [path], mapping=mapping, **ASKED))[0]
    assert problem.file == "mapping.csv"
    assert problem.line >= 2
    assert says in problem.message
    assert mend in problem.hint


CAMPAIGNS = """campaign,location,service_line,channel,current_weekly_spend
north,North,Knee,Social,10
south,South,Knee,Social,10
east,East,Knee,Social,10
west,West,Hip,Social,10
"""


def test_a_kind_counts_as_often_as_it_has_campaigns(tmp_path: Path) -> None:
    """South has its own row, so two campaigns are left of the kind: 0.5 + 2 * 0.3 is more than the whole."""
    (tmp_path / "campaigns.csv").write_text(CAMPAIGNS)
    path = points_file(tmp_path, "social,0,0\nsocial,10,1\nsocial,30,2\n")

    def importing(share: float) -> object:
        mapping = mapping_file(tmp_path, f"social,,Knee,Social,{share}\nsocial,south,,,0.5\n")
        campaigns = tmp_path / "campaigns.csv"
        return api.import_curves("points", [path], mapping=mapping, campaigns=campaigns, **ASKED)

    assert "add up to 1.1" in refused(lambda: importing(0.3))[0].message
    made = importing(0.25)
    assert "campaigns without a curve: west" in made.notes  # type: ignore[attr-defined]


def test_campaigns_alone_and_several_kinds_are_checked_too(tmp_path: Path) -> None:
    (tmp_path / "campaigns.csv").write_text(CAMPAIGNS)
    path = points_file(tmp_path, "social,0,0\nsocial,10,1\nsocial,30,2\n")
    for rows, curveless in (
        ("social,north,,,0.3\nsocial,south,,,0.3\n", "east, west"),
        ("social,,Knee,Social,0.2\nsocial,,Hip,Social,0.4\n", ""),
    ):
        mapping = mapping_file(tmp_path, rows)
        made = api.import_curves("points", [path], mapping=mapping, campaigns=tmp_path / "campaigns.csv", **ASKED)
        assert len(made.curves) == 2
        told = [note for note in made.notes if note.startswith("campaigns without a curve")]
        assert told == ([f"campaigns without a curve: {curveless}"] if curveless else [])


def test_names_that_no_campaign_has(tmp_path: Path) -> None:
    (tmp_path / "campaigns.csv").write_text(CAMPAIGNS)
    path = points_file(tmp_path, "social,0,0\nsocial,10,1\nsocial,30,2\n")
    mapping = mapping_file(tmp_path, "social,nroth,,,0.5\nsocial,,Knie,Social,0.1\n")
    problems = refused(
        lambda: api.import_curves("points", [path], mapping=mapping, campaigns=tmp_path / "campaigns.csv", **ASKED)
    )
    assert [(problem.line, problem.hint) for problem in problems] == [
        (2, "did you mean 'north'?"), (3, "did you mean 'Knee'?"),
    ]  # fmt: skip
    by_name = refused(lambda: api.import_curves("points", [path], campaigns=tmp_path / "campaigns.csv", **ASKED))
    assert "campaign 'social' is none of campaigns.csv" in by_name[0].message


# Files


def test_a_name_in_two_files_is_refused(tmp_path: Path) -> None:
    one = points_file(tmp_path, "north,10,1\nnorth,30,2\n")
    two = tmp_path / "more.csv"
    two.write_text(one.read_text())
    (problem,) = refused(lambda: api.import_curves("points", [one, two], **ASKED))
    assert problem.file == "more.csv"
    assert "points.csv already" in problem.message


def test_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    one = points_file(tmp_path, "north,10,x\nnorth,30,2\n")
    problems = refused(lambda: api.import_curves("points", [one, tmp_path / "missing.csv"], **ASKED))
    assert {problem.file for problem in problems} == {"points.csv", "missing.csv"}


def test_nothing_is_written_over(tmp_path: Path) -> None:
    made = api.import_curves("points", [points_file(tmp_path, "north,10,1\nnorth,30,2\n")], **ASKED)
    path = tmp_path / "response_curves.csv"
    path.write_text("mine")
    with pytest.raises(UsageError, match="there already"):
        api.save_curves(made, path)
    assert path.read_text() == "mine"
    assert not list(tmp_path.glob(".unfinished*"))


def test_a_row_that_says_something_else_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = points_file(tmp_path, "north,10,1\nnorth,30,2\n")
    cells = Placed.cells
    monkeypatch.setattr(Placed, "cells", lambda row: cells(row) | {"points": "0:0 10:1 30:2.0001"})
    with pytest.raises(VerificationError, match="the imported curve did not pass"):
        api.import_curves("points", [path], **ASKED)


def test_unknown_formats_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'robyn'"):
        api.import_curves("robin", [tmp_path / "x.json"])
