"""What a valid scenario says, and what its tables may say, on a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer.plan.words import Words, count
from optimizer.response.forecast import todays_spend
from optimizer.scenario.facts import Facts
from optimizer.scenario.tables import TABLES


def validation_facts(facts: Facts) -> dict[str, object]:
    """Size of a scenario, its budget and today's spend, and the assumptions made, as plain values."""
    return {
        "scenario": facts.definition.name,
        "campaigns": len(facts.campaigns),
        "clinics": int(facts.units["location"].nunique()),
        "service_lines": int(facts.units["service_line"].nunique()),
        "intake_teams": len(facts.teams),
        "weeks": facts.planned,
        "limits": len(facts.limits),
        "budget": facts.definition.budget.total,
        "current_spend": round(float(todays_spend(facts).sum()), 2),
        "open_slots": float(facts.open_slots[:, : facts.planned].sum()),
        "notes": list(facts.notes),
    }


def validation_screen(facts: Facts) -> RenderableType:
    """The same in sentences."""
    found, words = validation_facts(facts), Words.of(facts.definition)
    sizes = ("campaigns", "clinics", "service_lines", "intake_teams", "limits", "weeks")
    listed = ", ".join(_counted(int(str(found[name])), name.replace("_", " ")) for name in sizes)
    money = f"Budget {words.money(facts.definition.budget.total)}; today's spend over the same weeks"
    lines: list[RenderableType] = [
        Text(f"{facts.definition.name} is valid: {listed}.", style="bold"),
        Text(f"{money} {words.money(float(todays_spend(facts).sum()))}."),
        Text(f"{count(float(facts.open_slots[:, : facts.planned].sum()))} new-patient slots are open to advertising."),
        *(Padding(Text(f"- {note}"), (0, 0, 0, 2), expand=False) for note in facts.notes),
    ]
    return Group(*lines)


def _counted(number: int, plural: str) -> str:
    return f"{number} {plural[:-1] if number == 1 else plural}"


def reference_screen() -> RenderableType:
    """All tables with their columns."""
    parts: list[RenderableType] = []
    for spec in TABLES.values():
        needed = "needed" if spec.required else f"optional; without it, {spec.absent}"
        parts += [
            Text(f"{spec.name}.csv", style="bold"),
            Text(f"One row is {spec.row_is}. {needed[0].upper()}{needed[1:]}."),
        ]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2))
        for header in ("Column", "Unit", "If blank", "Meaning"):
            table.add_column(header)
        for column in spec.columns:
            blank = "needed" if column.required else ("" if column.default is None else f"{column.default:g}")
            choices = f" ({', '.join(column.choices)})" if column.choices else ""
            table.add_row(column.name, column.unit or column.kind.value, blank, column.meaning + choices)
        parts += [table, Text("")]
    return Group(*parts)
