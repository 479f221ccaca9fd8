"""What schemathesis is told about the service: keys, of which each may ask only so often, a file, and names of things that are there.

`KEY` (an administrator's) and `FILE` (a path) stand in the environment.
"""

import itertools
import os

import crowd
import schemathesis

with open(os.environ["FILE"], "rb") as file:
    FILE = file.read()
KEYS = 40
known = {}
turns = itertools.count()


def mint(key):
    """Keys of many administrators."""
    body = {"name": "fuzz", "permissions": [], "roles": ["admin"]}
    made = [crowd.ask(os.environ["URL"], "POST", "/keys", body, {"X-API-Key": key}) for _ in range(KEYS)]
    assert all(status == 201 for status, _ in made), made
    return [answer["key"] for _, answer in made]


keys = mint(os.environ["KEY"])


@schemathesis.hook
def before_call(context, case, kwargs):
    """Every second call is about what is there. Nobody takes away the keys that call."""
    turn = next(turns)
    crowd.prepare(case, **{"X-API-Key": keys[turn % len(keys)]})
    path = case.operation.path
    if turn % 2 and case.path_parameters and path.removesuffix("/rotate") in known:
        case.path_parameters["id"] = known[path.removesuffix("/rotate")]
    if path == "/keys/revoke" and isinstance(case.body, dict) and "lineage" not in case.body:
        # Whatever was made before some time would be everything.
        case.body["owner"] = "nobody"
    if turn % 2 and path == "/analyze" and isinstance(case.body, dict):
        case.body["file"] = FILE


@schemathesis.hook
def after_call(context, case, response):
    """Remembers what was made."""
    crowd.count(case, response)
    place = (response.headers.get("location") or [""])[0]
    if response.status_code == 201 and "/" in place:
        collection, name = place.rsplit("/", 1)
        known[f"{collection}/{{id}}"] = name
