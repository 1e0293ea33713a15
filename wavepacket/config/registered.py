"""Sections of registered kinds: the keys are the parameters of a function, which makes data of them."""

import inspect
from collections.abc import Callable
from typing import Any, Final, TypeVar

from wavepacket.config.types import Section
from wavepacket.errors import InputError
from wavepacket.scripts import called

__all__ = ["FUNCTIONS", "Registered"]

_Data = TypeVar("_Data", bound=Section)

FUNCTIONS: Final[dict[type["Registered"], Callable[..., Any]]] = {}
"""Section → function."""


class Registered(Section):
    """A section whose class `wavepacket.field_kind` or `wavepacket.ensemble_kind` made."""

    kind: str

    def made(self, form: type[_Data], how: str, **offered: object) -> _Data:
        """Call the function with the keys, and what is offered where it has such a parameter; InputError where it fails.

        Parameters
        ----------
        form : what it has to return, and ``how`` that is made
        """
        function = FUNCTIONS[type(self)]
        given = {**self.__dict__, **offered}
        what = f"the kind {self.kind!r}"
        data = called(
            function, what, **{name: given[name] for name in inspect.signature(function).parameters}
        )
        if not isinstance(data, form):
            raise InputError(f"{what} must return {how}, not an object of type {type(data).__name__}")
        return data
