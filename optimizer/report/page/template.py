"""Pages from templates: text of a scenario is escaped, and the pages' content policy forbids scripts and requests."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from importlib import resources

from optimizer.errors import UsageError
from optimizer.report.sections import PROSE, Grid


def rendered(template: str, styles: tuple[str, ...], **values: object) -> str:
    """A page.

    Args:
        template: Name of the template.
        styles: Names of its style sheets, the later ones going before.
        values: What the template shows.

    Raises:
        UsageError: if what draws it is not installed.
    """
    try:
        from jinja2 import Environment, FunctionLoader, StrictUndefined
    except ImportError:
        raise UsageError(not_installed("jinja2")) from None
    style = "".join(_text(name) for name in styles)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=FunctionLoader(_text), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.tests["too_wide_for_a_phone"] = too_wide_for_a_phone
    return environment.get_template(template).render(
        style=style, style_digest=digest, prose=(*_SENTENCES, ""), **values
    )


_SENTENCES = (*PROSE, "By week")
"""Headers that stand above words on a page; the last one above numbers on a terminal."""
_PHONE = 51
"""Characters that a phone shows beside each other, a gap after each column counted."""
_READ, _LINES = 36, 3
"""Characters of a column in which a sentence can be read, and lines that shorter ones may take."""


def too_wide_for_a_phone(grid: Grid) -> bool:
    """Whether a phone shows each row of a table as a list, because its columns do not fit beside each other."""
    columns = zip(*grid.rows, strict=True) if grid.rows else ()
    told = any(grid.headers)
    needed = [
        _words(header, cells) if not (place and told) or header in _SENTENCES else _line(header, cells)
        for place, (header, cells) in enumerate(zip(grid.headers, columns, strict=False))
    ]
    return sum(needed) + len(needed) > _PHONE


def _line(header: str, cells: Sequence[str]) -> int:
    """Characters of a column whose cells stand on one line."""
    return max(_longest_word(header), *map(len, cells))


def _words(header: str, cells: Sequence[str]) -> int:
    """Characters of a column whose cells may be wrapped between words."""
    return max(*map(_longest_word, (header, *cells)), min(-(-max(map(len, cells)) // _LINES), _READ))


def _longest_word(text: str) -> int:
    return max(map(len, re.split(r"\s|(?<=-)", text)))


def not_installed(library: str) -> str:
    """What to do where a library is missing."""
    return f"the page needs {library}, which is not installed: pip install 'capacity-budget-optimizer[html]'"


def _text(name: str) -> str:
    return (resources.files("optimizer.report.page") / name).read_text(encoding="utf-8")
