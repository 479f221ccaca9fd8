"""What schemathesis is told about the service: who may log in. Whoever is logged out logs in again.

`PASSWORD` of the user demo stands in the environment.
"""

import collections
import itertools
import os
import time

import crowd
import schemathesis

# Tokens are void by the second: one that was made in the same second as all others became void would be, too.
PAUSE = 1.5

password = other = os.environ["PASSWORD"]
turns = collections.defaultdict(itertools.count)
last = 0.0


def login():
    body = {"username": "demo", "password": password}
    status, answer = crowd.ask(os.environ["URL"], "POST", "/login", body, {})
    assert status == 200, answer
    return answer["token"]


token = login()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Half of the logins, and some changes of the password, should go well; only so often is everybody logged out."""
    global other
    path = case.operation.path
    turn = next(turns[path])
    # Guesses at a password would lock the account.
    ends_all = path == "/logout/everywhere" or (path == "/password" and is_change(case.body))
    presented = token
    if ends_all and turn % 8:
        presented = "none"
    elif ends_all:
        time.sleep(max(0.0, last + PAUSE - time.monotonic()))
    crowd.prepare(case, Authorization=f"Bearer {presented}")
    if path == "/password" and is_change(case.body):
        other = f"a gate in the fence by the river {turn}"
        case.body = {"old_password": password, "new_password": other}
    if path == "/login" and isinstance(case.body, dict):
        if turn % 2 or str(case.body.get("username")).lower() == "demo":
            case.body = {"username": "demo", "password": password}


def is_change(body):
    return isinstance(body, dict) and isinstance(body.get("old_password"), str)


@schemathesis.hook
def after_call(context, case, response):
    global last, password, token
    crowd.count(case, response)
    path = case.operation.path
    if response.status_code != 204:
        return
    if path == "/password":
        password = other
    if path in ("/logout/everywhere", "/password"):
        last = time.monotonic()
    token = login()
