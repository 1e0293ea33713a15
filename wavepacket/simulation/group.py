"""Packets with an internal state in a group of bands: their starts, their paths, and the spin along them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.bands.direct import direct_arrays
from wavepacket.config import Config, Internal, Optical
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian, base_hamiltonian
from wavepacket.hamiltonians.library.spin import spin_operators
from wavepacket.hamiltonians.texture import textured_crystal
from wavepacket.kernels import layout
from wavepacket.simulation.group_limits import refuse_in_group
from wavepacket.simulation.group_start import combined, expectation, group_states, unit_vectors
from wavepacket.simulation.group_starts import Starts, starts_at
from wavepacket.simulation.group_textures import GroupTexture, group_texture
from wavepacket.simulation.group_values import check_resolved

__all__ = ["Group", "group_of"]

_AT_ONCE = 2048  # wavevectors with all matrices between their states
_SWITCHED, _POSITIONS = 4, -3  # places in the integers of the kernels
_SAME_PLACE = 1e-6  # Å
_HALF_ROWS = 8  # numbers of orbitals are rounded up to these: each has a compiled method of its own


@dataclass(frozen=True, eq=False)
class Group:
    """A group of bands in the form that kernels read, and the internal states that packets start in.

    Attributes
    ----------
    hamiltonian : the crystal
    first, last : its lowest and its highest band
    integers, reals : arrays of ``kernels/bands/group_states.py``
    internal : the section of the config
    spin : S_x, S_y, S_z (3, N, N) in units of ħ; None where it is not known
    given : state (N,), with the orbital positions in the phase of H(k), whose projection on the group at their k packets
        start in, in place of those of the config
    light : that makes the states which packets start in; None for other starts
    field : −(q/e)B, T, of the uniform magnetic field, which m of charge −e feels; None without one
    texture : the group of H(k, λ(r, t)), of a model with textures; else None

    """

    hamiltonian: Hamiltonian
    first: int
    last: int
    integers: Integer
    reals: Float
    internal: Internal
    spin: Complex | None
    given: Complex | None = None
    light: Optical | None = None
    field: Float | None = None
    texture: GroupTexture | None = None

    @property
    def size(self) -> int:
        """Number of its bands."""
        return self.last - self.first + 1

    @property
    def stored(self) -> int:
        """Real numbers of an internal state that shards keep at every save."""
        return 2 * self.hamiltonian.size if self.internal.store else 0

    @property
    def rows(self) -> int:
        """Rows of the state that the method is compiled for."""
        return int(layout.STATE) + 2 * _HALF_ROWS * -(-self.hamiltonian.size // _HALF_ROWS)

    @property
    def has_positions(self) -> bool:
        """Whether elements of r enter."""
        return bool(self.integers[_POSITIONS])

    @property
    def phases(self) -> Float:
        """Orbital positions (N, 3), Å, that the gauge of u has in its phases; zero in a k·p model."""
        lattice = isinstance(self.hamiltonian, LatticeHamiltonian)
        return self.hamiltonian.sites if lattice else np.zeros((self.hamiltonian.size, 3))  # type: ignore[union-attr]

    def arguments(self, *, moment: bool, switched: bool = False) -> Integer:
        """Integers of the kernels; the mixing is always wanted."""
        integers = self.integers.copy()
        integers[0] = layout.NEED_MIXING | (layout.NEED_MOMENT if moment else 0)
        integers[_SWITCHED] = switched
        return integers

    def states(self, k: Float, internal: Integer | None, r: Float | None = None) -> Float:
        """Internal states u (n, 2N), (Re, Im) of each orbital, that packets at k (n, 3) start in.

        ``internal`` (n,) counts those that the config names; not asked where one is given. In textures they depend on
        the places r (n, 3), Å.
        """
        if self.given is not None or self.size == 1:
            _, frames = self.frames(k, r)
            return frames.reshape(len(k), -1) if self.given is None else self._projected(k, frames)
        assert internal is not None
        found = np.empty((len(k), 2 * self.hamiltonian.size))
        for part, starts in self._starts(k, r):
            found[part] = combined(starts.parts(internal[part]), starts.frames)
        return found

    def levels(self, k: Float, internal: int) -> tuple[Float, Float]:
        """Energies (n,), eV, that the occupation of one of the starts follows at k (n, 3), and its D (n,).

        Of eigenstates of h − m̂·B their own, of other starts the lowest of these.
        """
        energy, factor = np.empty(len(k)), np.empty(len(k))
        for part, starts in self._starts(k):
            chosen = starts.parts(np.full(len(starts.frames), internal))
            energy[part] = starts.levels[:, internal if self.internal.start == "eigenstates" else 0]
            factor[part] = 1.0 - starts.flux(chosen)
        return energy, factor

    def lifted(self, k: Float, internal: int) -> tuple[Float, Float]:
        """Weights (n,), eV² Å², that light gives one of the states it makes at k (n, 3), and all of them together."""
        one, both = np.empty(len(k)), np.empty(len(k))
        for part, starts in self._starts(k):
            values = np.maximum(starts.values, 0.0)
            one[part], both[part] = values[:, internal], sum(values[:, i] for i in range(self.size))
        return one, both

    def frames(self, k: Float, r: Float | None = None) -> tuple[Float, Float]:
        """Energies (n, G), eV, and states (n, G, N, 2) of the group's bands at k (n, 3), in textures at places r (n, 3)."""
        if self.texture is None or r is None:
            return group_states(self.integers, self.reals, k, self.size)
        return self.texture.states(k, r, 0.0)

    def _starts(self, k: Float, r: Float | None = None) -> Iterator[tuple[slice, Starts]]:
        """Starts at some k after the other."""
        for first in range(0, len(k), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            yield part, starts_at(self, k[part], None if r is None else r[part])

    def populations(self, k: Float, u: Float) -> Float:
        """|⟨n|u⟩|² (n, G) of the group's bands by rising energy, for states u (n, 2N) at k (n, 3)."""
        _, frames = group_states(self.integers, self.reals, k, self.size)
        parts = np.einsum("ngi,ni->ng", frames[..., 0] - 1j * frames[..., 1], u[:, 0::2] + 1j * u[:, 1::2])
        return np.asarray(np.abs(parts) ** 2)

    def _projected(self, k: Float, frames: Float) -> Float:
        """The given state, projected on the group at each k, of norm 1."""
        inside = frames[..., 0] + 1j * frames[..., 1]
        parts = np.einsum("ngi,ni->ng", inside.conj(), np.exp(1j * k @ self.phases.T) * self.given)
        parts = parts / np.linalg.norm(parts, axis=1)[:, None]
        return np.ascontiguousarray(np.einsum("ng,ngi->ni", parts, inside)).view(np.float64)

    def start_signs(self, k: Float, u: Float) -> Float:
        """Sign (n,) of the spin, along k for helicities and else along the axis, that packets have where they start.

        Zero where it is less than 10⁻⁶, and where the spin is not known. ``u`` (n, 2N) is (Re, Im) of each orbital.
        """
        if self.spin is None:
            return np.zeros(len(k))
        axis = unit_vectors(k if self.internal.start == "helicity" else np.array(self.internal.axis)[None])
        value = (expectation(self.spin, u) * axis).sum(axis=1)
        return np.where(np.abs(value) > 1e-6, np.sign(value), 0.0)


def group_of(config: Config, hamiltonian: Hamiltonian) -> Group | None:
    """The group of bands of a config, None for packets in one band.

    Raises
    ------
    ConfigError
        for what packets in a group cannot have
    """
    bands, internal = config.band.group, config.internal
    if bands is None or bands == "auto":
        if internal is not None:
            raise config.problem("internal", "belongs to a group of bands, such as 'bands: [2, 3]'")
        return None
    refuse_in_group(config, hamiltonian)
    internal = internal or Internal()
    check_resolved(config, internal)
    if internal.store and config.output.trajectories is not None:
        raise config.problem(
            "internal.store", "needs the paths of all packets: leave out output.trajectories"
        )
    integers, reals = direct_arrays(hamiltonian, bands[0], position_elements=config.band.position_elements)
    lattice, positions = isinstance(hamiltonian, LatticeHamiltonian), int(integers[_SWITCHED])
    integers[_SWITCHED] = 0
    integers = np.append(integers, [positions, bands[-1], int(lattice)])
    crystal = textured_crystal(config, base_hamiltonian(config)) if config.textures else None
    return Group(
        hamiltonian, bands[0], bands[-1], integers, reals, internal, _spin(config, internal, hamiltonian),
        light=_light(config, internal), field=_field(config) if crystal is None else None,
        texture=group_texture(crystal, (bands[0], bands[-1]), (integers, reals)) if crystal else None,
    )  # fmt: skip


def _field(config: Config) -> Float | None:
    """−(q/e)B, T, of a uniform field."""
    magnetic = np.array(config.fields.magnetic)
    return -config.charge * magnetic if magnetic.any() else None


def _spin(config: Config, internal: Internal, hamiltonian: Hamiltonian) -> Complex | None:
    """S_x, S_y, S_z (3, N, N) of a section."""
    if internal.spin is None:
        return None
    try:
        found = spin_operators(internal.spin, hamiltonian.size)
    except InputError as error:
        raise config.problem("internal.spin", str(error)) from error
    if np.abs(found - np.conj(np.swapaxes(found, 1, 2))).max() > 1e-12:
        raise config.problem("internal.spin", "matrices must be Hermitian")
    if isinstance(hamiltonian, LatticeHamiltonian):
        _, i, j = np.nonzero(np.abs(found) > 1e-12)
        apart = np.abs(hamiltonian.sites[i] - hamiltonian.sites[j]).max(axis=1, initial=0.0) > _SAME_PLACE
        if apart.any():
            pair = f"{i[np.argmax(apart)]} and {j[np.argmax(apart)]}"
            raise config.problem(
                "internal.spin",
                f"joins orbitals {pair}, which lie apart: its mean would depend on the choice of the cell; "
                "give matrices between orbitals at the same place",
            )
    return found


def _light(config: Config, internal: Internal) -> Optical | None:
    """The light that makes the states which packets start in."""
    if internal.start != "optical":
        return None
    if not isinstance(config.ensemble, Optical):
        raise config.problem(
            "internal.start", "'optical' needs the light of 'ensemble: {kind: optical, ...}'"
        )
    return config.ensemble
