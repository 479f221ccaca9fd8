"""What schemathesis is told about the service: names of things that are there, and what must stay as it is.

`KNOWN` in the environment says, as JSON, which name of a path parameter is known to be good: {"/api/v1/users/{id}": "7"}.
`KEY` calls, and `OWN` is its id: it reads of it in lists, and must not change or revoke it.
"""

import itertools
import json
import os

import crowd
import schemathesis

KNOWN = json.loads(os.environ.get("KNOWN", "{}"))
# With fewer requests a minute, fewer tokens a second or no room for jobs, all the rest would be refused or slow.
KEPT = ("requests_per_minute", "tokens_per_second", "max_queue")
OWN = os.environ.get("OWN", "")
# What rules keep schemathesis from making up.
GOOD = {
    "/api/v1/models": {"name": "tides-{}", "text": "The tide comes in and the tide goes out. " * 10},
    "/api/v1/users": {"username": "fuzz{}", "password": "a gate in the fence by the river"},
}
turns = itertools.count()


def elsewhere(value):
    """The same without what the run depends on."""
    if isinstance(value, dict):
        return {name: elsewhere(value) for name, value in value.items()}
    if isinstance(value, list):
        return [elsewhere(value) for value in value]
    return "none" if value == OWN else value


@schemathesis.hook
def before_call(context, case, kwargs):
    """Half of the calls are about things that are there; what the service could not go on without is never taken away."""
    crowd.prepare(case, **{"X-API-Key": os.environ["KEY"]})
    path = case.operation.path
    kept = {OWN, *KNOWN.values()} if case.method == "DELETE" else {OWN}
    for name, value in (case.path_parameters or {}).items():
        if value in kept:
            case.path_parameters[name] = "none"
    if path.endswith("/revoke"):
        case.body = elsewhere(case.body)
    if path == "/api/v1/config" and isinstance(case.body, dict):
        case.body = {name: value for name, value in case.body.items() if name not in KEPT}
    if case.method == "POST" and path in GOOD and case.media_type == "application/json" and next(turns) % 2:
        case.body = {name: value.format(next(turns)) for name, value in GOOD[path].items()}
    collection = path.removesuffix("/rotate")
    if collection in KNOWN and case.method != "DELETE" and next(turns) % 2:
        for name in case.path_parameters or {}:
            case.path_parameters[name] = KNOWN[collection]


@schemathesis.hook
def after_call(context, case, response):
    """Remembers what was made."""
    crowd.count(case, response)
    place = (response.headers.get("location") or [""])[0]
    if response.status_code in (201, 202) and place.startswith(case.operation.path + "/"):
        name = "name" if case.operation.path.endswith("/models") else "id"
        KNOWN[f"{case.operation.path}/{{{name}}}"] = place.rsplit("/", 1)[1]
