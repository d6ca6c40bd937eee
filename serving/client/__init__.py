"""A typed client of the service, for programs: `from serving.client import Client`."""

from serving.client.client import Client
from serving.client.errors import Conflict, Forbidden, Invalid, NotFound, ProblemError, Unavailable, Unreachable

__all__ = ["Client", "Conflict", "Forbidden", "Invalid", "NotFound", "ProblemError", "Unavailable", "Unreachable"]
