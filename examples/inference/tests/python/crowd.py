"""Callers with many addresses, for hooks of schemathesis: each connection comes from another one of the loopback network, and makes one
request. What they were answered is counted.

`TALLY` in the environment names the file for the counts: {"GET /health": {"200": 7}}.
"""

import atexit
import collections
import http.client
import itertools
import json
import os

import schemathesis
import urllib3.util.connection

numbers = itertools.count()
tally = collections.defaultdict(collections.Counter)
connect = urllib3.util.connection.create_connection


def somebody():
    """An address that nobody had so far."""
    number = next(numbers)
    return f"127.{1 + number // 62500}.{1 + number // 250 % 250}.{1 + number % 250}"


def elsewhere(address, timeout=None, source_address=None, **more):
    return connect(address, timeout, source_address=(somebody(), 0), **more)


urllib3.util.connection.create_connection = elsewhere


def ask(url, method, path, body, headers):
    """A request of the hooks' own: its status and what it answered, as JSON where there is any."""
    host = url.removeprefix("http://").split("/")[0]
    client = http.client.HTTPConnection(host, timeout=20, source_address=(somebody(), 0))
    client.request(method, path, json.dumps(body), {"Content-Type": "application/json", **headers})
    answer = client.getresponse()
    text = answer.read()
    client.close()
    return answer.status, json.loads(text) if text else None


def prepare(case, **headers):
    """Sends these headers, and nothing else over the same connection."""
    if case.headers is None:
        case.headers = {}
    case.headers.update({"Connection": "close", **headers})


def count(case, response):
    """Methods that the document does not tell are asked, too; they are refused, which is not counted."""
    if case.method.upper() != case.operation.method.upper():
        return
    tally[f"{case.method.upper()} {case.operation.path}"][str(response.status_code)] += 1


@atexit.register
def tell():
    if "TALLY" in os.environ:
        with open(os.environ["TALLY"], "w") as file:
            json.dump(tally, file)
