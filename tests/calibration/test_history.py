"""A history is read strictly: every mistake is told with file, line and mend, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer.calibration.history import HISTORY, History, history_from_frame, read_history
from optimizer.errors import ExitCode, InputFileError, Problem, StorageError
from tests.calibration.weekly import history, monday, rows

GOOD = "week,campaign,spend,leads\n2025-01-06,a,100,5\n2025-01-13,a,0,1\n2025-01-06,b,50,2\n"


def read(text: str, tmp_path: Path, campaigns: str = "") -> History:
    (tmp_path / "history.csv").write_text(text)
    if not campaigns:
        return read_history(tmp_path / "history.csv")
    (tmp_path / "campaigns.csv").write_text(campaigns)
    return read_history(tmp_path / "history.csv", tmp_path / "campaigns.csv")


def problems_of(text: str, tmp_path: Path, campaigns: str = "") -> tuple[Problem, ...]:
    with pytest.raises(InputFileError) as caught:
        read(text, tmp_path, campaigns)
    assert caught.value.exit_code == ExitCode.BAD_INPUT
    assert str(caught.value).startswith("file 'history.csv' has")
    return caught.value.problems


def test_a_sound_history_becomes_arrays(tmp_path: Path) -> None:
    found = read(GOOD, tmp_path)
    assert list(found.weeks) == ["2025-01-06", "2025-01-13"]
    assert list(found.campaigns["campaign"]) == ["a", "b"]
    assert found.spend.tolist() == [[100, 0], [50, 0]]
    assert found.leads.tolist() == [[5, 1], [2, 0]]
    assert found.known.tolist() == [[True, True], [True, False]]
    assert np.isnan(found.demand).all()
    assert (found.cost == 1).all()


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    head, *lines = GOOD.splitlines()
    turned = read("\n".join([head, *lines[::-1]]) + "\n", tmp_path)
    straight = read(GOOD, tmp_path)
    assert turned.campaigns.equals(straight.campaigns)
    assert np.array_equal(turned.leads, straight.leads)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("a,100,5", "a,-100,5", 2, "below the least allowed"),
        ("a,100,5", "a,$100,5", 2, "not a plain number"),
        ("a,100,5", "a,,5", 2, "spend: is blank"),
        ("a,100,5", "a,100,5.5", 2, "not a whole number"),
        ("a,100,5", "a,100,-5", 2, "below the least allowed"),
        ("2025-01-13,a", "2025-01-14,a", 3, "is a Tuesday"),
        ("2025-01-13,a", "2025-01-06,a", 3, "stands twice"),
        ("2025-01-13,a", "2025-01-20,a", 3, "the week 2025-01-13 is missing"),
        ("2025-01-13,a", "2025-02-03,a", 3, "the 3 weeks 2025-01-13 to 2025-01-27 are missing"),
        ("2025-01-06,b", "2025-01-06,", 4, "names no campaign"),
        ("week,campaign,spend,leads", "week,campaign,cost,leads", 1, "column 'spend' is missing"),
        ("week,campaign,spend,leads", "week,patient_name,spend,leads", 1, "single patients"),
        ("week,campaign,spend,leads", "week,campaign,spend,lead", 1, "unknown column 'lead'"),
    ],
)
def test_each_mistake_is_told_with_its_line(old: str, new: str, line: int, said: str, tmp_path: Path) -> None:
    assert old in GOOD
    found = problems_of(GOOD.replace(old, new, 1), tmp_path)
    matching = [problem for problem in found if said in problem.message and problem.line == line]
    assert matching, found
    assert all(problem.hint and problem.file == "history.csv" for problem in matching)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("a,100,5", "a,-100,5").replace("b,50,2", "b,50,2.5").replace("a,0,1", "a,x,1")
    assert {problem.line for problem in problems_of(text, tmp_path)} == {2, 3, 4}


def test_mistakes_of_cells_rows_and_weeks_are_told_together(tmp_path: Path) -> None:
    """Each line once: a cell that cannot be read hides neither a week named twice nor one that is missing."""
    lines = (
        "week,campaign,spend,leads",
        "2025-01-06,a,-100,5",  # 2: negative
        "2025-01-13,a,1k,5",  # 3: no number
        "2025-01-27,a,100,5",  # 4: a week is missing before it
        "2025-01-27,a,100,5",  # 5: stands twice
        "2025-01-06,,100,5",  # 6: no campaign
        "2025-01-07,b,100,5",  # 7: a Tuesday, so that no gap of b can be told
        "2025-01-27,b,100,5",
    )
    found = problems_of("\n".join(lines) + "\n", tmp_path)
    told = [(problem.line, problem.column or problem.code) for problem in found]
    assert told == [(2, "spend"), (3, "spend"), (4, "week"), (5, "duplicate_row"), (6, "campaign"), (7, "week")]


def test_names_that_are_not_known_hide_no_other_mistake(tmp_path: Path) -> None:
    text = (
        "week,campaign,spend,leads\n2025-01-06,noth,1,1\n2025-01-06,north,1,1\n2025-01-20,north,1,1\n2025-01-06,,1,1\n"
    )
    found = problems_of(text, tmp_path, CAMPAIGNS)
    assert [(problem.line, problem.code) for problem in found] == [
        (2, "bad_value"), (4, "missing_week"), (5, "blank"),
    ]  # fmt: skip


def test_a_list_of_people_is_refused(tmp_path: Path) -> None:
    """Ten rows with a name of their own; as ten weeks of one campaign the same counts are a history."""
    people = [f"2025-01-06,Person {number},5,1\n" for number in range(10)]
    (only,) = problems_of("week,campaign,spend,leads\n" + "".join(people), tmp_path)
    assert (only.code, only.line) == ("patient_data", 0)
    weeks = [f"{monday(number)},small,5,1\n" for number in range(10)]
    assert len(read("week,campaign,spend,leads\n" + "".join(weeks), tmp_path).weeks) == 10


def test_nothing_to_learn_from_is_a_mistake(tmp_path: Path) -> None:
    text = "week,campaign,spend,leads\n2025-01-06,a,0,5\n2025-01-13,a,0,4\n"
    assert [problem.message for problem in problems_of(text, tmp_path)] == ["spend is 0 in every row"]


def test_demand_is_given_everywhere_or_nowhere(tmp_path: Path) -> None:
    text = "week,campaign,spend,leads,demand_index\n2025-01-06,a,10,5,1.1\n2025-01-13,a,10,4,\n"
    (only,) = problems_of(text, tmp_path)
    assert (only.line, only.column) == (3, "demand_index")


def test_a_second_change_of_tracking_is_refused() -> None:
    marks = ["", "yes", "", "yes", ""]
    with pytest.raises(InputFileError, match="second tracking_change"):
        history(rows("a", [10.0] * 5, [1] * 5, tracking_change=marks))


def test_weeks_before_a_change_of_tracking_are_marked() -> None:
    found = history(rows("a", [10.0] * 4, [1] * 4, tracking_change=["", "", "yes", ""]), rows("b", [9.0] * 4, [1] * 4))
    assert found.before.tolist() == [[True, True, False, False], [False] * 4]
    assert not found.until(2).before.any(), "a change to come is not known"
    assert found.until(3).before.tolist() == [[True, True, False], [False] * 3]


def test_a_campaign_may_be_named_by_clinic_line_and_channel(tmp_path: Path) -> None:
    text = "week,location,service_line,channel,spend,leads\n2025-01-06,North Side,Care,Search,10,1\n"
    assert read(text, tmp_path).campaigns["campaign"].tolist() == ["north-side-care-search"]


CAMPAIGNS = "campaign,location,service_line,channel,current_weekly_spend\nnorth,North,Care,Search,10\n"


def test_names_come_from_campaigns_csv(tmp_path: Path) -> None:
    by_place = "week,location,service_line,channel,spend,leads\n2025-01-06,North,Care,Search,10,1\n"
    assert read(by_place, tmp_path, CAMPAIGNS).campaigns["campaign"].tolist() == ["north"]
    by_name = "week,campaign,spend,leads\n2025-01-06,north,10,1\n"
    assert read(by_name, tmp_path, CAMPAIGNS).campaigns.iloc[0].tolist() == ["north", "North", "Care", "Search"]


def test_campaigns_that_campaigns_csv_lacks_are_told_once_each(tmp_path: Path) -> None:
    text = "week,campaign,spend,leads\n2025-01-06,noth,10,1\n2025-01-13,noth,10,1\n2025-01-06,north,10,1\n"
    (only,) = problems_of(text, tmp_path, CAMPAIGNS)
    assert (only.line, only.message) == (2, "campaign 'noth' is not one campaign of campaigns.csv")


def test_a_place_of_two_campaigns_names_neither(tmp_path: Path) -> None:
    text = "week,location,service_line,channel,spend,leads\n2025-01-06,North,Care,Search,10,1\n"
    (only,) = problems_of(text, tmp_path, CAMPAIGNS + "north-2,North,Care,Search,10\n")
    assert only.message == "campaign 'North', 'Care', 'Search' is not one campaign of campaigns.csv"


def test_a_week_named_in_two_ways_is_a_duplicate(tmp_path: Path) -> None:
    text = (
        "week,campaign,location,service_line,channel,spend,leads\n"
        "2025-01-06,north,,,,10,1\n2025-01-06,,North,Care,Search,10,1\n"
    )
    (only,) = problems_of(text, tmp_path, CAMPAIGNS)
    assert (only.line, only.code) == (3, "duplicate_row")


def test_a_campaign_does_not_change_its_channel() -> None:
    other = rows("a", [10.0], [1], channel="Social", first=1)
    with pytest.raises(InputFileError, match="another clinic, service line or channel") as caught:
        history(rows("a", [10.0], [1]), other)
    assert caught.value.problems[0].line == 3


def test_a_missing_file_is_bad_input_and_a_folder_too(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputFileError, match="is no file"):
            read_history(path)


def test_a_file_that_may_not_be_read_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "history.csv").write_text(GOOD)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StorageError, match="check its permissions"):
        read_history(tmp_path / "history.csv")


def test_workbooks_and_parquet_say_the_same(tmp_path: Path) -> None:
    frame = rows("a", [10.0, 20.0], [1, 2])
    frame.to_excel(tmp_path / "history.xlsx", index=False, sheet_name="history")
    frame.to_parquet(tmp_path / "history.parquet")
    frame.to_csv(tmp_path / "history.csv", index=False)
    said = [read_history(tmp_path / f"history.{ending}") for ending in ("csv", "xlsx", "parquet")]
    for other in said[1:]:
        assert np.array_equal(other.leads, said[0].leads)
        assert other.campaigns.equals(said[0].campaigns)


def test_a_frame_is_not_changed() -> None:
    frame = rows("a", [10.0, 20.0], [1, 2])
    kept = frame.copy()
    history_from_frame(frame)
    pd.testing.assert_frame_equal(frame, kept)


def test_until_knows_nothing_of_later_weeks() -> None:
    found = history(rows("a", [10.0] * 4, [1] * 4), rows("b", [10.0] * 2, [1] * 2, first=2)).until(2)
    assert list(found.weeks) == [monday(0), monday(1)]
    assert found.known.tolist() == [[True, True], [False, False]]


def test_every_column_says_what_it_means() -> None:
    assert all(column.meaning for column in HISTORY.columns)
