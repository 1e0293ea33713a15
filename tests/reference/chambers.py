"""Chambers' integral of one band along orbits on planes across B: marching squares on a torus, no packets and no meshes.

B lies along a direction whose planes are periodic, so that every orbit, closed or open, comes back to an equivalent state.
"""

import numpy as np

HBAR = 0.6582119569509066  # eV fs
TESLA = 1.5192674478e-5  # e·(1 T)/ħ, 1/Å²


class Cosines:
    """ε(k) = −2 Σ t cos k·R with its slope."""

    def __init__(self, cells: np.ndarray, hoppings: np.ndarray) -> None:
        self.cells, self.hoppings = np.asarray(cells, float), np.asarray(hoppings, float)

    def __call__(self, k: np.ndarray) -> np.ndarray:
        return -2 * np.cos(k @ self.cells.T) @ self.hoppings

    def slope(self, k: np.ndarray) -> np.ndarray:
        return 2 * (np.sin(k @ self.cells.T) * self.hoppings) @ self.cells


def loops(energy: Cosines, origin: np.ndarray, plane: np.ndarray, mu: float, cells: int) -> list[np.ndarray]:
    """Wavevectors (n, 3) in order along each curve ε = μ of a periodic plane with edges (2, 3), unwrapped, end included."""
    step = np.arange(cells) / cells
    grid = origin + step[:, None, None] * plane[0] + step[None, :, None] * plane[1]
    value = energy(grid) - mu
    beside: dict[tuple[int, int, int], list[tuple[tuple[int, int, int], np.ndarray]]] = {}
    for i in range(cells):
        for j in range(cells):
            i1, j1 = (i + 1) % cells, (j + 1) % cells
            corner = [value[i, j], value[i1, j], value[i1, j1], value[i, j1]]
            if min(corner) * max(corner) > 0:
                continue
            # Edges round the square: the node they start from and their axis; and where they are crossed.
            ring = [(i, j, 0), (i1, j, 1), (i, j1, 0), (i, j, 1)]
            places = []
            for number, (a, b) in enumerate(((0, 1), (1, 2), (3, 2), (0, 3))):
                if corner[a] * corner[b] < 0:
                    part = corner[a] / (corner[a] - corner[b])
                    at = [(part, 0.0), (1.0, part), (part, 1.0), (0.0, part)][number]
                    places.append((ring[number], np.array(at)))
            if len(places) == 4 and (sum(corner) > 0) != (corner[0] > 0):
                places = [places[0], places[3], places[1], places[2]]
            for (one, x), (other, y) in zip(places[::2], places[1::2], strict=True):
                beside.setdefault(one, []).append((other, y - x))
                beside.setdefault(other, []).append((one, x - y))
    found = []
    while beside:
        start = here = next(iter(beside))
        x, path, before = np.zeros(2), [], None
        node = np.array(start[:2], float)
        part = value[start[0], start[1]]
        end = (
            value[(start[0] + 1) % cells, start[1]]
            if start[2] == 0
            else value[start[0], (start[1] + 1) % cells]
        )
        node[start[2]] += part / (part - end)
        x = node
        while True:
            path.append(x)
            links = beside.pop(here)
            pick = 0 if before is None or links[0][0] != before else 1
            if len(links) == 2 and links[0][0] == links[1][0] == before:
                pick = 1
            there, move = links[pick]
            before, here, x = here, there, x + move
            if here == start:
                break
        path.append(x)
        k = origin + np.array(path) @ plane / cells
        found.append(_led_onto(energy, k, plane, mu))
    return found


def _led_onto(energy: Cosines, k: np.ndarray, plane: np.ndarray, mu: float) -> np.ndarray:
    flat = np.linalg.pinv(plane) @ plane
    for _ in range(6):
        slope = energy.slope(k) @ flat
        k = k - ((energy(k) - mu) / np.maximum(np.sum(slope**2, axis=1), 1e-12))[:, None] * slope
    return k


def conductivity(
    energy: Cosines, mu: float, tau: float, strength: float, along: np.ndarray, plane: np.ndarray, *,
    height: float, slices: int, cells: int,
) -> np.ndarray:  # fmt: skip
    """σ (3, 3) of spinless electrons in e²/(ħ Å), at T = 0, from planes across B up to a height.

    Where orbits of a point begin and end the integrand jumps: the error falls with the number of slices, and is smallest
    for the components across B.

    Parameters
    ----------
    along : unit vector of B; plane : edges (2, 3) of the cell of reciprocal vectors across it
    height : along B, 1/Å
    slices, cells : planes, and squares along each edge of them
    """
    total = np.zeros((3, 3))
    for offset in (np.arange(slices) + 0.5) / slices * height:
        for k in loops(energy, offset * along, plane, mu, cells):
            total += _of_loop(energy, k, tau, strength, along) * height / slices
    return total * HBAR / (2 * np.pi) ** 3


def _of_loop(energy: Cosines, k: np.ndarray, tau: float, strength: float, along: np.ndarray) -> np.ndarray:
    """∮ dk v ∫₀^∞ v e^{−t/τ} dt/(ħ v_⊥) of one orbit; between its points velocities are linear in time."""
    velocity = energy.slope(k) / HBAR
    force = -np.cross(velocity, along)  # ħ dk/dt = −e v×B
    edge = np.diff(k, axis=0)
    if np.sum(edge * (force[1:] + force[:-1])) < 0:
        k, velocity, edge = k[::-1], velocity[::-1], -edge[::-1]
    across = np.linalg.norm(np.cross(velocity, along), axis=1)
    length = np.linalg.norm(edge, axis=1)
    time = length / (strength * TESLA) * 0.5 * (1 / across[1:] + 1 / across[:-1])
    kept = length > 1e-12
    time, start, end = time[kept], velocity[:-1][kept], velocity[1:][kept]
    fade = np.exp(-time / tau)
    rise = (end - start) / time[:, None]
    own = tau * (start - fade[:, None] * end) + tau**2 * rise * (1 - fade)[:, None]
    ahead = np.zeros(3)
    for turn in range(2):  # the second time round knows what lies ahead after a whole turn
        begin = np.zeros((len(time) + 1, 3))
        begin[-1] = ahead
        for i in range(len(time) - 1, -1, -1):
            begin[i] = own[i] + fade[i] * begin[i + 1]
        if turn == 0:
            ahead = begin[0] / (1 - np.prod(fade))
    # dk/(ħ v_⊥) = (eB/ħ) dt/ħ by the trapezoid's rule.
    weight = time * strength * TESLA / HBAR
    terms = 0.5 * (
        np.einsum("n,na,nb->ab", weight, begin[:-1], start) + np.einsum("n,na,nb->ab", weight, begin[1:], end)
    )
    return np.asarray(terms)
