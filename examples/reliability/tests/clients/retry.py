"""The loop that clients are told to write, with requests: log in, ask, and wait as long as `Retry-After` says.

Usage: retry.py URL PASSWORD REQUESTS. Prints how many requests were answered, and how many refusals that took.
"""

import json
import sys
import time

import requests

ATTEMPTS = 5


def ask(session, url):
    """Converts an amount, and returns the answer and how often it was refused before."""
    question = {"from": "EUR", "to": "USD", "amount": "12.50"}
    for attempt in range(ATTEMPTS):
        response = session.get(f"{url}/convert", params=question, timeout=20)
        if response.status_code != 429:
            return response, attempt
        assert response.json()["error"]["code"] == "RATE_LIMITED"
        time.sleep(int(response.headers["Retry-After"]) * 2**attempt)
    return response, ATTEMPTS


def main(url, password, count):
    answered = refused = 0
    with requests.Session() as session:
        login = session.post(f"{url}/login", data={"username": "demo", "password": password}, timeout=20)
        login.raise_for_status()
        session.headers["Authorization"] = f"Bearer {login.json()['token']}"
        who = session.get(f"{url}/protected", timeout=20).json()["username"]
        for _ in range(count):
            response, refusals = ask(session, url)
            response.raise_for_status()
            answered += response.json()["currency"] == "USD"
            refused += refusals
    print(json.dumps({"who": who, "answered": answered, "refused": refused}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
