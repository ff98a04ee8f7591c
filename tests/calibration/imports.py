"""What the tests of all importers share: curves as a scenario reads them, and the problems of a refused file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer import api
from optimizer.calibration.importers.imported import ImportedCurves
from optimizer.errors import InputFileError, Problem
from optimizer.response.curves import curves_from_rows
from optimizer.scenario.read import table_of_sheet
from optimizer.scenario.sheets import read_csv
from optimizer.scenario.tables import TABLES

Floats = npt.NDArray[np.float64]


def written_leads(made: ImportedCurves, folder: Path, spend: Floats) -> Floats:
    """(I, m) leads of the written file at these weekly spends, read and computed as a plan does."""
    path = folder / "written" / "response_curves.csv"
    api.save_curves(made, path)
    table, wrong = table_of_sheet(TABLES["response_curves"], read_csv(path.read_bytes(), path.name), path.name)
    assert not wrong
    curves = curves_from_rows(table.frame)
    return curves.leads(np.tile(spend, (len(curves), 1)))


def refused(importing: Callable[[], Any]) -> list[Problem]:
    """The problems that an import is refused for."""
    with pytest.raises(InputFileError) as caught:
        importing()
    return list(caught.value.problems)


def settled(spend: float, theta: float, periods: int = 400) -> float:
    """Carried-over spend after many periods of the same spend, period by period."""
    carried = 0.0
    for _ in range(periods):
        carried = spend + theta * carried
    return carried
