"""The REST API as a client with patience uses it: asks again until it has an answer, with the same Idempotency-Key."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx

PATIENCE_S = 120.0
PAUSE_S = 0.5


class Refused(RuntimeError):
    """An answer that asking again does not change, or none within the patience."""


class Client:
    """One API key: one workspace. Safe from several threads."""

    def __init__(self, url: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=f"{url}/api/v1/", headers=headers, timeout=10.0, trust_env=False)

    def start(self, body: Mapping[str, Any], key: str) -> str:
        """The build's id. Raises Refused."""
        return str(self._post("builds/", dict(body), {"Idempotency-Key": key})["id"])

    def steer(self, build: str, verb: str) -> bool:
        """Cancel, pause or resume; False where the build was no longer in a state for it. Raises Refused."""
        return self._post(f"builds/{build}/{verb}/", {}, {}, also=409) is not None

    def close(self) -> None:
        self._http.close()

    def _post(self, path: str, body: dict[str, Any], headers: dict[str, str], also: int = 0) -> Any:
        end, last = time.monotonic() + PATIENCE_S, "no answer"
        while time.monotonic() < end:
            try:
                answer = self._http.post(path, json=body, headers=headers)
            except httpx.TransportError as error:
                last = repr(error)
            else:
                if answer.is_success:
                    return answer.json()
                if answer.status_code == also:
                    return None
                if answer.status_code < 500 and answer.status_code != 429:
                    raise Refused(f"{path}: {answer.status_code} {answer.text[:300]}")
                last = f"{answer.status_code} {answer.text[:200]}"
            time.sleep(PAUSE_S)
        raise Refused(f"{path}: {last}")
