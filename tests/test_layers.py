"""Imports point one way: a module may import only from its own layer and those below it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "optimizer"
LAYERS = [
    {"errors"},
    {"scenario"},
    {"lp"},
    {"response", "intake", "generate"},
    {"calibration"},
    {"model", "solve"},
    {"plan"},
    {"study"},
    {"weekly"},
    {"report"},
    {"api"},
    {"cli"},
    {"__main__"},
]
STRANGERS = {
    ("generate", "lp"),
    ("generate", "response"),
    ("generate", "intake"),
    ("scenario", "lp"),
    ("lp", "scenario"),
    ("calibration", "lp"),
    ("calibration", "intake"),
    ("model", "calibration"),
    ("solve", "calibration"),
    ("plan", "calibration"),
    ("model", "solve"),
    ("solve", "model"),
    ("solve", "scenario"),
    ("solve", "response"),
    ("solve", "intake"),
}
MODULES = sorted(path for path in ROOT.rglob("*.py") if path.name != "__init__.py")


def layer(name: str) -> int:
    return next(level for level, members in enumerate(LAYERS) if name in members)


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("optimizer"):
            parts = node.module.split(".")
            names |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("optimizer.")}
    return names


def own(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    for name in imported(path) - {own(path)}:
        assert layer(name) <= layer(own(path)), f"{path.name} reaches up to {name}"
        assert (own(path), name) not in STRANGERS, f"{own(path)} and {name} are strangers"


def test_every_package_has_a_layer() -> None:
    members = set().union(*LAYERS)
    assert {own(path) for path in MODULES} <= members


def test_the_known_violation_would_be_found(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text(
        "from optimizer.plan.planner import make_plan\nimport optimizer.cli.main\nfrom optimizer import api\n"
    )
    assert imported(path) == {"plan", "cli", "api"}
