"""Papers in a browser: how many sheets they print on."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")


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
