"""Arrays of a run from which uncertainties are estimated."""

from typing import Final

POINTS: Final = "points_per_replica"
"""Effective number of points of a replica or sub-grid, (Σw)²/Σw² over the number of replicas."""
ENERGY_STEP: Final = "grid_energy_step"
"""Change of energy across a cell of the grid at the Fermi surface, in units of what its sub-grids can judge."""
STATE_STEP: Final = "grid_state_step"
"""Squared distance of Bloch states of neighbouring points of the grid, in units of what its sub-grids can judge."""
GROUP: Final = "reference_group"
"""Scale: groups of packets that were integrated a second time."""


def correction(name: str) -> str:
    """Array with (group, sign, valley, ...): what the whole of ``sums/NAME`` would change by, as far as a group tells."""
    return f"correction_{name}"
