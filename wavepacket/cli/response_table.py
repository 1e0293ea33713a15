"""The response as text: a table of the main numbers, conventions, identities, symmetry; and as rows of CSV."""

import csv
import itertools
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wavepacket.errors import InputError
from wavepacket.observables import largest

if TYPE_CHECKING:
    from wavepacket.observables import Observable
    from wavepacket.response import ResponseResult, RibbonResult

Row = list[Any]

_TENSORS = {"anomalous_hall_conductivity": "sigma", "anomalous_nernst_conductivity": "alpha"}
_LARGEST = {
    "berry_curvature_dipole": "D_", "berry_curvature_dipole_sea": "D of the sea_", "drude_weight": "sigma/tau_",
    "ordinary_hall_conductivity": "sigma/tau^2 B_", "nonlinear_drude_conductivity": "chi/tau^2_",
    "intrinsic_spin_hall_conductivity": "sigma^s_", "spin_drude_conductivity": "sigma^s/tau_",
    "spin_magnetization": "M^s_", "kinetic_magnetoelectric": "K/tau_",
}  # fmt: skip
"""Names of numbers of which the largest component is shown."""
_IDENTITIES = {"streda": "dM_dmu", "nernst_identity": "dM_dT"}
_VALLEYS = 4
"""Columns of valleys and regions; all are in JSON and CSV."""


def lines(result: "ResponseResult", observables: Mapping[str, "Observable"], rows: int) -> Iterator[str]:
    """Everything that is printed."""
    columns = list(_columns(result, observables))
    chosen = np.unique(np.linspace(0, len(result.chemical_potential) - 1, rows).round().astype(int))
    header = ["mu (eV)", "T (K)", *(head for head, _, _ in columns)]
    body = []
    for i, j in itertools.product(chosen, range(len(result.temperature))):
        cells = [f"{result.chemical_potential[i]:.6g}", f"{result.temperature[j]:g}"]
        body.append(cells + [cell(values[i, j], None if e is None else e[i, j]) for _, values, e in columns])
    yield from aligned([header, *body])
    if len(chosen) < len(result.chemical_potential):
        yield f"({len(chosen)} of {len(result.chemical_potential)} chemical potentials; all are in --json and --csv)"
    yield from _identity_lines(observables, result.charge)
    yield from _remarks(result, observables)


def _columns(
    result: "ResponseResult", observables: Mapping[str, "Observable"]
) -> Iterator[tuple[str, Any, Any]]:
    """Heading, values and uncertainties, [μ, T], of the main numbers."""
    a, b = result.main_plane
    axis = result.main_component
    for name, observable in observables.items():
        value: Any = observable.value
        error: Any = observable.uncertainty
        if name in (
            "electron_density",
            "density_of_states",
            "entropy",
            "exact_orbital_magnetization",
            "exact_dn_dB",
        ):
            yield f"{name} ({observable.unit})", value, error
        if name in _TENSORS:
            head = f"{_TENSORS[name]}_{'xyz'[a]}{'xyz'[b]} ({observable.unit})"
            yield head, np.asarray(value)[..., a, b], np.asarray(error)[..., a, b]
        if name == "valley_hall_conductivity":
            for valley in list(value)[:_VALLEYS]:
                head = f"sigma_{'xyz'[a]}{'xyz'[b]} {valley}"
                yield head, np.asarray(value[valley])[..., a, b], np.asarray(error[valley])[..., a, b]
        if name in _LARGEST:
            yield _largest_of(_LARGEST[name], observable)
        if name == "quantum_metric_trace":
            kelvin = len(result.temperature)
            trace, rest = (np.tile(np.asarray(each)[:, None], (1, kelvin)) for each in (value, error))
            yield f"tr G at 0 K ({observable.unit})", trace, rest
        if name in _IDENTITIES:
            yield (
                f"{_IDENTITIES[name]} ({observable.unit})",
                value[_IDENTITIES[name]],
                error[_IDENTITIES[name]],
            )
        if name == "orbital_magnetization":
            yield (
                f"M_{'xyz'[axis]} ({observable.unit})",
                np.asarray(value)[..., axis],
                np.asarray(error)[..., axis],
            )
    for name in result.own:
        if result.over_scan(name):
            yield f"{name} ({observables[name].unit})", np.asarray(observables[name].value), None


def _largest_of(symbol: str, observable: "Observable") -> tuple[str, Any, Any]:
    """Heading, values and uncertainties of the largest component of a vector or tensor [μ, T, ...]."""
    value, error = np.asarray(observable.value), np.asarray(observable.uncertainty)
    place = largest(value)
    at: Any = (..., *place)
    return f"{symbol}{''.join('xyz'[i] for i in place)} ({observable.unit})", value[at], error[at]


def aligned(table: list[list[str]]) -> Iterator[str]:
    """Rows of a table with columns of equal width."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))


def cell(value: float, error: float | None) -> str:
    """A number with its uncertainty."""
    if math.isnan(value):
        return "not defined"
    if error:
        # Digits far below the uncertainty are rounding errors, which say nothing.
        value = round(value, 1 - math.floor(math.log10(error)))
    text = f"{value + 0.0:.7g}"
    return f"{text} ± {error:.0e}" if error else text


def _identity_lines(observables: Mapping[str, "Observable"], charge: float) -> Iterator[str]:
    """Both identities with their largest residual."""
    from wavepacket.response.identities import note

    identities = [observables[name] for name in ("streda", "nernst_identity") if name in observables]
    for observable in identities:
        assert isinstance(observable.value, Mapping)
        terms = {key: np.asarray(each) for key, each in observable.value.items()}
        if np.isnan(terms["residual"]).all():
            yield f"{observable.name}: not defined, see density_of_states"
            continue
        worst = np.unravel_index(np.nanargmax(terms["residual"]), terms["residual"].shape)
        shown = ", ".join(f"{key} {terms[key][worst] + 0.0:.9g}" for key in list(terms)[:4])
        yield f"{observable.name} ({observable.unit}), where the residual is largest: {shown}"
        assert isinstance(observable.uncertainty, Mapping)
        error = np.asarray(observable.uncertainty["residual"])[worst]
        most = np.nanmax(terms["relative_residual"])
        yield f"    residual {terms['residual'][worst]:.1e} ± {error:.0e}, at most {most:.1e} relative"
    if identities:
        yield f"    {note(charge)}"


def _remarks(result: "ResponseResult", observables: Mapping[str, "Observable"]) -> Iterator[str]:
    if "chern_number" in observables:
        chern, plateaus = observables["chern_number"].value, observables.get("hall_plateau")
        assert isinstance(chern, Mapping)
        for filled, number in chern.items():
            plateau = None if plateaus is None else dict(plateaus.value).get(filled)  # type: ignore[arg-type]
            where = (
                "no gap over the whole zone"
                if plateau is None
                else f"plateau of sigma_xy {plateau + 0.0:g} e^2/h"
            )
            yield f"chern_number: {number:g} of the lowest {filled} band(s); {where}"
    if "valley_orbital_moment" in observables:
        moments = observables["valley_orbital_moment"].value
        assert isinstance(moments, Mapping)
        for name, values in moments.items():
            yield f"orbital moment at {name}, m_z by band: {', '.join(f'{m:.6g}' for m in values[:, 2])} mu_B"
    yield from _group_lines(result, observables)
    states = observables.get("density_of_states")
    for at, why in (states.facts if states else {}).get("undefined_at_0_K", {}).items():
        yield f"density_of_states: not defined at 0 K and mu = {at}, {why}"
    for name in (*_TENSORS, "orbital_magnetization", "berry_curvature_dipole", "quantum_metric"):
        if name in observables:
            yield f"{name}: {observables[name].convention.split('; [mu, T')[0]}"
    yield from (str(observables[name]) for name in result.own if not result.over_scan(name))
    group = result.symmetry.group
    yield f"symmetry: {f'point group {group}; ' if group else ''}{', '.join(result.symmetry.names)}"
    allowed = ["".join(pair) for pair in itertools.product("xyz", repeat=2)]
    free = [name for name, may in zip(allowed, result.symmetry.allowed_hall().ravel(), strict=True) if may]
    yield f"components of sigma and alpha that symmetry allows: {', '.join(free) or 'none'}"
    yield f"convergence: {result.convergence['how']}"
    quantities = result.convergence["quantities"]
    assert isinstance(quantities, Mapping)
    for name, each in quantities.items():
        verdict = "" if each["met"] else ", not converged"
        yield f"    {name}: uncertainty at most {each['reached']:.1e} of its size, target {each['target']:.1e}{verdict}"


def _group_lines(result: "ResponseResult", observables: Mapping[str, "Observable"]) -> Iterator[str]:
    """What the group of bands of the config does by itself, at the μ in the middle of the scan."""
    middle = len(result.chemical_potential) // 2
    at = f" at mu = {result.chemical_potential[middle]:g} eV"
    for name, observable in observables.items():
        if not name.startswith(("group_", "occupied_group_")):
            continue
        value, error = np.asarray(observable.value), np.asarray(observable.uncertainty)
        if "[mu, axis]" in observable.convention:
            yield _one_number(result, observable, value[middle], error[middle], at)
        elif value.ndim < 3:
            yield _one_number(result, observable, value, error)
        else:
            for kelvin, one, spread in zip(result.temperature, value[middle], error[middle], strict=True):
                yield _one_number(result, observable, one, spread, f"{at}, {kelvin:g} K")


def _one_number(
    result: "ResponseResult", observable: "Observable", value: Any, error: Any, where: str = ""
) -> str:
    """The main component of a number, a vector or a tensor, with its uncertainty."""
    of = where
    if value.ndim == 2:
        a, b = largest(value) if np.any(np.nan_to_num(value)) else result.main_plane
        value, error, of = value[a, b], error[a, b], f" {'xyz'[a]}{'xyz'[b]}{where}"
    elif value.ndim:
        axis = result.main_component
        value, error, of = value[axis], error[axis], f" {'xyz'[axis]}{where}"
    text = cell(float(value), None if observable.uncertainty is None else float(error))
    return f"{observable.name}{of}: {text} {observable.unit if observable.unit != '1' else ''}".rstrip()


def write_csv(
    path: Path, result: "ResponseResult | RibbonResult", observables: Mapping[str, "Observable"]
) -> None:
    """One row for each number: observable, component, μ, T, value, uncertainty, unit."""
    head = (
        "observable",
        "component",
        "chemical_potential_eV",
        "temperature_K",
        "value",
        "uncertainty",
        "unit",
    )
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(head)
            for observable in observables.values():
                writer.writerows(numbers(result, observable))
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def numbers(result: "ResponseResult | RibbonResult", observable: "Observable") -> Iterator[Row]:
    """Rows of CSV; what does not depend on μ or T has these cells empty."""
    errors = observable.uncertainty if isinstance(observable.uncertainty, Mapping) else {}
    parts = observable.value if isinstance(observable.value, Mapping) else {"": observable.value}
    grid = (len(result.chemical_potential), len(result.temperature))
    if "[a, b]" in observable.convention:  # not of a scan
        grid = (-1, -1)
    if "[mu, axis]" in observable.convention:  # at T = 0; three temperatures are as many as axes
        grid = (grid[0], -1)
    for key, part in parts.items():
        values = np.asarray(part, dtype=np.float64)
        error = errors.get(key) if key else observable.uncertainty
        uncertain = None if error is None else np.asarray(error, dtype=np.float64)
        for index in np.ndindex(values.shape):
            label = _place(result, index, values.shape, grid)
            name = ".".join([*([key] if key else []), *map(str, index[label[2] :])])
            size = "" if uncertain is None else uncertain[index]
            yield [observable.name, name, label[0], label[1], values[index], size, observable.unit]


def _place(
    result: "ResponseResult | RibbonResult",
    index: tuple[int, ...],
    shape: tuple[int, ...],
    grid: tuple[int, int],
) -> tuple[Any, Any, int]:
    """μ and T of an entry, and how many of its indices they are."""
    if shape[:2] == grid:
        return result.chemical_potential[index[0]], result.temperature[index[1]], 2
    at_zero = (
        grid[1] == -1 or len(shape) == 3 or (len(shape) == 1 and hasattr(result, "convergence"))
    )  # 1D ones of ribbons are by place
    if at_zero and shape and shape[0] == grid[0]:
        return result.chemical_potential[index[0]], 0.0, 1
    return "", "", 0
