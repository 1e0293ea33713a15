"""What is found by its name and loaded on first use: public names of a package (PEP 562), and methods."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["loader", "method"]


def loader(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package.

    Parameters
    ----------
    package : its ``__name__``
    homes : public name → module that defines it; a name that is its own module's stands for the module itself
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = importlib.import_module(homes[name])
        return module if homes[name] == f"{package}.{name}" else getattr(module, name)

    return load


def method(module: str, name: str) -> Callable[..., Any]:
    """Return a method that a function of a floor above does; it is found by name when somebody calls it."""

    def called(*given: Any, **more: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*given, **more)

    called.__doc__ = f"See ``{module}.{name}``, whose first argument is the object."
    return called
