"""No family goes without its module, mathematics, hand-worked case, golden rows and check of its price."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

import optimizer.model
from optimizer.model.families import DECISIONS, FAMILIES, OPERATIONS, Family
from tests.model.render import GOLDEN, golden

TESTS = ("test_hand_worked", "test_golden_rows", "test_slack", "test_price_is_finite_difference")
SHARED = {
    "__init__",
    "arrivals",
    "columns",
    "downstream",
    "families",
    "intake_hours",
    "limit_rows",
    "moves",
    "multipliers",
    "scope",
    "setting",
    "spend_steps",
    "tie_break",
}
"""Modules of the model that state no rows of their own."""

NAMES = [family.__name__ for family in FAMILIES]
every_family = pytest.mark.parametrize("family", FAMILIES, ids=NAMES)


def module_of(family: Family) -> ModuleType:
    return importlib.import_module(f"tests.model.test_{family.__name__}")


def test_each_module_of_the_model_is_a_family_or_shared() -> None:
    (folder,) = optimizer.model.__path__
    modules = {path.stem for path in Path(folder).glob("*.py")}
    assert modules == SHARED | set(NAMES)


def test_operations_and_decisions_are_all_families() -> None:
    assert len(set(NAMES)) == len(FAMILIES) == len(OPERATIONS) + len(DECISIONS)


def test_each_golden_file_is_of_a_family() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(NAMES)


@every_family
def test_stands_in_the_module_of_its_name(family: Family) -> None:
    assert family.__module__ == f"optimizer.model.{family.__name__}"


@every_family
def test_docstring_has_the_formula_and_every_symbol(family: Family) -> None:
    """A sentence, a math block, and a table between three rules that ends with what the price means."""
    text = inspect.getdoc(family) or ""
    assert re.match(r"[A-Z].*\.\n\n\.\. math::", text)
    assert len(re.findall(r"^=+ +=+ +=+$", text, flags=re.MULTILINE)) == 2
    assert re.search(r"^price +dual +\w", text, flags=re.MULTILINE)


@every_family
def test_has_the_four_tests(family: Family) -> None:
    module = module_of(family)
    assert [name for name in TESTS if not callable(getattr(module, name, None))] == []


@every_family
def test_hand_worked_case_shows_its_arithmetic(family: Family) -> None:
    """The docstring of the case calculates: it has an equality or a product with numbers in it."""
    text = inspect.getdoc(module_of(family).test_hand_worked) or ""
    if family.__name__.endswith("limits"):  # many cases: the arithmetic stands beside each
        text = inspect.getsource(module_of(family))
    assert len(re.findall(r"[\d)] [-+*/=] -?\d", text)) >= 3


@every_family
def test_golden_file_says_why_and_has_rows(family: Family) -> None:
    first = (GOLDEN / f"{family.__name__}.txt").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")
    assert golden(family.__name__)
    assert all(row.startswith(f"{family.__name__}[") for row in golden(family.__name__))
