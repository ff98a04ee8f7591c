"""Workbooks as LibreOffice computes them."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.report.formulas import plain

needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def same(left: Any, right: Any) -> bool:
    left, right = (0.0 if value is None else plain(value) for value in (left, right))
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return abs(left - right) <= 1e-9 * (1 + abs(left))
    return (left or "") == (right or "")


def recomputed_otherwise(path: Path, folder: Path) -> list[tuple[str, Any, Any, Any]]:
    """Place, formula, stored and computed result of every formula of which they differ; errors are results too.

    LibreOffice gets the workbook without any stored result, so that each formula must be computed.
    """
    bare = folder / "bare.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(bare, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", text) if "worksheets/" in name else text)
    made = folder / "made"
    profile = f"-env:UserInstallation=file://{folder}/profile"
    asked = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(made), str(bare)]
    subprocess.run(asked, check=True, capture_output=True, timeout=120)
    shown, again = (openpyxl.load_workbook(file, data_only=True) for file in (path, made / "bare.xlsx"))
    formulas = [
        (sheet.title, cell.coordinate, cell.value)
        for sheet in openpyxl.load_workbook(path)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    results = [
        (f"{sheet}!{at}", formula, shown[sheet][at].value, again[sheet][at].value) for sheet, at, formula in formulas
    ]
    return [found for found in results if not same(found[2], found[3])]
