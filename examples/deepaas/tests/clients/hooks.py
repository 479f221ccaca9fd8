"""What schemathesis is told about the service: its token, a model that is there, and a picture.

`TOKEN` and `PICTURE` (a path) stand in the environment.
"""

import itertools
import os

import crowd
import schemathesis

with open(os.environ["PICTURE"], "rb") as file:
    PICTURE = file.read()
turns = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Every second call is about what is there."""
    crowd.prepare(case, Authorization=f"Bearer {os.environ['TOKEN']}")
    if next(turns) % 2:
        return
    if case.path_parameters:
        case.path_parameters["model"] = "my-model"
    if case.operation.path.endswith("/predict") and isinstance(case.body, dict):
        case.body["data"] = PICTURE


@schemathesis.hook
def after_call(context, case, response):
    crowd.count(case, response)
