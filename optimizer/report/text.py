"""A run on a terminal: the first screen.

Text from the scenario is always plain text to the terminal, never markup.
"""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer.plan.runs import Run
from optimizer.report.sections import PROSE, Grid, Listing, Paragraph, Section, made_up, proof, sections, title


def first_screen(run: Run) -> RenderableType:
    """Headline, biggest moves, tightest places, unspent money, assumptions and proof of one run."""
    head, covers = title(run)
    return Group(
        Text(f"{head}  {made_up(run)}".rstrip(), style="bold"),
        Text(covers),
        Text(""),
        *map(laid_out, sections(run)),
        Text(proof(run), style="dim"),
    )


def laid_out(section: Section) -> RenderableType:
    """A section on a terminal."""
    match section:
        case Paragraph():
            return Group(Text.assemble((f"{section.label}: ", "bold"), section.text), Text(""))
        case Listing():
            points = [Padding(Text(f"- {point}"), (0, 0, 0, 2), expand=False) for point in section.points]
            return Group(Text(section.heading, style="bold"), *points, Text(""))
        case Grid():
            below = Padding(Text(section.note, style="dim"), (1, 0, 1, 0), expand=False) if section.note else Text("")
            above = [Text(section.heading, style="bold")] if section.heading else []
            return Group(*above, table(section), below)


def table(section: Grid) -> Table:
    """The rows of a table: words to the left and wrapped, numbers to the right on one line."""
    told = any(section.headers)
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_header=told)
    for position, header in enumerate(section.headers):
        prose = position == 0 or header in PROSE or not told
        shown.add_column(
            Text(header),
            justify="left" if prose else "right",
            no_wrap=not prose,
            overflow="fold",
            min_width=18 if position == 0 else None,
        )
    for row in section.rows:
        shown.add_row(*map(Text, row))
    return shown
