from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer import api
from optimizer.errors import UsageError
from optimizer.generate.calendar import holidays
from optimizer.generate.group import Group, Size, draw
from optimizer.generate.made_up import made_up, write_made_up
from optimizer.generate.operations import free_slots
from optimizer.generate.places import clinic_names
from optimizer.lp.solution import Status
from optimizer.model.families import FAMILIES, WHOLE, state
from optimizer.model.setting import established, planning
from optimizer.scenario.facts import week_names
from optimizer.scenario.gates import GATES
from optimizer.scenario.read import read_scenario
from optimizer.scenario.tables import TABLES

CLINIC = Size(10, 6, 4, 13)


@pytest.fixture(scope="module")
def group() -> Group:
    return draw(CLINIC, 1)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    size = Size(11, 3, 2, 4)
    for name, seed in (("first", 5), ("again", 5), ("other", 6)):
        write_made_up(tmp_path / name, size, seed)
    first, again, other = (_files(tmp_path / name) for name in ("first", "again", "other"))
    assert first == again
    assert {"campaigns.csv", "appointment_capacity.csv"} <= {name for name in first if first[name] != other[name]}


def test_the_folder_says_that_it_is_made_up(tmp_path: Path) -> None:
    write_made_up(tmp_path / "group", CLINIC, 1)
    read = read_scenario(tmp_path / "group")
    assert read.definition.synthetic
    assert read.definition.name.startswith("made_up")
    assert "--locations 10 --lines 6 --channels 4 --weeks 13 --seed 1 FOLDER" in (
        tmp_path / "group" / "README.md"
    ).read_text(encoding="utf-8")
    for table in read.tables.values():
        if "source" in table.frame:
            assert set(table.frame["source"]) == {"made up"}


def test_what_is_read_from_the_folder_is_what_is_made_in_memory(tmp_path: Path) -> None:
    size = Size(3, 4, 3, 5)
    write_made_up(tmp_path / "group", size, 2)
    written, made = read_scenario(tmp_path / "group"), made_up(size, 2)
    assert written.definition == made.definition
    assert list(written.tables) == list(made.tables)
    for name, table in made.tables.items():
        pd.testing.assert_frame_equal(written.tables[name].frame, table.frame)


def test_a_group_of_ten_clinics_uses_every_table_family_and_gate() -> None:
    """Whole numbers aside, which would make another kind of program of it; no schedule is below the go-live rules."""
    scenario = made_up(CLINIC, 1)
    facts = established(scenario)
    assert set(scenario.tables) == set(TABLES)
    program = state(planning(facts))
    stated = {block.name for block in program.rows if len(block.labels)}
    whole = {family.__name__ for family in WHOLE} | {"changed_campaigns"}
    assert stated == {family.__name__ for family in FAMILIES} - whole
    assert not program.whole.any()
    deciding = set(np.unique(facts.gates.code)) - {""}
    assert deciding == set(GATES) - {"go_live", "backlog"}


def test_every_location_has_every_line_on_every_channel(group: Group) -> None:
    facts = established(made_up(CLINIC, 1))
    assert len(facts.campaigns) == CLINIC.campaigns == 240
    assert len(facts.units) == 60
    assert facts.campaigns.groupby(["location", "service_line", "channel"]).ngroups == 240
    assert facts.planned == 13
    assert list(facts.weeks) == list(group.weeks)  # no week is repeated, and none is written that nobody reads


def test_the_budget_is_near_todays_spend_and_today_keeps_the_limits(group: Group) -> None:
    definition = made_up(CLINIC, 1).definition
    today = group.spend.sum() * 13
    assert definition.budget.total == pytest.approx(1.02 * today, rel=1e-4)
    assert definition.budget.per_week is not None
    assert definition.budget.per_week >= group.spend.sum()
    assert sum(definition.budget.per_month.values()) >= today


def test_some_clinics_are_full_and_others_open(group: Group) -> None:
    """Free slots are those of the tables: slots times the fill cap, less what is booked and what comes anyway."""
    facts = established(made_up(CLINIC, 1))
    open_slots = facts.open_slots[:, 5].reshape(-1)
    asked = pd.Series(group.requests.ravel(), index=pd.MultiIndex.from_product([group.locations, list(group.lines)]))
    mine = asked.reindex(pd.MultiIndex.from_frame(facts.units[["location", "service_line"]])).to_numpy()
    full, empty = (open_slots < 0.9 * mine).mean(), (open_slots > 1.5 * mine).mean()
    assert 0.2 < full < 0.6
    assert 0.2 < empty < 0.6
    assert (facts.waitlist[open_slots > 1.5 * mine] == 0).all()
    assert free_slots(group).sum() == pytest.approx(open_slots.sum(), rel=0.1)


@pytest.mark.parametrize(
    ("size", "seeds"),
    [
        (Size(1, 1, 1, 1), range(2)),
        (Size(2, 1, 1, 13), range(2)),
        (Size(3, 2, 3, 2), range(2)),
        (Size(11, 3, 2, 4), range(1)),
    ],
    ids=str,
)
def test_small_groups_plan_and_the_plan_is_certified(size: Size, seeds: range) -> None:
    for seed in seeds:
        assert api.plan(made_up(size, seed)).status is Status.OPTIMAL_CERTIFIED


def test_a_year_of_weeks_is_planned() -> None:
    plan = api.plan(made_up(Size(2, 2, 2, 52), 1))
    assert plan.status is Status.OPTIMAL_CERTIFIED
    assert plan.facts.planned == 52
    assert plan.value > plan.today.value


def test_names_and_catalogues_go_on_beyond_their_ends() -> None:
    names = clinic_names(12_000)
    assert len(set(names)) == 12_000
    large = draw(Size(1, 20, 9, 1), 0)
    assert len(large.lines) == 20
    assert list(large.channels)[-1] == "Non-brand search 2"
    established(made_up(Size(1, 20, 9, 1), 0))


def test_holidays_of_two_years() -> None:
    """Fourth Thursday of November: 26 in 2026, 25 in 2027. The first Monday of 2027 is the 4th: New Year is before."""
    weeks = week_names(pd.Timestamp("2026-09-28").date(), 65)
    assert holidays(weeks) == {
        "2026-11-23": "Thanksgiving",
        "2026-12-21": "Christmas",
        "2026-12-28": "New Year",
        "2027-06-28": "Independence Day",
        "2027-11-22": "Thanksgiving",
        "2027-12-20": "Christmas",
    }


@pytest.mark.parametrize("size", [(0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 1, -3)])
def test_a_group_of_nothing_is_refused(size: tuple[int, int, int, int]) -> None:
    with pytest.raises(UsageError, match="give 1 or more"):
        Size(*size)


def test_a_seed_below_zero_is_refused() -> None:
    with pytest.raises(UsageError, match="seed -1"):
        draw(Size(1, 1, 1, 1), -1)
