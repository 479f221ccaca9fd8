"""The loop that clients of the service are told to write, with requests: wait as long as `Retry-After` says, longer each time.

Usage: retry.py URL KEY REQUESTS. Prints how many requests were answered, how many refusals that took, and what the headers said.
"""

import json
import sys
import time

import requests

ATTEMPTS = 5


def ask(session, url):
    """Runs a model, and returns the answer and how often it was refused before."""
    for attempt in range(ATTEMPTS):
        response = session.post(url, json={"prompt": "Who keeps the gate?", "model": "llama-7b"}, timeout=20)
        if response.status_code != 429:
            return response, attempt
        assert response.json()["error"]["code"] == "RATE_LIMITED"
        time.sleep(int(response.headers["Retry-After"]) * (2**attempt))
    return response, ATTEMPTS


def main(url, key, count):
    answered = refused = 0
    with requests.Session() as session:
        session.headers["X-API-Key"] = key
        for _ in range(count):
            response, refusals = ask(session, url)
            response.raise_for_status()
            answered += bool(response.json()["output"])
            refused += refusals
    limits = {name: int(response.headers[f"X-RateLimit-{name}"]) for name in ("Limit", "Remaining", "Reset")}
    print(json.dumps({"answered": answered, "refused": refused, "limits": limits}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
