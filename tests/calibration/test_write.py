"""The output folder: whole or not there, read by a scenario as it stands, and refused where it says something else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from optimizer.calibration import files
from optimizer.calibration.calibrate import Calibration, calibrate
from optimizer.calibration.files import read_table
from optimizer.calibration.write import write_calibration
from optimizer.errors import StorageError, UsageError, VerificationError
from optimizer.response.curves import curves_from_rows
from optimizer.scenario.tables import TABLES
from tests.calibration.weekly import history, rows


@pytest.fixture(scope="module")
def found() -> Calibration:
    random = np.random.default_rng(8)
    parts = []
    for number in range(6):
        spend = np.round(random.uniform(100, 3000, 60), 2)
        parts.append(rows(f"=c{number}", spend, random.poisson(60 * spend / (1000 + spend))))
    return calibrate(history(*parts))


@pytest.fixture(scope="module")
def written(found: Calibration, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the calibration."""
    folder = tmp_path_factory.mktemp("written") / "out"
    assert write_calibration(found, folder) == sorted(path.name for path in folder.iterdir())
    return folder


def test_the_files(written: Path) -> None:
    names = [path.name for path in written.iterdir()]
    wanted = {"response_curves.csv", "calibration.csv", "calibration.json", "outliers.csv", "forecasts.csv"}
    assert wanted | {"channels.csv", "seasonality.csv"} <= set(names)
    assert [path.name for path in written.parent.iterdir()] == ["out"], "nothing unfinished is left"


@pytest.mark.parametrize("table", ["response_curves", "channels", "seasonality"])
def test_tables_of_a_scenario_are_read_as_they_stand(table: str, written: Path) -> None:
    assert len(read_table(written / f"{table}.csv", TABLES[table]).frame)


def test_written_curves_say_what_was_found(found: Calibration, written: Path) -> None:
    table = read_table(written / "response_curves.csv", TABLES["response_curves"])
    own = table.frame[table.frame["campaign"] != ""].reset_index(drop=True)
    assert own["campaign"].tolist() == found.table["campaign"].tolist(), "names are written as they are"
    said = curves_from_rows(own).leads(found.table["spend_today"].to_numpy(float))
    assert said == pytest.approx(found.table["leads_today"].to_numpy(), rel=1e-5)
    assert (own["data_quality"] == "own").all()
    assert (own[[name for name in own if name.endswith("_se")]].notna().sum(axis=1) >= 2).all()


def test_a_default_stands_for_campaigns_of_the_kind_that_are_still_to_come(found: Calibration) -> None:
    (default,) = found.curves[found.curves["campaign"] == ""].to_dict("records")
    assert (default["service_line"], default["channel"]) == ("Care", "Search")
    assert "6 campaigns" in default["source"]


def test_a_report_holds_no_formulas(written: Path) -> None:
    for name in ("calibration.csv", "outliers.csv", "forecasts.csv"):
        assert "\n=" not in (written / name).read_text()


def test_the_report_is_json_without_gaps(written: Path) -> None:
    facts = json.loads((written / "calibration.json").read_text())
    assert facts["campaigns"] == len(facts["curves"]) == 6
    assert facts["test"]["error"] < facts["test"]["error_flat_cost"]
    assert facts["lead_lags"] == "estimated"


def test_a_folder_that_is_there_is_left_alone(found: Calibration, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(UsageError, match="there already"):
        write_calibration(found, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_a_curve_that_says_something_else_is_not_written(found: Calibration, tmp_path: Path) -> None:
    column = found.curves.columns[found.curves.columns.isin(["max_leads", "scale_leads"])][0]
    curves = found.curves.assign(**{column: found.curves[column] * np.where(found.curves.index == 2, 1.01, 1.0)})
    with pytest.raises(VerificationError, match=r"=c2 differs by 1\.00%"):
        write_calibration(replace(found, curves=curves), tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_a_curve_that_no_scenario_would_take_is_not_written(found: Calibration, tmp_path: Path) -> None:
    curves = found.curves.assign(observed_max_weekly_spend=0.0)
    with pytest.raises(VerificationError, match="observed_max_weekly_spend"):
        write_calibration(replace(found, curves=curves), tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_a_disk_that_fails_leaves_nothing(found: Calibration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(StorageError, match="No space left"):
        write_calibration(found, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_charts_are_drawn_where_the_library_is(written: Path) -> None:
    pytest.importorskip("vl_convert")
    for name in ("curves.svg", "residuals.svg"):
        drawn = (written / name).read_text()
        assert drawn.startswith("<svg")
        assert "=c5" in drawn
    drawn = (written / "curves.svg").read_text()
    lines = [path for path in re.findall(r"<path[^>]*>", drawn) if 'stroke="black"' in path]
    assert len(lines) == 6
    assert all(path.count("M") == 1 for path in lines), "each curve is one line without gaps"
