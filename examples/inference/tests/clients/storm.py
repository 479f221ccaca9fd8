"""Many connections that ask without a pause, with httpx, until nobody listens any more.

Usage: storm.py CONNECTIONS '{"method":…,"url":…,"headers":…,"json":…}'; "files" instead of "json" names parts of a form and the paths
of their files. Prints a line when every connection was answered once, and at
the end what became of all requests: answered to the end, sent and closed without a byte of an answer, or broken in the middle of one.
"""

import asyncio
import collections
import json
import os
import sys

import httpx


async def ask(client, request, told):
    """Asks until the port is closed."""
    first = True
    while True:
        begun = False
        try:
            async with client.stream(**request) as response:
                begun = True
                await response.aread()
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return
        except httpx.TransportError as error:
            told["broken" if begun else "unanswered"] += 1
            told["timeouts"] += isinstance(error, httpx.TimeoutException)
            continue
        told["answered"] += 1
        told[str(response.status_code)] += 1
        if first:
            first = False
            told["connections"] += 1


async def announce(told, connections):
    while told["connections"] < connections:
        await asyncio.sleep(0.01)
    print("asking", flush=True)


def read(path):
    with open(path, "rb") as file:
        return os.path.basename(path), file.read()


async def main(connections, request):
    if "files" in request:
        request["files"] = {name: read(path) for name, path in request["files"].items()}
    told = collections.Counter(answered=0, unanswered=0, broken=0, timeouts=0)
    # A client each, so that none waits for a connection of another.
    clients = [httpx.AsyncClient(timeout=30, trust_env=False) for _ in range(connections)]
    ready = asyncio.create_task(announce(told, connections))
    await asyncio.gather(*(ask(client, request, told) for client in clients))
    ready.cancel()
    print(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), json.loads(sys.argv[2])))
