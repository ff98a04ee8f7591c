"""Pages from templates: text of a scenario is escaped, and the pages' content policy forbids scripts and requests."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from optimizer.errors import UsageError
from optimizer.report.sections import PROSE


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
    return environment.get_template(template).render(
        style=style, style_digest=digest, prose=(*PROSE, *_WORDS), **values
    )


_WORDS = ("By week", "")
"""Headers that stand above words on a page and above numbers on a terminal."""


def not_installed(library: str) -> str:
    """What to do where a library is missing."""
    return f"the page needs {library}, which is not installed: pip install 'capacity-budget-optimizer[html]'"


def _text(name: str) -> str:
    return (resources.files("optimizer.report.page") / name).read_text(encoding="utf-8")
