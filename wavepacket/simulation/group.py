"""Packets with an internal state in a group of bands: their starts, their paths, and the spin along them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.bands.direct import direct_arrays
from wavepacket.config import Config, Internal, Optical
from wavepacket.ensembles import Ensemble, Packets, density_matrix
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.library.spin import spin_matrices
from wavepacket.kernels import layout

__all__ = ["Group", "group_of", "in_all_states"]

_BIAS = 1e-9  # eV: what decides between eigenstates of equal energy
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
    light : that makes the states which packets start in; None for other starts

    """

    hamiltonian: Hamiltonian
    first: int
    last: int
    integers: Integer
    reals: Float
    internal: Internal
    spin: Complex | None
    light: Optical | None = None

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

    def arguments(self, *, moment: bool) -> Integer:
        """Integers of the kernels; the mixing is always wanted."""
        integers = self.integers.copy()
        integers[0] = layout.NEED_MIXING | (layout.NEED_MOMENT if moment else 0)
        return integers

    def states(self, k: Float, internal: Integer) -> Complex:
        """Internal states u (n, N) that packets at k (n, 3) start in, in the gauge of the kernels."""
        _, frames = np.linalg.eigh(self.hamiltonian.hamiltonian(k))
        frames = frames[:, :, self.first : self.last + 1]
        values, vectors = np.linalg.eigh(_within(frames, self._chosen_operator(k)))
        chosen = internal
        if self.internal.values is not None:
            wanted = np.array(self.internal.values)[internal]
            chosen = np.argmin(np.abs(values - wanted[:, None]), axis=1)
        inside = np.take_along_axis(vectors, chosen[:, None, None], axis=2)
        u = (frames @ inside)[:, :, 0]
        return np.asarray(np.exp(1j * k @ self.phases.T) * u)

    def _chosen_operator(self, k: Float) -> Complex:
        """The operator (n, N, N) whose eigenstates within the group are the starts."""
        internal, spin = self.internal, self.spin
        if self.light is not None:
            return np.asarray(density_matrix(self.light, self.hamiltonian, (self.first, self.last), k))
        if internal.start == "eigenstates":
            bias = np.diag(-np.arange(self.hamiltonian.size) + 0j) if spin is None else self.along(spin)
            return np.asarray(self.hamiltonian.hamiltonian(k) + _BIAS * bias)
        assert spin is not None
        if internal.start == "spin":
            return np.broadcast_to(self.along(spin), (len(k), *spin.shape[1:]))
        direction = k / np.maximum(np.linalg.norm(k, axis=1), 1e-300)[:, None]
        return np.tensordot(direction, spin, axes=1)

    def along(self, spin: Complex) -> Complex:
        """S along the axis of the config."""
        axis = np.array(self.internal.axis)
        return np.tensordot(axis / np.linalg.norm(axis), spin, axes=1)

    def start_signs(self, k: Float, u: Float) -> Float:
        """Sign (n,) of the spin, along k for helicities and else along the axis, that packets have where they start.

        Zero where it is less than 10⁻⁶, and where the spin is not known. ``u`` (n, 2N) is (Re, Im) of each orbital.
        """
        if self.spin is None:
            return np.zeros(len(k))
        spin = expectation(self.spin, u)
        axis = k if self.internal.start == "helicity" else np.array(self.internal.axis)[None]
        value = (spin * axis).sum(axis=1) / np.maximum(np.linalg.norm(axis, axis=1), 1e-300)
        return np.where(np.abs(value) > 1e-6, np.sign(value), 0.0)


def _within(frames: Complex, operator: Complex) -> Complex:
    """Matrices (n, G, G) of operators (n, N, N) between states (n, N, G)."""
    found = np.conj(np.swapaxes(frames, 1, 2)) @ operator @ frames
    return np.asarray(0.5 * (found + np.conj(np.swapaxes(found, 1, 2))))


def expectation(operators: Complex, u: Float) -> Float:
    """⟨u|O|u⟩ (..., m) of Hermitian operators (m, N, N) in states (..., 2N), which are (Re, Im) of each orbital.

    Element by element, so that no library decides how the terms are added.
    """
    re, im = u[..., 0::2], u[..., 1::2]
    found = np.zeros((*u.shape[:-1], len(operators)))
    for number, operator in enumerate(operators):
        for i, j in zip(*np.nonzero(np.triu(operator)), strict=True):
            element, factor = operator[i, j], 1.0 if i == j else 2.0
            real = re[..., i] * re[..., j] + im[..., i] * im[..., j]
            imaginary = re[..., i] * im[..., j] - im[..., i] * re[..., j]
            found[..., number] += factor * (element.real * real - element.imag * imaginary)
    return found


def group_of(config: Config, hamiltonian: Hamiltonian) -> Group | None:
    """The group of bands of a config, None for packets in one band.

    Raises
    ------
    ConfigError
        for what packets in a group cannot have
    """
    bands, internal = config.band.group, config.internal
    if bands is None:
        if internal is not None:
            raise config.problem("internal", "belongs to a group of bands, such as 'bands: [2, 3]'")
        return None
    _refuse(config, hamiltonian)
    internal = internal or Internal()
    if internal.store and config.output.trajectories is not None:
        raise config.problem(
            "internal.store", "needs the paths of all packets: leave out output.trajectories"
        )
    integers, reals = direct_arrays(hamiltonian, bands[0], position_elements=False)
    lattice = isinstance(hamiltonian, LatticeHamiltonian)
    return Group(
        hamiltonian, bands[0], bands[-1], np.append(integers, [bands[-1], int(lattice)]), reals, internal,
        _spin(config, internal, hamiltonian.size), _light(config, internal),
    )  # fmt: skip


def _refuse(config: Config, hamiltonian: Hamiltonian) -> None:
    """Raise ConfigError for parts of a config that know of one band only."""
    assert config.band.group is not None
    if config.band.group[-1] >= hamiltonian.size:
        last = hamiltonian.size - 1
        raise config.problem("band.group", f"{hamiltonian.name} has bands 0 to {last}")
    if getattr(hamiltonian, "position_matrices", None) is not None:
        raise config.problem(
            "model",
            "packets in a group of bands have orbital positions alone: write 'position_elements: false'",
        )
    if config.integrator.method != "dop853":
        raise config.problem("integrator.method", "packets in a group of bands need dop853")
    of_one = {
        "sample": config.sample, "local": config.local, "quantum": config.quantum,
        "fields": config.fields.vary_in_space or None,
    }  # fmt: skip
    for name, section in of_one.items():
        if section is not None:
            what = "fields that vary in space are" if name == "fields" else "this is"
            raise config.problem(name, f"{what} for packets in one band: leave it out, or take one band")
    if config.fields.is_magnetic and config.ensemble.kind not in ("packets", "arrays", "gaussian"):
        raise config.problem(
            "ensemble", "in a magnetic field packets in a group of bands are listed, or a Gaussian cloud"
        )


def _spin(config: Config, internal: Internal, size: int) -> Complex | None:
    """S_x, S_y, S_z (3, N, N) of a section."""
    if internal.spin is None:
        return None
    if isinstance(internal.spin, str):
        number = int(internal.spin[0]) + 1
        if size % number:
            raise config.problem(
                "internal.spin", f"{size} orbitals are no multiple of {number}: give three matrices"
            )
        return np.stack([np.kron(each, np.eye(size // number)) for each in spin_matrices(number)])
    found = np.array(internal.spin)
    if found.shape != (3, size, size):
        raise config.problem(
            "internal.spin", f"needs {size}x{size} matrices, not {found.shape[1]}x{found.shape[2]}"
        )
    if np.abs(found - np.conj(np.swapaxes(found, 1, 2))).max() > 1e-12:
        raise config.problem("internal.spin", "matrices must be Hermitian")
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
