"""An upload with requests or httpx, waiting where it is told to, and the result read again.

Usage: upload.py LIBRARY URL KEY FILE TIMES. Prints what was found, how many uploads that took, and how many of them were refused.
"""

import importlib
import json
import os
import sys
import time

ATTEMPTS = 5


def upload(client, url, headers, path):
    """The answer, and how often it was refused before."""
    for attempt in range(ATTEMPTS):
        with open(path, "rb") as file:
            answer = client.post(f"{url}/analyze", headers=headers, files={"file": (os.path.basename(path), file)})
        if answer.status_code != 429:
            return answer, attempt
        assert answer.json()["error"]["code"] == "RATE_LIMITED"
        time.sleep(int(answer.headers["Retry-After"]) * 2**attempt)
    return answer, ATTEMPTS


def main(library, url, key, path, times):
    library = importlib.import_module(library)
    headers, refused = {"X-API-Key": key}, 0
    with (library.Client(trust_env=False) if hasattr(library, "Client") else library.Session()) as client:
        wrong = client.post(f"{url}/analyze", headers=headers, files={"file": ("a.txt", b"text")})
        for _ in range(times):
            answer, refusals = upload(client, url, headers, path)
            answer.raise_for_status()
            refused += refusals
        again = client.get(url + answer.headers["Location"], headers=headers)
    told = {"status": answer.status_code, "found": answer.json(), "again": again.json(), "refused": refused}
    print(json.dumps({**told, "wrong": wrong.status_code}))


if __name__ == "__main__":
    main(*sys.argv[1:5], int(sys.argv[5]))
