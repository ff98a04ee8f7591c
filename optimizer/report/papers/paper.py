"""A paper: sections under a title, laid out as text for a terminal or as a page for a browser and a printer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from optimizer.report.page.template import rendered
from optimizer.report.sections import Section
from optimizer.report.text import laid_out


@dataclass(frozen=True)
class Paper:
    """What stands on a paper.

    Attributes:
        title: What it is.
        covers: What it is about, and as of when.
        mark: Whom it is for; blank where anybody may see it.
        sections: What it says, in order.
        foot: What stands at its end: where its numbers come from.
        verdict: What it comes to, before all sections; blank where it judges nothing.
    """

    title: str
    covers: str
    mark: str
    sections: Sequence[Section]
    foot: Sequence[str]
    verdict: str = ""


def paper_screen(paper: Paper) -> RenderableType:
    """A paper as text."""
    head = [Text(line) for line in (paper.covers, paper.mark) if line]
    verdict = [Text(paper.verdict, style="bold"), Text("")] if paper.verdict else []
    return Group(
        Text(paper.title, style="bold"),
        *head,
        Text(""),
        *verdict,
        *map(laid_out, paper.sections),
        *(Text(line, style="dim") for line in paper.foot),
    )


def paper_page(paper: Paper, *styles: str) -> str:
    """A paper as one HTML page.

    Args:
        paper: The paper.
        styles: Style sheets beyond that of every page.

    Raises:
        UsageError: if what draws it is not installed.
    """
    return rendered("paper.html.j2", ("page.css", *styles), paper=paper)
