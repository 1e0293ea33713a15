"""Packets with an internal state in a group of bands: their starts, their paths, and the spin along them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.bands.direct import direct_arrays
from wavepacket.config import Config, Internal, Optical
from wavepacket.ensembles import Ensemble, Packets, density_matrix
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian, base_hamiltonian
from wavepacket.hamiltonians.library.spin import spin_operators
from wavepacket.hamiltonians.texture import textured_crystal
from wavepacket.kernels import layout
from wavepacket.simulation.group_limits import refuse_in_group
from wavepacket.simulation.group_start import (
    combined,
    eigenstates_within,
    expectation,
    group_states,
    operators_within,
    spins_within,
    unit_vectors,
)
from wavepacket.simulation.group_textures import GroupTexture, group_texture

__all__ = ["Group", "group_of", "in_all_states"]

_BIAS = 1e-9  # eV: what decides between eigenstates of equal energy
_SWITCHED = 4  # place in the integers of the kernels
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
        if self.texture is None or r is None:
            energy, frames = group_states(self.integers, self.reals, k, self.size)
        else:
            energy, frames = self.texture.states(k, r, 0.0)
        if self.given is not None:
            return self._projected(k, frames)
        if self.size == 1:
            return frames.reshape(len(k), -1)
        values, vectors = eigenstates_within(self._chosen(k, energy, frames))
        assert internal is not None
        chosen = internal
        if self.internal.values is not None:
            wanted = np.array(self.internal.values)[internal]
            chosen = np.argmin(np.abs(values - wanted[:, None]), axis=1)
        return combined(vectors[np.arange(len(k)), chosen], frames)

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

    def _chosen(self, k: Float, energy: Float, frames: Float) -> Float:
        """The operator (n, G, G, 2) whose eigenstates within the group are the starts."""
        if self.light is not None:
            made = density_matrix(self.light, self.hamiltonian, (self.first, self.last), k)
            return operators_within(made, np.exp(1j * k @ self.phases.T), frames)
        direction = k if self.internal.start == "helicity" else np.array(self.internal.axis)[None]
        direction = unit_vectors(direction)
        if self.spin is not None:
            parts = spins_within(self.spin, frames)
            spin = sum(direction[:, a, None, None, None] * parts[a] for a in range(3))
        else:
            order = np.diag(-np.arange(self.hamiltonian.size) + 0j)[None]
            spin = spins_within(order, frames)[0]
        if self.internal.start != "eigenstates":
            return np.asarray(spin)
        found = _BIAS * np.asarray(spin)
        for band in range(self.size):
            found[:, band, band, 0] += energy[:, band]
        return found

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
    if internal.store and config.output.trajectories is not None:
        raise config.problem(
            "internal.store", "needs the paths of all packets: leave out output.trajectories"
        )
    integers, reals = direct_arrays(hamiltonian, bands[0], position_elements=False)
    integers = np.append(integers, [bands[-1], int(isinstance(hamiltonian, LatticeHamiltonian))])
    crystal = textured_crystal(config, base_hamiltonian(config)) if config.textures else None
    return Group(
        hamiltonian, bands[0], bands[-1], integers, reals, internal, _spin(config, internal, hamiltonian),
        light=_light(config, internal),
        texture=group_texture(crystal, (bands[0], bands[-1]), (integers, reals)) if crystal else None,
    )  # fmt: skip


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


def in_all_states(group: Group, build: Callable[[int, int | None], Ensemble]) -> Ensemble:
    """Packets in each internal state that a config names, one state after the other.

    Parameters
    ----------
    build : ensemble of one band, and of one of the states that light makes. Of eigenstates each has the weights of its own
        band, of light its own, else all have those of the lowest band

    Raises
    ------
    InputError
        for weights that are not one for each state
    """
    internal = group.internal
    number = group.size if internal.values is None else len(internal.values)
    factors = internal.weights or (1.0,) * number
    if len(factors) != number:
        raise InputError(
            f"internal.weights: there are {number} states to start in, and {len(factors)} weights"
        )
    parts: list[Ensemble] = []
    for i in range(number):
        if group.light is not None:
            parts.append(build(group.first, i))
        elif internal.start == "eigenstates" or not parts:
            parts.append(build(group.first + i, None))
        else:
            parts.append(parts[0])
    return _joined(parts, factors)


def _joined(parts: Sequence[Ensemble], factors: Sequence[float]) -> Ensemble:
    """Ensembles one after the other, of weights times these factors, without those of 0; packets know which they are of."""
    ends = np.cumsum([each.size * (factor > 0) for each, factor in zip(parts, factors, strict=True)])

    def packets(first: int, number: int) -> Packets:
        found = []
        for i, (part, end) in enumerate(zip(parts, ends.tolist(), strict=True)):
            begin = max(first, end - part.size)
            count = min(first + number, end) - begin
            if count > 0 and factors[i] > 0:
                some = part.packets(begin - (end - part.size), count)
                weight = factors[i] * some.weight
                found.append(replace(some, weight=weight, internal=np.full(count, i, dtype=np.int64)))
        names = ("wavevector", "position", "weight", "replica", "phase", "internal")
        return Packets(*(np.concatenate([getattr(each, name) for each in found]) for name in names))

    equal = all(each.equal_weights for each in parts) and len({each for each in factors if each}) == 1
    return replace(parts[0], size=int(ends[-1]), packets=packets, equal_weights=equal)
