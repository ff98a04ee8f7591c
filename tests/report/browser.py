"""Pages in a browser: how many sheets they print on, what they ask for, and whether anything is cut or overlaps."""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
WIDTHS = (390, 1280)
"""A phone and a desk, in pixels."""


def sheets(page: Path) -> int:
    """Sheets of letter paper, the shorter one, with margins of A4, the narrower one."""
    paper = page.with_suffix(".pdf")
    text = page.read_text(encoding="utf-8")
    narrow = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    assert "@page { margin: 9mm 12mm; }" in narrow
    copy = page.with_suffix(".narrow.html")
    copy.write_text(narrow.replace("@page { margin: 9mm 12mm; }", "@page { size: 210mm 279mm; margin: 9mm 12mm; }"))
    subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
         f"--user-data-dir={page.parent / 'profile'}", f"--print-to-pdf={paper}", copy.as_uri()],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    return len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))


@dataclass(frozen=True)
class Browsed:
    """What Chromium makes of a page.

    Attributes:
        dom: The page as it stands in the end.
        console: What is written on the console.
        asked: Addresses that the page asks for, not the browser itself.
    """

    dom: str
    console: str
    asked: set[str]


def browsed(file: Path) -> Browsed:
    """Open a page."""
    log = file.with_suffix(".net.json")
    done = subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom",
         "--disable-background-networking", "--disable-component-update", "--no-first-run", "--hide-scrollbars",
         "--host-resolver-rules=MAP * ~NOTFOUND", f"--log-net-log={log}", f"--user-data-dir={file.parent / 'profile'}",
         file.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    started = [event.get("params", {}) for event in json.loads(log.read_text(encoding="utf-8"))["events"]]
    own = ("", "not an origin")
    asked = {params["url"] for params in started if "url" in params and params.get("initiator", "") not in own}
    return Browsed(done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line), asked)


_MEASURE = """
const wrong = [];
for (const frame of document.querySelectorAll("iframe")) {
  const root = frame.contentDocument.documentElement, tell = what => wrong.push(`${frame.title}: ${what}`);
  if (root.scrollWidth > root.clientWidth) tell(`is ${root.scrollWidth} pixels wide`);
  for (const one of root.querySelectorAll("body *")) {
    const box = one.getBoundingClientRect(), text = one.textContent.slice(0, 50);
    if (box.width && box.right > root.clientWidth + 1) tell(`${one.tagName} ends at ${box.right}: ${text}`);
    if (one.clientWidth && one.scrollWidth > one.clientWidth + 1) tell(`${one.tagName} is cut: ${text}`);
  }
  for (const cell of root.querySelectorAll("th, td")) for (const node of cell.childNodes) {
    const part = frame.contentDocument.createRange();
    for (const word of node.nodeType === 3 ? node.data.matchAll(/[^\\s-]{1,24}/g) : []) {
      part.setStart(node, word.index);
      part.setEnd(node, word.index + word[0].length);
      if (new Set([...part.getClientRects()].map(line => line.top)).size > 1) tell(`a word is broken: ${word[0]}`);
    }
  }
}
for (const drawn of document.querySelectorAll("svg")) {
  const edge = drawn.getBoundingClientRect(), tell = what => wrong.push(`${drawn.parentNode.title}: ${what}`);
  const texts = [...drawn.querySelectorAll("text")].filter(text => text.textContent && text.getBBox().width);
  const upright = texts.filter(text => !text.outerHTML.includes("rotate"));
  for (const text of texts) {
    const box = text.getBoundingClientRect(), beside = box.left < edge.left - 1 || box.right > edge.right + 1;
    if (text.textContent.includes("…")) tell(`is shortened: ${text.textContent}`);
    if (beside || box.top < edge.top - 1 || box.bottom > edge.bottom + 1) tell(`is cut: ${text.textContent}`);
  }
  upright.forEach((one, place) => upright.slice(place + 1).forEach(other => {
    const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
      tell(`overlap: ${one.textContent} and ${other.textContent}`);
  }));
}
document.body.dataset.wrong = JSON.stringify(wrong);
"""


def laid_out(pages: Mapping[str, str], folder: Path) -> tuple[list[str], Browsed]:
    """What is cut, overlaps or needs scrolling sideways at any width, and how the pages were browsed.

    Every page is shown as it is in a frame of each width; only the page around them holds a script. Charts are measured
    beside them, because the text of a picture cannot be.
    """
    frames = [
        f'<iframe title="{name} at {width}" style="width:{width}px;height:900px" srcdoc="{html.escape(text)}"></iframe>'
        for name, text in pages.items()
        for width in WIDTHS
    ]
    drawn = [
        f'<div title="chart {place + 1} of {name}">{base64.b64decode(found).decode()}</div>'
        for name, text in pages.items()
        for place, found in enumerate(re.findall(r"data:image/svg\+xml;base64,([^\"]+)", text))
    ]
    wrapper = folder / "wrapper.html"
    script = f"<script>onload = () => {{{_MEASURE}}}</script>"
    style = "<style>iframe { border: 0 }</style>"
    head = f'<!DOCTYPE html><meta charset="utf-8">{style}{script}'
    wrapper.write_text(f"{head}<body>{''.join(frames)}{''.join(drawn)}</body>", encoding="utf-8")
    seen = browsed(wrapper)
    (found,) = re.findall(r'data-wrong="([^"]*)"', seen.dom)
    return json.loads(html.unescape(found)), seen
