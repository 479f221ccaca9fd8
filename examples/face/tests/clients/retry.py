"""A client that leaves waiting to urllib3: it obeys `Retry-After` by itself.

Usage: retry.py URL REQUESTS. Prints how many requests were answered and how many refusals that took.
"""

import json
import sys

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry


def main(url, count):
    retry = Retry(total=5, respect_retry_after_header=True, status_forcelist=[429])
    answered = refused = 0
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=retry))
        for _ in range(count):
            response = session.get(url, timeout=20)
            response.raise_for_status()
            answered += 1
            refused += len(response.raw.retries.history)
    print(json.dumps({"answered": answered, "refused": refused}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
