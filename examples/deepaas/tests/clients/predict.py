"""What documented clients do, with requests: list the models, send a picture, and be refused without the token.

Usage: predict.py URL TOKEN FILE. Prints what came back.
"""

import json
import sys

import requests


def main(url, token, path):
    with requests.Session() as session:
        bare = session.get(f"{url}/v2/models/", timeout=20)
        session.headers["Authorization"] = f"Bearer {token}"
        models = session.get(f"{url}/v2/models/", timeout=20).json()["models"]
        with open(path, "rb") as file:
            found = session.post(f"{url}/v2/models/{models[0]['id']}/predict", files={"data": file}, timeout=20)
        without = session.post(f"{url}/v2/models/{models[0]['id']}/predict", timeout=20)
    told = {"bare": bare.status_code, "challenge": bare.headers["WWW-Authenticate"], "found": found.json()}
    print(json.dumps({**told, "without": [without.status_code, without.json()["error"]["code"]]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
