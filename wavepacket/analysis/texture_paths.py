"""What textures do to packets on the way: the work of those that move, how spins follow, how packets are dragged along."""

from dataclasses import dataclass

import numpy as np

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.source import finished_paths, uniform_field
from wavepacket.arrays import Float
from wavepacket.bands import in_phase_space, texture_band
from wavepacket.bands.phase_space import rates_in_textures
from wavepacket.fields import environment
from wavepacket.hamiltonians import base_hamiltonian
from wavepacket.hamiltonians.emergent import emergent_fields
from wavepacket.hamiltonians.profiles import profile_values
from wavepacket.hamiltonians.texture import TexturedCrystal, textured_crystal
from wavepacket.observables import Observable, entry

__all__ = ["spin_along_texture", "spin_motive_force", "spin_tilt", "texture_drag"]

_SOME = "mean over stored paths"


@dataclass(frozen=True, eq=False)
class _Ends:
    """Packets of stored paths at the start and at the end: r and k (n, 2, 3), 𝓔 (n, 2) there, and their weights (n,).

    ``mixing`` (n, T) is the amplitude of the other band at all saves.
    """

    crystal: TexturedCrystal
    position: Float
    wavevector: Float
    energy: Float
    mixing: Float
    weight: Float


def _ends(of: Ballistic) -> _Ends | None:
    """Of a run in fields that are the same everywhere; None where no path is known to its end."""
    config, here = of.config, of.hamiltonian
    numbers, r, k = of.once(finished_paths)
    if here is None or here.size > 2 or config.band.group or config.fields.vary_in_space or not numbers:
        return None
    crystal = textured_crystal(config, base_hamiltonian(config))
    assert crystal is not None
    band = texture_band(crystal, here, config.band.index)
    fields = environment(config.fields, config.charge, band.axes)
    flat_k, flat_r = (np.ascontiguousarray(each).reshape(-1, 3) for each in (k, r))
    times, rates = np.tile(of.run.time, len(k)), rates_in_textures()
    found = in_phase_space(band, rates, fields, flat_k, flat_r, time=times, electric=1.0)
    energy, mixing = found.energy.reshape(len(k), -1), found.mixing.reshape(len(k), -1)
    stored = of.run.trajectories(("trajectory", "weight"))
    weight = stored["weight"][np.searchsorted(stored["trajectory"], numbers)]
    return _Ends(crystal, r[:, [0, -1]], k[:, [0, -1]], energy[:, [0, -1]], mixing, weight)


def _mean(of: Ballistic, values: Float, weight: Float) -> Observable:
    """Weighted mean of values (n,), with its standard error where packets are drawn from an ensemble."""
    share = weight / weight.sum()
    mean = float(share @ values)
    if of.config.ensemble.kind == "packets":
        return Observable("", mean, convention="uncertainty: that of the paths alone")
    spread = float(np.sqrt(share**2 @ (values - mean) ** 2))
    return Observable("", mean, spread, convention="uncertainty: standard error over the paths")


@entry("ballistic", unit="V", symbol=r"$\mathcal{E}$", needs=("textures", "crystal"),
    convention="work of textures that move, for each charge: change of the wavepacket energy less that of E, over the "
    f"charge of the carrier; {_SOME}; a wall that turns at omega has hbar omega/e for the spin along it")  # fmt: skip
def spin_motive_force(of: Ballistic) -> Observable | None:
    """Where textures depend on time and E is static."""
    if all(texture.profile.is_static for texture in of.config.textures):
        return None
    found, field = of.once(_ends), uniform_field(of.config)
    if found is None or (field is None and of.config.fields.electric):
        return None
    electric = np.zeros(3) if field is None else field
    charge = of.config.charge
    driven = charge * (found.position[:, 1] - found.position[:, 0]) @ electric
    work = found.energy[:, 1] - found.energy[:, 0] - driven
    return _mean(of, work / charge, found.weight)


def _direction(of: Ballistic, found: _Ends) -> Float | None:
    """The direction (n, 3) of the first texture that is one, where packets end."""
    for texture in of.config.textures:
        if texture.profile.is_direction:
            return emergent_fields(texture, found.position[:, 1], of.run.time[-1]).direction
    return None


@entry("ballistic", unit="1", symbol=r"$\langle\sigma\cdot n\rangle$", needs=("textures", "crystal"),
    convention=f"<u|sigma.n|u> of the band at the end, n the first texture that is a direction; {_SOME}; 1 where the "
    "spin follows it, -1 where it follows against it")  # fmt: skip
def spin_along_texture(of: Ballistic) -> Observable | None:
    """Of packets whose two orbitals are the two spins."""
    found = of.once(_ends)
    n = None if found is None else _direction(of, found)
    if found is None or n is None or found.crystal.base.size != 2:
        return None
    values = profile_values(found.crystal.textures, found.position[:, 1], of.run.time[-1]).value
    along = np.empty(len(n))
    for i, (k, parameters) in enumerate(zip(found.wavevector[:, 1], values, strict=True)):
        _, states = np.linalg.eigh(found.crystal.at(parameters).hamiltonian(k[None])[0])
        u = states[:, of.config.band.index]
        spin = [2 * (u[0].conj() * u[1]).real, 2 * (u[0].conj() * u[1]).imag, abs(u[0]) ** 2 - abs(u[1]) ** 2]
        along[i] = n[i] @ spin
    return _mean(of, along, found.weight)


@entry("ballistic", unit="rad", symbol=r"$\vartheta_s$", needs=("textures", "crystal"),
    convention="largest angle between the spin of a stored path at the saved times and that of the band: 2 |c| with the "
    "amplitude c of the other band that the motion mixes in, to first order")  # fmt: skip
def spin_tilt(of: Ballistic) -> Observable | None:
    """How far spins lag behind a texture."""
    found = of.once(_ends)
    if found is None or found.crystal.base.size != 2 or _direction(of, found) is None:
        return None
    return Observable("", 2.0 * float(found.mixing.max()))


@entry("ballistic", unit="1", needs=("textures",),
    convention="mean displacement along the velocity of the first texture that moves, over the way that this goes: 1 of "
    "packets that are carried along")  # fmt: skip
def texture_drag(of: Ballistic) -> Observable | None:
    """Where a texture moves."""
    moving = [texture.profile.velocity for texture in of.config.textures if any(texture.profile.velocity)]
    if not moving:
        return None
    velocity = np.array(moving[0])
    along = velocity / (velocity @ velocity * of.span)

    def drag(current: Float, displacement: Float, population: Float, *_: Float) -> float:
        return float(displacement[0, :, -1].sum(axis=0) @ along / population[0, :, 0].sum())

    return of.part(drag)
