"""Alerts on a terminal."""

from __future__ import annotations

import numpy as np
import pandas as pd
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from optimizer.plan.words import Words
from optimizer.scenario.definition import Objective
from optimizer.weekly.alert_rules import DAYS, INFO, MONEY, SEVERITIES, Raised
from optimizer.weekly.alerts import Alert, Alerts

INSIDE = "Counts below 11 are shown here and left out of what --out writes and --post sends."


def alerts_screen(alerts: Alerts) -> RenderableType:
    """Each alert with its number against the threshold, who decides what, and by when."""
    made_up = "  Made-up data for demonstration." if alerts.synthetic else ""
    counts = [sum(alert.raised.severity == severity for alert in alerts.found) for severity in SEVERITIES]
    listed = ", ".join(f"{number} {severity}" for number, severity in zip(counts, SEVERITIES, strict=True) if number)
    title = Text(f"Alerts of {alerts.run}: {listed or 'none'}{made_up}", style="bold")
    words = Words(alerts.currency, Objective.LTV)
    since = [] if alerts.since else [Text("Not compared with an earlier run: --since tells which clinics filled up.")]
    parts: list[RenderableType] = [title, *since, Text("")]
    for alert in alerts.found:
        parts += [_alert(alert, words), Text("")]
    return Group(*parts, Text(INSIDE, style="dim"))


def _alert(alert: Alert, words: Words) -> RenderableType:
    raised, right = alert.raised, alert.right
    since = f"  since {raised.since}" if raised.since else ""
    head = Text(f"{raised.severity.upper()}  {raised.place}{since}", style="" if raised.severity == INFO else "bold")
    hours = f" within {right.hours:g} hours" if right.hours is not None else ""
    after = f", then {right.escalate_to}" if right.escalate_to else ""
    lines = [
        raised.headline,
        f"{_against(raised, words)}  [{raised.source}]",
        f"{right.owner} decides{hours}{after}: {right.decision or 'what to do'}  [{right.source}]",
    ]
    return Group(head, *(Padding(Text(line), (0, 0, 0, 2), expand=False) for line in lines))


def _against(raised: Raised, words: Words) -> str:
    if raised.unit == MONEY:
        return f"{words.money(raised.number, cents=True)} planned for the first week"
    if raised.unit == DAYS:
        return f"{_amount(raised.number)} days against {_amount(raised.threshold)}"
    return f"{_amount(raised.number)} {raised.unit} against {_amount(raised.threshold)} {_HELD_AGAINST[raised.kind]}"


def _amount(number: float) -> str:
    """``1,031`` or ``8.5``: a digit after the point only below ten, and only where there is one."""
    return f"{round(number, 1 if abs(number) < 10 else None):,}".removesuffix(".0")


_HELD_AGAINST = {
    "leads_over_intake": "answered in time",
    "backlog": "allowed",
    "filled_up": "in the run before",
    "opened": "in the run before",
}


def alert_facts(alerts: Alerts) -> dict[str, object]:
    """The same as plain values, for the house."""
    frame = alerts.frame()
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return {
        "run": alerts.run,
        "compared_with": alerts.since or None,
        "as_of": alerts.as_of,
        "internal": INSIDE,
        "alerts": [{str(name): _plain(cell) for name, cell in row.items()} for row in rows],
    }


def _plain(cell: object) -> object:
    return cell.item() if isinstance(cell, np.generic) else None if cell is pd.NaT else cell
