"""A stream with httpx: reads events as they come, and hangs up.

Usage: stream.py URL KEY EVENTS. Prints when each of the first events came, in seconds, and what they said.
"""

import asyncio
import json
import sys
import time

import httpx


async def main(url, key, count):
    asked = {"prompt": "Who keeps the gate?", "model": "llama-7b", "max_tokens": 512}
    events, times = [], []
    async with httpx.AsyncClient(headers={"X-API-Key": key}, timeout=20, trust_env=False) as client:
        async with client.stream("POST", url, json=asked) as response:
            response.raise_for_status()
            kind = response.headers["content-type"]
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    events.append(json.loads(line.removeprefix("data: ")))
                    times.append(time.monotonic())
                if len(events) == count:
                    break
    print(json.dumps({"kind": kind, "events": events, "times": times}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
