"""What leaves the house, and to where: small counts stay, addresses are kept secret, and nobody waits for ever."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from optimizer.errors import StorageError, UsageError
from optimizer.weekly import webhook
from optimizer.weekly.alert_rules import Raised
from optimizer.weekly.alerts import Alert, Alerts
from optimizer.weekly.decision_rights import DEFAULTS
from optimizer.weekly.webhook import is_small, payload, payload_text, post, target

LATE = Raised("leads_over_intake", "warning", "Desk", "More leads than ...", 130.0, 85.0, "leads", "2026-01-05", "x:2")
ALERTS = Alerts("run-1", "", "small", "USD", "2026-01-01", False, (Alert(LATE, DEFAULTS["leads_over_intake"]),))


@pytest.mark.parametrize(
    ("number", "threshold", "unit", "hidden"),
    [
        (130.0, 85.0, "leads", False),
        (130.0, 0.0, "leads", False),
        (7.0, 0.0, "leads", True),
        (0.4, 0.0, "appointments", True),
        (10.6, 0.0, "contacts", True),  # rounds to 11, but tells of 10 and a part
        (130.0, 122.0, "leads", True),  # 8 are answered late
        (0.0, 5.0, "appointments", True),
        (33.0, 28.0, "days", False),
        (5.0, 0.0, "money a week", False),
    ],
)
def test_small_counts_of_people_and_what_tells_them_are_left_out(
    number: float, threshold: float, unit: str, hidden: bool
) -> None:
    raised = replace(LATE, number=number, threshold=threshold, unit=unit)
    assert is_small(raised) is hidden
    (entry,) = payload(replace(ALERTS, found=(Alert(raised, DEFAULTS["stale"]),)))["alerts"]  # type: ignore[misc]
    assert entry["left_out"] is hidden
    assert (entry["number"], entry["threshold"]) == ((None, None) if hidden else (number, threshold))


def test_the_payload_is_plain_values() -> None:
    made = json.loads(payload_text(ALERTS))
    assert (made["schema"], made["kind"], made["run"]) == (1, "optimizer.alerts", "run-1")
    assert made["alerts"][0]["owner"] == DEFAULTS["leads_over_intake"].owner


@pytest.mark.parametrize(
    "url",
    ["http://example.com/x", "ftp://127.0.0.1/x", "https:///x", "file:///etc/passwd", "http://localhost.example.com/",
     "https://user:pass@example.com/", "http://[::1", "https://example.com/a b", "http://127.0.0.1.example.com/"],
)  # fmt: skip
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(UsageError) as error:
        target(url)
    assert "pass" not in str(error.value).replace("password", "")


@pytest.mark.parametrize(
    "url", ["https://example.com/x", "http://127.0.0.1:8/x", "http://localhost/x", "http://[::1]/x"]
)
def test_addresses_that_are_taken(url: str) -> None:
    assert target(url).url == url


class Listener(ThreadingHTTPServer):
    """Takes posts on this computer, answers as told, and keeps what came."""

    daemon_threads = True

    def __init__(self, answers: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), Taker)
        self.answers, self.taken = answers, list[tuple[dict[str, Any], dict[str, str]]]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook/s3cret?token=s3cret"


class Taker(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((json.loads(body), dict(self.headers)))
        status = self.server.answers.pop(0) if self.server.answers else 200
        if status == 0:  # drips a header that never ends
            for _ in range(40):
                self.wfile.write(b"H")
                time.sleep(0.05)
            return
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.server.url)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener([])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_delivered_once(listener: Listener) -> None:
    assert post(ALERTS, listener.url) == "http://127.0.0.1"
    ((body, headers),) = listener.taken
    assert body == json.loads(payload_text(ALERTS))
    assert headers["Content-Type"] == "application/json"


def test_tried_again_with_growing_waits_and_the_same_key(listener: Listener) -> None:
    listener.answers = [503, 429, 200]
    waits: list[float] = []
    post(ALERTS, listener.url, wait=waits.append)
    assert waits == [0.5, 1.0]
    assert len({headers["Idempotency-Key"] for _, headers in listener.taken}) == 1
    assert len(listener.taken) == 3


@pytest.mark.parametrize(("answers", "tries"), [([503] * 9, 4), ([400], 1), ([302], 1)])
def test_given_up_without_telling_the_address(listener: Listener, answers: list[int], tries: int) -> None:
    listener.answers = list(answers)
    with pytest.raises(StorageError) as error:
        post(ALERTS, listener.url, wait=lambda _: None)
    assert str(answers[0]) in str(error.value)
    assert "s3cret" not in str(error.value)
    assert len(listener.taken) == tries


def test_nobody_there() -> None:
    with pytest.raises(StorageError, match="after 4 tries: no connection"):
        post(ALERTS, "http://127.0.0.1:9/s3cret", wait=lambda _: None)


def test_a_server_that_never_ends_holds_nobody_up(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "EACH_SECONDS", 0.2)
    monkeypatch.setattr(webhook, "MOST_SECONDS", 0.5)
    listener.answers = [0] * 9
    began = time.monotonic()
    with pytest.raises(StorageError, match="no answer"):
        post(ALERTS, listener.url, wait=lambda _: None)
    assert time.monotonic() - began < 2.0
