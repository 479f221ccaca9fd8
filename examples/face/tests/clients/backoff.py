"""The loop that clients of the service are told to write: wait as long as `Retry-After` says, longer each time, and go on.

Usage: backoff.py URL REQUESTS. Prints how many requests were answered and how many refusals that took.
"""

import json
import sys
import time

import requests

ATTEMPTS = 5


def get(session, url):
    """GETs `url` and returns the answer, and how often it was refused before."""
    for attempt in range(ATTEMPTS):
        response = session.get(url, timeout=20)
        if response.status_code != 429:
            return response, attempt
        time.sleep(int(response.headers["Retry-After"]) * 2**attempt)
    return response, ATTEMPTS


def main(url, count):
    answered = refused = 0
    with requests.Session() as session:
        for _ in range(count):
            response, refusals = get(session, url)
            response.raise_for_status()
            answered += 1
            refused += refusals
    print(json.dumps({"answered": answered, "refused": refused}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
