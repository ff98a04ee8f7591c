"""Alerts as they leave the house: without small counts of people, and only to where they may go.

The payload holds no file paths beyond names of tables, no secrets, and no count of 1 to 10 leads, contacts or
appointments, nor a pair of numbers from which one follows.
"""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from optimizer.errors import StorageError, UsageError
from optimizer.weekly.alert_rules import OF_PEOPLE, Raised
from optimizer.weekly.alerts import Alert, Alerts

PAYLOAD_SCHEMA = 1
SMALL = 10
"""Largest count of people that is not told (CMS, cell size suppression)."""
TRIES = 4
FIRST_WAIT = 0.5
"""Seconds before the second try; each further wait is twice as long."""
EACH_SECONDS = 5.0
"""Longest time of one try."""
MOST_SECONDS = 20.0
"""Longest time of all tries and waits."""
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
"""Answers after which another try makes sense."""


def payload(alerts: Alerts) -> dict[str, object]:
    """The alerts as plain values for others."""
    return {
        "schema": PAYLOAD_SCHEMA,
        "kind": "optimizer.alerts",
        "run": alerts.run,
        "compared_with": alerts.since or None,
        "scenario": alerts.scenario,
        "as_of": alerts.as_of,
        "synthetic": alerts.synthetic,
        "currency": alerts.currency,
        "small_counts": f"counts of 1 to {SMALL} leads, contacts or appointments, and what tells them, are left out",
        "alerts": [_outside(alert) for alert in alerts.found],
    }


def payload_text(alerts: Alerts) -> str:
    """:func:`payload` as JSON, the same for the same alerts."""
    return json.dumps(payload(alerts), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _outside(alert: Alert) -> dict[str, object]:
    raised, right = alert.raised, alert.right
    hidden = is_small(raised)
    return {
        "kind": raised.kind,
        "severity": raised.severity,
        "place": raised.place,
        "headline": raised.headline,
        "number": None if hidden else round(raised.number, 2),
        "threshold": None if hidden else round(raised.threshold, 2),
        "left_out": hidden,
        "unit": raised.unit,
        "since": raised.since or None,
        "source": raised.source,
        "owner": right.owner,
        "decision": right.decision,
        "escalate_to": right.escalate_to or None,
        "hours": right.hours,
        "right": right.source,
    }


def is_small(raised: Raised) -> bool:
    """Whether the number, the threshold or their difference is a count of 1 to 10 people, or a part of one."""
    counts = (raised.number, raised.threshold, raised.number - raised.threshold)
    return raised.unit in OF_PEOPLE and any(0 < abs(count) < SMALL + 1 for count in counts)


# Delivering


@dataclass(frozen=True)
class _Target:
    """Where a payload goes.

    Attributes:
        url: The whole address; it may hold a secret and is never shown.
        shown: Scheme and host.
        loopback: Whether it is this computer.
    """

    url: str
    shown: str
    loopback: bool


def target(url: str) -> _Target:
    """An address that alerts may go to: https, or this computer.

    Raises:
        UsageError: if it is neither, or holds a user name or password.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError("the address for alerts cannot be read; write https://host/path") from None
    loopback = _is_loopback(host)
    if not host or parts.scheme not in ("https", "http") or (parts.scheme == "http" and not loopback):
        raise UsageError(f"alerts go to https addresses only, or to this computer; '{_shown(parts, host)}' is neither")
    if parts.username is not None or parts.password is not None:
        raise UsageError("the address for alerts holds a user name or password; give one without")
    if any(sign.isspace() or not sign.isprintable() for sign in url):
        raise UsageError("the address for alerts holds a space or an invisible sign")
    return _Target(url, _shown(parts, host), loopback)


def _shown(parts: SplitResult, host: str) -> str:
    return f"{parts.scheme or '?'}://{host or '?'}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def post(alerts: Alerts, url: str, *, wait: Callable[[float], None] = time.sleep) -> str:
    """Deliver the payload; try again where that may help, and end in a bounded time.

    Args:
        alerts: The alerts.
        url: An https address, or one of this computer.
        wait: Sleeps for so many seconds.

    Returns:
        Scheme and host to which it was delivered.

    Raises:
        UsageError: if it may not go there.
        StorageError: if it was not delivered; the plan and the alerts are not touched by that.
    """
    to, body = target(url), payload_text(alerts).encode()
    deadline, last, tries = time.monotonic() + MOST_SECONDS, "", 0
    while tries < TRIES and (left := deadline - time.monotonic()) > 0:
        status, last = _attempt(to, body, min(EACH_SECONDS, left))
        tries += 1
        if 200 <= status < 300:
            return to.shown
        if status and status not in _AGAIN:
            raise StorageError(f"{to.shown} did not take the alerts: {last}")
        if tries < TRIES:
            wait(min(FIRST_WAIT * 2 ** (tries - 1), max(deadline - time.monotonic(), 0.0)))
    raise StorageError(f"the alerts were not delivered to {to.shown} after {tries} tries: {last}")


def _attempt(to: _Target, body: bytes, seconds: float) -> tuple[int, str]:
    """One try: the status, 0 where there was no answer, and what happened in words without the address."""
    answer: list[tuple[int, str]] = []
    worker = threading.Thread(target=lambda: answer.append(_send(to, body, seconds)), daemon=True)
    worker.start()
    worker.join(seconds)  # a server that sends one sign at a time must not hold anybody up
    return answer[0] if answer else (0, f"no answer in {seconds:.0f} seconds")


def _send(to: _Target, body: bytes, seconds: float) -> tuple[int, str]:
    headers = {"Content-Type": "application/json", "Idempotency-Key": hashlib.sha256(body).hexdigest()}
    request = urllib.request.Request(to.url, data=body, headers=headers, method="POST")
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    if to.loopback:
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=seconds) as response:
            return int(response.status), f"answer {response.status}"
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, f"answer {error.code}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        return 0, f"no connection ({type(error).__name__})"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Takes no redirect: alerts go to the address given and to no other."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""
