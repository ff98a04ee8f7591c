from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from optimizer.intake.erlang import weekly_minutes
from optimizer.response.curves import curve_problems, curves_from_rows
from optimizer.scenario.definition import Definition
from optimizer.scenario.tables import TABLES, Kind
from scenarios import generator

SCENARIOS = Path(generator.__file__).parent
FOLDERS = sorted(path.parent for path in SCENARIOS.glob("*/scenario.yaml"))
CURRENT_COST_PER_LEAD = {  # search, social
    "Primary care": (45, 30),
    "Dermatology": (60, 40),
    "Orthopaedics": (75, 55),
    "Physical therapy": (55, 35),
    "Behavioural health": (85, 45),
    "Imaging": (40, np.nan),
}


def frame(folder: Path, table: str) -> pd.DataFrame:
    """A table with every declared column, blanks filled as a reader would."""
    spec = TABLES[table]
    text = pd.read_csv(folder / f"{table}.csv", dtype=str, keep_default_na=False)
    for column in spec.columns:
        cells = text.get(column.name, pd.Series([""] * len(text)))
        if column.kind in (Kind.NUMBER, Kind.INTEGER):
            absent = np.nan if column.default is None else column.default
            text[column.name] = [float(cell) if cell else absent for cell in cells]
        else:
            text[column.name] = cells
    return text


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def definition_of(folder: Path) -> Definition:
    return Definition.model_validate(yaml.safe_load((folder / "scenario.yaml").read_text(encoding="utf-8")))


def test_the_folder_is_what_the_generator_writes(tmp_path: Path) -> None:
    generator.write(tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(written) == {"scenario.yaml", *(f"{name}.csv" for name in TABLES)}
    for name, content in written.items():
        assert (generator.FOLDER / name).read_bytes() == content, f"{name} differs: run python -m scenarios.generator"


def test_definition_is_strict_and_says_that_it_is_made_up(folder: Path) -> None:
    definition = definition_of(folder)
    assert definition.synthetic
    assert definition.name == folder.name


def test_tables_have_only_declared_columns_and_each_key_once(folder: Path) -> None:
    for path in folder.glob("*.csv"):
        spec = TABLES[path.stem]
        header = path.read_text(encoding="utf-8").split("\n", 1)[0].split(",")
        assert set(header) <= {column.name for column in spec.columns}
        assert not frame(folder, path.stem).duplicated(list(spec.key)).any(), path.name


def test_files_are_plain_text_with_unix_line_ends(folder: Path) -> None:
    for path in folder.iterdir():
        content = path.read_bytes()
        assert b"\r" not in content
        assert not content.startswith(b"\xef\xbb\xbf")
        assert content.endswith(b"\n")


def test_every_curve_is_usable(folder: Path) -> None:
    assert curve_problems(frame(folder, "response_curves")) == []


def test_other_patients_leave_room_under_the_fill_cap(folder: Path) -> None:
    capacity = frame(folder, "appointment_capacity")
    taken = capacity["already_booked"] + capacity["expected_baseline_bookings"]
    assert (taken <= capacity["new_patient_slots"] * definition_of(folder).policies.fill_cap).all()


def test_every_unit_has_capacity_funnel_value_and_show_rates(folder: Path) -> None:
    campaigns = frame(folder, "campaigns")
    definition = definition_of(folder)
    first = pd.Timestamp(definition.calendar.first_week)
    planned = {str((first + pd.Timedelta(weeks=week)).date()) for week in range(definition.calendar.weeks)}
    capacity = frame(folder, "appointment_capacity").groupby(["location", "service_line"])["week"].agg(set)
    for _, unit in campaigns.iterrows():
        assert planned <= capacity[(unit["location"], unit["service_line"])]
    general = frame(folder, "funnel").query("location == ''")
    assert set(zip(campaigns["service_line"], campaigns["channel"], strict=True)) <= set(
        zip(general["service_line"], general["channel"], strict=True)
    )
    assert set(campaigns["service_line"]) <= set(frame(folder, "patient_value").query("location == ''")["service_line"])
    assert set(campaigns["service_line"]) <= set(frame(folder, "show_rates")["service_line"])


def running_campaigns() -> pd.DataFrame:
    """Campaigns with spend today, each with its own curve's leads at that spend."""
    campaigns = frame(generator.FOLDER, "campaigns")
    rows = frame(generator.FOLDER, "response_curves").set_index("campaign")
    running = campaigns[campaigns["current_weekly_spend"] > 0].reset_index(drop=True)
    curves = rows.loc[running["campaign"]].reset_index()
    leads = curves_from_rows(curves).leads(running["current_weekly_spend"].to_numpy())
    return running.assign(leads=leads, observed_max=curves["observed_max_weekly_spend"])


def test_leads_cost_today_what_the_synthesis_says() -> None:
    running = running_campaigns()
    social = (running["channel"] == "Paid social").to_numpy()
    wanted = np.array([CURRENT_COST_PER_LEAD[line] for line in running["service_line"]])
    cost = (running["current_weekly_spend"] / running["leads"]).to_numpy()
    ratio = cost / np.where(social, wanted[:, 1], wanted[:, 0])
    assert ratio.min() > 0.7
    assert ratio.max() < 1.3


def test_the_group_has_the_size_it_claims() -> None:
    campaigns = frame(generator.FOLDER, "campaigns")
    assert len(campaigns) == 164
    assert len(campaigns[["location", "service_line"]].drop_duplicates()) == 45
    assert campaigns["current_weekly_spend"].sum() == 102_020
    # Today's spend lies inside the budget, so a plan can be compared with it.
    budget = definition_of(generator.FOLDER).budget
    assert budget.total >= 13 * 102_020
    assert budget.per_week is not None
    assert budget.per_week >= 102_020
    assert budget.per_month["2026-10"] >= 4 * 102_020
    assert budget.per_month["2026-12"] >= 3 * 102_020


def test_stories_of_the_clinics() -> None:
    running = running_campaigns()
    spend = running.groupby("location")["current_weekly_spend"].sum()
    assert spend.idxmax() == "Northside"
    assert spend["Northside"] == 28_240
    assert spend["Oakfield"] == 2_780
    assert spend["Seaview"] + spend["Bayport"] == 4_190
    assert running.groupby(["location", "service_line"])["current_weekly_spend"].sum().idxmax() == (
        "Northside",
        "Orthopaedics",
    )


def test_lakeside_has_half_its_slots_for_two_weeks() -> None:
    slots = frame(generator.FOLDER, "appointment_capacity").query("location == 'Lakeside'")
    by_week = slots.groupby("week")["new_patient_slots"].sum()
    assert by_week["2026-10-26"] == by_week["2026-11-02"]
    assert by_week["2026-10-26"] == pytest.approx(by_week["2026-10-19"] / 2, abs=3)


def lead_minutes(team: str) -> float:
    """Intake minutes per week of the valid leads that today's spend brings a team, at the general rates."""
    funnel = frame(generator.FOLDER, "funnel").query("location == ''")
    locations = frame(generator.FOLDER, "locations").query("intake_team == @team")
    mine = running_campaigns().merge(locations[["location"]], on="location", validate="many_to_one")
    rates = mine.merge(funnel, on=["service_line", "channel"], validate="many_to_one")
    return float((rates["leads"] * rates["valid_rate"] * rates["handling_minutes"]).sum())


def test_central_intake_is_short_of_answers_in_time_for_one_week() -> None:
    teams = frame(generator.FOLDER, "intake_teams").query("intake_team == 'Central intake'").set_index("week")
    columns = (teams[name].to_numpy() for name in ("agents", "paid_hours", "shrinkage", "handling_minutes"))
    in_time, paid = weekly_minutes(*columns, 0.8, 20)
    baseline = teams["baseline_contacts"] * teams["handling_minutes"]
    normal, short = teams.index.get_loc("2026-11-02"), teams.index.get_loc("2026-11-09")
    leads = lead_minutes("Central intake")
    assert in_time[normal] - baseline.iloc[normal] > leads
    assert in_time[short] - baseline.iloc[short] < leads / 2
    assert paid[short] - baseline.iloc[short] > leads
