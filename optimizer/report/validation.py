"""What a valid scenario says, and what its tables may say, on a terminal."""

from __future__ import annotations

import itertools
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer.intake.capacity import backlog_notes, intake_hours
from optimizer.plan.held_back import gate_table
from optimizer.plan.words import Words, count
from optimizer.report.rules import rule_screen, rules
from optimizer.response.forecast import todays_spend
from optimizer.scenario.facts import Facts
from optimizer.scenario.read import Scenario
from optimizer.scenario.tables import TABLES


def validation_facts(scenario: Scenario, facts: Facts) -> dict[str, object]:
    """Size of a scenario, its budget and today's spend, its rules, and the assumptions made, as plain values."""
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
        "rules": [asdict(rule) for rule in rules(scenario, facts)],
        "gates": gate_facts(facts),
        "notes": _notes(facts),
    }


def validation_screen(scenario: Scenario, facts: Facts, most_of_a_kind: int) -> RenderableType:
    """The same in sentences; of rules of a kind that are more than this, only how many and where."""
    found, words, notes = validation_facts(scenario, facts), Words.of(facts.definition), _notes(facts)
    sizes = ("campaigns", "clinics", "service_lines", "intake_teams", "limits", "weeks")
    listed = ", ".join(_counted(int(str(found[name])), name.replace("_", " ")) for name in sizes)
    money = f"Budget {words.money(facts.definition.budget.total)}; today's spend over the same weeks"
    lines: list[RenderableType] = [
        Text(f"{facts.definition.name} is valid: {listed}.", style="bold"),
        Text(f"{money} {words.money(float(todays_spend(facts).sum()))}."),
        Text(f"{count(float(facts.open_slots[:, : facts.planned].sum()))} new-patient slots are open to advertising."),
        Text(""),
        Text("Rules in effect:", style="bold"),
        rule_screen(rules(scenario, facts), most_of_a_kind),
        Text(""),
        *_gates(facts, most_of_a_kind),
        *([Text("Assumed where the tables say nothing:", style="bold")] if notes else []),
        *(Padding(Text(f"- {note}"), (0, 0, 0, 2), expand=False) for note in notes),
    ]
    return Group(*lines)


def _notes(facts: Facts) -> list[str]:
    return [*facts.notes, *backlog_notes(facts, intake_hours(facts))]


def gate_facts(facts: Facts) -> list[dict[str, Any]]:
    """Every gate in effect: its code, reason and source, the campaigns and how many planned weeks it limits."""
    table = gate_table(facts)
    return [
        {
            **dict(zip(("code", "reason", "source"), key, strict=True)),
            "campaigns": sorted(set(rows["campaign"])),
            "weeks": int(rows["week"].nunique()),
        }
        for key, rows in table.groupby(["code", "reason", "source"], sort=True)
    ]


def _gates(facts: Facts, most_of_a_kind: int) -> list[RenderableType]:
    """The gates one by one; of a code that speaks of more than this, only how many and where."""
    found, lines = gate_facts(facts), []
    for code, group in itertools.groupby(found, key=lambda gate: str(gate["code"])):
        told = list(group)
        if len(told) > most_of_a_kind:
            campaigns = {name for gate in told for name in gate["campaigns"]}
            lines.append(f"- {code}: {_counted(len(campaigns), 'campaigns')}, for {len(told)} reasons (--all-rules)")
            continue
        lines += [
            f"- {code}: {gate['reason']} {_one_or_count(gate['campaigns'])},"
            f" {_counted(gate['weeks'], 'weeks')} ({gate['source']})"
            for gate in told
        ]
    heading = [Text("Gates in effect:", style="bold")] if found else []
    return [*heading, *(Padding(Text(line), (0, 0, 0, 2), expand=False) for line in lines)]


def _one_or_count(names: list[str]) -> str:
    return names[0] if len(names) == 1 else _counted(len(names), "campaigns")


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
