"""How observables, their components, and the keys of a config are called on figures: symbols, or plain words."""

import re
from collections.abc import Mapping
from typing import Final

import numpy as np

from wavepacket.bandstructure.points import point_label
from wavepacket.observables import Observable, symbol_of

__all__ = ["along_axis", "component_label", "is_tensor", "key_symbol", "observable_symbol"]

_BY_BAND = "_by_band"
_PARTS: Final = {"real": "Re ", "imag": "Im ", "imaginary": "Im "}
_AXES: Final = ("0", "1", "2")
_KEYS: Final = {
    "fields.magnetic.strength": "$B$",
    "fields.magnetic.polar": r"angle of $\mathbf{B}$ to $z$",
    "fields.magnetic.azimuth": r"azimuth of $\mathbf{B}$",
    "ensemble.chemical_potential": r"$\mu$",
    "ensemble.temperature": "$T$",
    "scattering.relaxation_time": r"$\tau$",
    "scattering.intervalley_time": r"$\tau_\mathrm{v}$",
    "scattering.frequency": r"$\omega$",
    "integrator.tolerance": "tolerance",
    "time.end": "time",
    "band.index": "band",
} | {
    f"fields.{name}.{axis}": f"${letter}_{axis}$"
    for name, letter in (("electric", "E"), ("magnetic", "B"))
    for axis in "xyz"
}
_GREEK: Final = (
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "theta",
    "lambda",
    "mu",
    "phi",
    "chi",
    "psi",
    "omega",
    "eta",
)


def key_symbol(path: str) -> str:
    r"""How a key of a config is called on an axis.

    Examples
    --------
    >>> key_symbol("fields.magnetic.z"), key_symbol("model.phi"), key_symbol("model.t2"), key_symbol("model.mass_x")
    ('$B_z$', '$\\phi$', '$t_{2}$', 'mass $x$')
    """
    if path in _KEYS:
        return _KEYS[path]
    name = re.sub(r"\[\d+\]", "", path).rpartition(".")[2]
    if name in _GREEK:
        return rf"$\{name}$"
    if match := re.fullmatch(r"([a-zA-Z])(\d*)", name):
        return f"${match[1]}_{{{match[2]}}}$" if match[2] else f"${match[1]}$"
    return " ".join(f"${word}$" if len(word) == 1 else word for word in name.split("_"))


def observable_symbol(observable: str, component: str) -> str:
    """How a number of the tables of a sweep is called on an axis: a symbol with indices, or its name."""
    symbol = symbol_of(observable)
    if observable.endswith(_BY_BAND) and component:
        band, _, component = component.partition(".")
        of_band = f"band {band}" if band.isdigit() else band
        if not component:
            return f"{symbol}, {of_band}"
        return f"{observable_symbol(observable.removesuffix(_BY_BAND), component)}, {of_band}"
    match = re.fullmatch(r"(?:(real|imaginary)\.)?([0-2](?:\.[0-2])*)", component)
    if match and symbol.startswith("$"):
        indices = "".join("xyz"[int(i)] for i in match[2].split("."))
        if r"{aa}" in symbol:  # of the diagonal of a tensor
            symbol = symbol.replace("aa", 2 * indices)
        elif "_" not in symbol:
            symbol = f"${symbol.strip('$')}_{{{indices}}}$"
        else:
            symbol = component_label(symbol, match[2], letters=True)
        return f"{_PARTS.get(match[1], '')}{symbol}"
    *names, last = component.split(".")
    return component_label(
        symbol, component, letters=bool(names) and last in _AXES and not names[-1].isdigit()
    )


def along_axis(observable: str, letter: str) -> str:
    """How the component of a vector along an axis is called: that of a place by its letter."""
    if symbol_of(observable) == r"$\langle r\rangle$":
        return rf"$\langle {letter}\rangle$"
    return observable_symbol(observable, str("xyz".index(letter)))


def component_label(symbol: str, key: str, *, letters: bool) -> str:
    """Return the symbol of an observable with its component: valleys by their names, and axes as ``letters``."""
    parts = [part for part in key.split(".") if part and part not in _PARTS]
    prefix = "".join(_PARTS[part] for part in key.split(".") if part in _PARTS)
    axes = "".join("xyz"[int(part)] for part in parts if part in _AXES) if letters else ""
    names = [
        part
        if part.isdigit()
        else f"${part}$"
        if set(part) <= set("xyz")
        else point_label(part).replace("_", " ")
        for part in parts
        if not (letters and part in _AXES)
    ]
    shown = ", ".join([*names, *([f"${axes}$"] if axes else [])])
    return f"{prefix}{symbol}" + (f" ({shown})" if shown else "")


def is_tensor(observable: Observable) -> bool:
    """Whether every index of an observable is an axis."""
    value = observable.value
    while isinstance(value, Mapping):
        value = next(iter(value.values()), 0.0)
    return all(length == 3 for length in np.shape(value))
