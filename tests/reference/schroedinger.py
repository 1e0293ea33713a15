"""Exact evolution iħ u̇ = H(k(t)) u of a wave of definite k in a uniform field: the anomalous velocity.

With E(t) uniform, ħk̇ = qE exactly, for every state and not only for packets; the velocity is ⟨u|∂H/ħ∂k|u⟩.
"""

from collections.abc import Callable

import numpy as np

from wavepacket.hamiltonians import Hamiltonian
from wavepacket.units import HBAR


def evolve(
    hamiltonian: Hamiltonian, band: int, path: Callable[[float], np.ndarray], times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return k, (n, 3), and ⟨v⟩, (n, 3) in Å/fs, starting in the eigenstate of `band` at times[0].

    The step is that of `times`: exponentials of two Hamiltonians per step, fourth order in it.
    """
    k = np.array([path(time) for time in times])
    state = np.linalg.eigh(hamiltonian.hamiltonian(k[:1]))[1][0, :, band]
    step = float(times[1] - times[0])
    states = [state]
    for time in times[:-1]:
        state = _commutator_free_step(hamiltonian, path, float(time), step, state)
        states.append(state)
    frames = np.array(states)
    velocity = np.einsum("ni,naij,nj->na", frames.conj(), hamiltonian.hamiltonian_gradient(k), frames)
    return k, np.real(velocity) / HBAR


def _commutator_free_step(
    hamiltonian: Hamiltonian, path: Callable[[float], np.ndarray], time: float, step: float, state: np.ndarray
) -> np.ndarray:
    """Advance by the two-exponential Magnus step of fourth order."""
    root = np.sqrt(3) / 6
    early, late = (hamiltonian.hamiltonian(path(time + (0.5 + s) * step))[0] for s in (-root, root))
    for first, second in ((0.25 + root, 0.25 - root), (0.25 - root, 0.25 + root)):
        energy, frame = np.linalg.eigh(first * early + second * late)
        state = frame @ (np.exp(-1j * energy * step / HBAR) * (frame.conj().T @ state))
    return state
