"""Terms of the equations of motion that are left out or reversed, to see which of them the wave function needs."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from wavepacket.bands import with_factors
from wavepacket.config import Term, Texture
from wavepacket.quantum.setting import Setting
from wavepacket.quantum.textures import VaryingCrystal
from wavepacket.simulation import Problem, with_terms

__all__ = ["TERM_SENTENCES", "terms_to_test", "with_term"]

TERM_SENTENCES: Mapping[Term, str] = {
    "moment": "without the orbital moment m (in a uniform B it acts through its gradient alone)",
    "moment_sign": "with the opposite sign of the orbital moment",
    "moment_force": "without the force d(m.B)/dr on the moment",
    "curvature": "without the Berry curvature, in velocity and D",
    "curvature_sign": "with the opposite sign of the Berry curvature",
    "density_of_states": "with D = 1 in the equations of motion",
    "place_curvature": "without the Berry curvature of space, Omega_xy of the place",
    "mixed_curvature": "without Omega_rk",
    "time_curvature": "without Omega_kt and Omega_rt",
    "gradient_energy": "without the energy of gradients of the texture",
}

_FACTORS: Mapping[Term, Mapping[str, float]] = {
    "moment": {"moment": 0.0},
    "moment_sign": {"moment": -1.0},
    "moment_force": {"moment_force": 0.0},
    "curvature": {"curvature": 0.0},
    "curvature_sign": {"curvature": -1.0},
    "density_of_states": {"density_of_states": 0.0},
}
"""Term of a config → factors of the terms of the equations of motion in a uniform crystal."""

_IN_TEXTURES: Mapping[Term, Mapping[str, float]] = {
    "place_curvature": {"of_place": 0.0},
    "mixed_curvature": {"mixed": 0.0},
    "time_curvature": {"of_time": 0.0},
    "gradient_energy": {"gradient": 0.0},
}
"""The same in a crystal with textures."""


def with_term(problem: Problem, term: Term) -> Problem:
    """Return the same problem with one term left out or reversed."""
    if term not in _IN_TEXTURES:
        return with_terms(problem, **_FACTORS[term])
    factors = _IN_TEXTURES[term]
    return replace(
        problem, band=with_factors(problem.band, **factors), moving=with_factors(problem.moving, **factors)
    )


def terms_to_test(setting: Setting) -> tuple[Term, ...]:
    """Terms that the config names, or else all that can make a difference in its fields.

    Raises
    ------
    ConfigError
        for a term that the comparison cannot leave out

    """
    quantum = setting.config.quantum
    assert quantum is not None
    if quantum.terms is None:
        return _all_terms(setting)
    for index, term in enumerate(quantum.terms):
        reason = _refusal(setting, term)
        if reason is not None:
            raise setting.config.problem(f"quantum.terms[{index}]", f"{reason}: leave out this term")
    return quantum.terms


def _all_terms(setting: Setting) -> tuple[Term, ...]:
    gauge, varying = setting.dynamics.gauge, setting.dynamics.varying
    if varying is not None:
        return _texture_terms(setting, varying)
    if setting.hamiltonian.dimension == 1:
        return ()
    if not gauge.is_magnetic:
        return "curvature", "curvature_sign"
    force: tuple[Term, ...] = () if gauge.change is None else ("moment_force",)
    terms: tuple[Term, ...] = (
        "moment", "moment_sign", *force, "curvature", "curvature_sign", "density_of_states",
    )  # fmt: skip
    if setting.config.sample is not None:
        terms = tuple(term for term in terms if not _is_of_moment(term))
    return terms


def _texture_terms(setting: Setting, varying: VaryingCrystal) -> tuple[Term, ...]:
    terms: tuple[Term, ...] = ()
    in_space = any(_varies_in_space(texture) for texture in varying.crystal.textures)
    if in_space and setting.hamiltonian.dimension == 2:
        terms += ("place_curvature",)
    if in_space and _states_know_k(varying):
        terms += ("mixed_curvature", "gradient_energy")
    if not varying.is_static:
        terms += ("time_curvature",)
    return terms


def _varies_in_space(texture: Texture) -> bool:
    return not math.isinf(texture.profile.length) or any(getattr(texture.profile, "gradient", ()))


def _states_know_k(varying: VaryingCrystal) -> bool:
    """Whether the states of a band may depend on k at a given λ: else Ω_rk and the gradient energy vanish."""
    for crystal in varying.lattices:
        apart = bool(np.ptp(crystal.sites, axis=0).any())
        for cell, matrix in zip(crystal.cells, crystal.hoppings, strict=True):
            scalar = np.allclose(matrix, matrix[0, 0] * np.eye(len(matrix)), rtol=0.0, atol=1e-14)
            diagonal = not np.any(matrix - np.diag(np.diag(matrix)))
            if (np.any(cell) and not scalar) or (apart and not diagonal):
                return True
    return False


def _refusal(setting: Setting, term: Term) -> str | None:
    """Why a term cannot be left out."""
    if (term in _IN_TEXTURES) != (setting.dynamics.varying is not None):
        if term in _IN_TEXTURES:
            return "the crystal is the same everywhere, and no texture has this term"
        return f"in a crystal with textures there are {', '.join(_IN_TEXTURES)}"
    if setting.config.sample is not None and _is_of_moment(term):
        return "walls reflect packets with their moment, and it cannot be left out"
    if term == "moment_force" and setting.dynamics.gauge.change is None:
        return "there is no force on the moment in a uniform magnetic field"
    return None


def _is_of_moment(term: Term) -> bool:
    return term.startswith("moment")
