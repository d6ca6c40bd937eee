"""Owns how a function of numbers is compiled: on its first call, kept on disk for the next process."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

Argument = ParamSpec("Argument")
Answer = TypeVar("Answer")


def compiled(function: Callable[Argument, Answer]) -> Callable[Argument, Answer]:
    """Compile on first call and keep the result on disk where a folder for that can be written."""
    try:
        kept = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # no such folder
        kept = numba.njit(nogil=True, error_model="numpy")(function)
    return cast(Callable[Argument, Answer], kept)
