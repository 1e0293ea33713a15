"""Packets in crystals with textures: their band, and what such runs cannot have."""

import math
from collections.abc import Callable

import numpy as np

from wavepacket.bands import Band, in_phase_space, texture_band
from wavepacket.config import Config, Fields, Gaussian, GridProfile, Texture, UniformField
from wavepacket.ensembles import Ensemble, InTextures
from wavepacket.errors import InputError
from wavepacket.fields import environment
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian, base_hamiltonian
from wavepacket.hamiltonians.texture import textured_crystal
from wavepacket.hamiltonians.texture_cell import texture_cell
from wavepacket.simulation.chosen import rates_of

__all__ = ["band_in_textures", "check_textures", "in_textures", "longest_in", "warn_of_mixing"]

_SMOOTH = 5.0  # of the longest lattice vector: the equations need textures that hardly change over the cells of a packet
_LOOKED_AT, _TIMES = 64, 17  # packets and times at which mixing is looked at before a run
_TURN = math.radians(60.0)  # between neighbouring samples of a direction
_ANYWHERE = ("packets", "arrays", "gaussian", "zone")
"""Ensembles whose weights do not ask for the energy at a place."""
_OVER_CELL = ("fermi_dirac", "fermi_surface")
"""Ensembles that are spread over the cell of the textures."""


def band_in_textures(config: Config, here: Hamiltonian) -> Band:
    """The band of a config with textures; ``here`` is the crystal at r = 0 and t = 0."""
    crystal = textured_crystal(config, base_hamiltonian(config))
    assert crystal is not None
    try:
        return texture_band(crystal, here, config.band.index, config.band.source)
    except InputError as error:
        raise config.problem("model.textures", str(error)) from error


def in_textures(config: Config, band: Band) -> InTextures | None:
    """What the equilibrium in textures is made of that packets of a config start from; None where they start from none."""
    if not config.textures or config.ensemble.kind not in _OVER_CELL:
        return None
    fields, charge = config.fields, config.charge
    unit = Fields(electric=(UniformField(amplitude=(1.0, 0.0, 0.0)),), magnetic=fields.magnetic)
    cell = _cell(config)
    return InTextures(
        band,
        _rates(config, band),
        environment(fields, charge, band.axes),
        environment(unit, charge, band.axes),
        cell,
    )


def _rates(config: Config, band: Band) -> Callable[..., None]:
    """The compiled right-hand side of one band in textures."""
    kind = "bands" if band.kind == "texture_direct" else "closed"
    return rates_of(2, local=config.fields.vary_in_space, switched=False, texture=kind)


def _cell(config: Config) -> tuple[float, float]:
    """The rectangle after which all textures repeat; ConfigError where there is none."""
    try:
        return texture_cell(config.textures)
    except InputError as error:
        raise config.problem("ensemble", str(error)) from error


def warn_of_mixing(config: Config, band: Band, ensemble: Ensemble, report: Callable[[str], None]) -> None:
    """Say before a run where textures change so fast for packets that they mix in other bands.

    Some packets are looked at along the straight lines that they begin on, at some times of the run.
    """
    packets = ensemble.packets(0, min(ensemble.size, _LOOKED_AT))
    rates = _rates(config, band)
    fields = environment(config.fields, config.charge, band.axes)
    k, r = packets.wavevector, packets.position
    velocity = in_phase_space(band, rates, fields, k, r, electric=1.0).velocity
    worst = 0.0
    for time in np.linspace(0.0, config.time.end, _TIMES).tolist():
        found = in_phase_space(band, rates, fields, k, r + time * velocity, time=time, electric=1.0).mixing
        worst = max(worst, float(np.max(found, where=np.isfinite(found), initial=0.0)))
    limit = config.limits.interband_mixing
    if worst > limit:
        report(
            f"model.textures: they change so fast for these packets that other bands are mixed in by up to {worst:.2g}, "
            f"more than limits.interband_mixing ({limit:g}): the equations of motion hold for slower and smoother ones"
        )


def longest_in(texture: Texture) -> float:
    """A step (fs) that cannot jump over a half wave of λ(t) at a place, or over a profile that passes by; or infinite."""
    profile = texture.profile
    rate = max(profile.rate, math.hypot(*profile.velocity) / profile.length)
    return math.pi / rate if rate else math.inf


def check_textures(config: Config, hamiltonian: Hamiltonian, report: Callable[[str], None]) -> None:
    """Refuse what packets in textures cannot have; say where a texture varies over too few cells."""
    if not config.textures:
        if getattr(config.ensemble, "places", None) is not None and config.ensemble.kind in _OVER_CELL:
            raise config.problem("ensemble.places", "are those over the cell of textures: leave it out")
        return
    if hamiltonian.dimension == 3:
        raise config.problem("model.textures", "packets in textures are those of a layer or a chain")
    if config.ensemble.kind in _OVER_CELL:
        _cell(config)
    without = {
        "sample": config.sample, "local": config.local,
        "band.follow": None if config.band.follow == "index" else config.band.follow,
        "band.source": None if config.band.source in ("auto", "two_band", "direct") else config.band.source,
    }  # fmt: skip
    for key, given in without.items():
        if given is not None:
            raise config.problem(key, "is not known in textures: leave it out")
    if config.internal is not None and config.internal.start == "optical":
        raise config.problem("internal.start", "light is not known in textures: name another start")
    if config.integrator.method not in ("auto", "dop853"):
        raise config.problem(
            "integrator.method", "textures need dop853, whose steps lead over none of their features"
        )
    still = all(math.isinf(texture.profile.length) for texture in config.textures)
    known = (*_ANYWHERE, *_OVER_CELL)
    if config.ensemble.kind not in known and not (still and config.ensemble.kind == "filled_band"):
        raise config.problem(
            "ensemble", f"its weights are those of one place: in textures take {', '.join(known)}"
        )
    if config.ensemble.kind in _OVER_CELL and config.fields.vary_in_space:
        raise config.problem(
            "fields",
            "equilibrium in textures is known in uniform fields only: take packets of your own, 'kind: arrays'",
        )
    _check_profiles(config, hamiltonian, report)


def _check_profiles(config: Config, hamiltonian: Hamiltonian, report: Callable[[str], None]) -> None:
    """Refuse profiles that are not flat; say where one varies too fast, or between its samples."""
    width = 0.5 / config.ensemble.width if isinstance(config.ensemble, Gaussian) else 0.0
    shortest = _SMOOTH * hamiltonian.length_scale if isinstance(hamiltonian, LatticeHamiltonian) else 0.0
    for i, texture in enumerate(config.textures):
        key, profile = f"model.textures[{i}]", texture.profile
        if not profile.is_flat:
            raise config.problem(f"{key}.profile", "packets move in the xy plane: give no components along z")
        turn = profile.largest_turn if isinstance(profile, GridProfile) else 0.0
        if turn > _TURN:
            report(
                f"{key}.profile turns by {math.degrees(turn):.3g} degrees from one sample to the next: what lies between "
                "them is not known, take a finer grid"
            )
        if profile.length < max(shortest, width):
            report(
                f"{key} varies over {profile.length:.3g} angstrom, less than {max(shortest, width):.3g}: the equations of "
                "motion hold for textures that change over many cells and over the width of a packet"
            )
