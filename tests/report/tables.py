"""The tables of a page, as any reader of HTML finds them."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser


class Tables(HTMLParser):
    """The tables of a page by the heading above them, and every address that it names."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self._heading, self._cell, self._open = "", "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "srcset", "href", "action", "data")]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag == "tr":
            self.tables.setdefault(self._heading, []).append([])
        if tag in ("h1", "h2", "td", "th"):
            self._open, self._cell = tag, ""

    def handle_data(self, data: str) -> None:
        self._cell += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "h2":
            self._heading = self._cell
        elif tag in ("td", "th"):
            self.tables[self._heading][-1].append(self._cell)
