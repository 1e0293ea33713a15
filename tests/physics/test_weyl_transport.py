"""Magnetotransport of Weyl nodes in weak fields against closed forms, with and without the orbital moment."""

from dataclasses import replace

import numpy as np
import pytest

from tests.cases import problem, run
from tests.physics.scattered import observe, tensor
from wavepacket.analysis.response_tensors import conductivity_by_part
from wavepacket.bands import Band
from wavepacket.ensembles import build_ensemble
from wavepacket.kernels.motion.fields import MOMENT_FIELD
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, HBAR, SIEMENS_PER_CENTIMETRE

pytestmark = pytest.mark.physics

VELOCITY, LEVEL, FIELD, TEMPERATURE = 5.0, 0.2, 6.0, 100.0
# In so short a time no orbit turns: (ω_cτ)² σ0, the ordinary magnetoresistance, is 1e-3 of what is looked for.
TAU = 0.02
MODEL = {"name": "weyl_node", "velocity": VELOCITY, "cutoff": 0.065}
ENSEMBLE = {
    "kind": "fermi_surface",
    "chemical_potential": LEVEL,
    "temperature": TEMPERATURE,
    "grid": [48, 48, 48],
    "field_reversal": False,
}


def shells(power):
    """Mean of (ε/μ)^power over −∂f/∂ε: a sum of shells of sharp energy."""
    x = np.linspace(-11, 11, 2001)
    weight = 1 / np.cosh(x / 2) ** 2
    return np.sum(weight * (1 + BOLTZMANN * TEMPERATURE / LEVEL * x) ** power) / weight.sum()


def unit(tau=TAU, field=FIELD):
    """e⁴v³τB²/(8π²ħμ²) in e/(fs V Å), at the temperature."""
    return shells(-2) * (1e-5 * field) ** 2 * (VELOCITY / HBAR) ** 3 * tau / (8 * np.pi**2 * HBAR * LEVEL**2)


class WithoutMoment(Band):
    """The same band with m = 0."""

    def geometry(self, k, threads=1, **more):
        found = super().geometry(k, threads, **more)
        zeros = np.zeros_like
        return replace(
            found, orbital_moment=zeros(found.orbital_moment), moment_gradient=zeros(found.moment_gradient)
        )


def node(field, *, moment):
    made = problem(
        MODEL, magnetic=field, tolerance=1e-9, ensemble=ENSEMBLE, band={"index": 1},
        scattering={"relaxation_time": TAU}, output={"trajectories": 0},
    )  # fmt: skip
    if not moment:
        band = WithoutMoment(**{name: getattr(made.band, name) for name in made.band.__dataclass_fields__})
        environment = made.environment.copy()
        environment[MOMENT_FIELD : MOMENT_FIELD + 3] = 0.0
        ensemble = build_ensemble(made.config.ensemble, band, magnetic=field)
        made = replace(made, band=band, environment=environment, ensemble=ensemble)
    flow = run(made).sums["transport"].sum(axis=(0, 1))
    flow = flow / (2 if made.ensemble.field_reversal else 1)
    return conductivity_by_part(flow, np.zeros((len(flow), 4)), -1.0, None).sum(axis=(0, 1)).real


@pytest.mark.parametrize(
    ("moment", "along", "across"),
    [pytest.param(False, 8 / 15, 1 / 15, marks=pytest.mark.full), (True, 4 / 15, -2 / 15)],
)
def test_node_with_one_relaxation_time(moment, along, across):
    """[σ(B) − σ(0)]/(e⁴v³τB²/8π²ħμ²) at fixed μ; corrections of B² are 0.3 %."""
    change = (node([0, 0, FIELD], moment=moment) - node([0, 0, 0.0], moment=moment)) / unit()
    assert change[2, 2] == pytest.approx(along, rel=0.01)
    assert change[0, 0] == pytest.approx(across, rel=0.01)


@pytest.mark.slow
def test_planar_hall_effect():
    """σ_yx of B at an angle in the plane is (σ_∥ − σ_⊥) sin θ cos θ: here (4/15 + 2/15) sin θ cos θ."""
    angle = 0.6
    change = node(FIELD * np.array([np.cos(angle), np.sin(angle), 0]), moment=True) / unit()
    assert change[1, 0] == pytest.approx(0.4 * np.sin(angle) * np.cos(angle), rel=0.01)
    # Both directions are one tensor: no antisymmetric part from the chiral anomaly.
    assert change[0, 1] == pytest.approx(change[1, 0], rel=0.01)


@pytest.mark.slow
@pytest.mark.full
def test_intervalley_relaxation():
    """D. T. Son and B. Z. Spivak (2013): collisions that conserve the number in each node add (τ_inter − τ) of the unit."""
    tau, inter = 0.02, 0.2
    both = 1 / (1 / tau + 1 / inter)
    arguments = {"band": {"index": 1}, "valleys": {"W": [0, 0, 0]}, "tolerance": 1e-9}
    times = {"relaxation_time": tau, "intervalley_time": inter}
    found = observe(MODEL, ENSEMBLE, times, magnetic=[0, 0, FIELD], **arguments)
    still = observe(MODEL, ENSEMBLE, times, **arguments)
    change = (tensor(found["conductivity"]) - tensor(still["conductivity"])) / SIEMENS_PER_CENTIMETRE
    # The number of states at finite temperature: 1/⟨ε²⟩ in place of ⟨1/ε²⟩.
    added = (unit(inter) - unit(both)) / (shells(-2) * shells(2))
    assert change[2, 2] == pytest.approx(unit(both) * 4 / 15 + added, rel=0.01)
    # e²EB/4π²ħ² states in unit time, kept for τ_inter, over the density of states μ²/2π²(ħv)³ of the node.
    pumped = 1e-5 * FIELD / (4 * np.pi**2 * HBAR**2)
    expected = pumped * inter * 2 * np.pi**2 * VELOCITY**3 / (LEVEL**2 * shells(2))
    assert abs(found["valley_imbalance_per_field"].value[0][2]) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("surface", "collisions"),
    [
        ({"temperature": 400.0, "grid": [100, 100, 100]}, {"intervalley_time": 10.0}),
        pytest.param(
            {"temperature": 0.0, "number": 4000}, {"between": {"W+": {"W-": 20.0}}}, marks=pytest.mark.full
        ),
    ],
)
def test_chiral_pumping(surface, collisions):
    """Σ W qE·ṙ = ±e²E·B/4π²ħ² at each node of a lattice, from the sources of the flights alone.

    Between alike nodes the numbers relax at twice the rate at which packets go from one to the other; that is tried at
    0 K, since at a node itself such collisions have nowhere to lead to, and what the anomaly pumps there stays.
    """
    found = observe(
        {"name": "weyl_lattice"},
        {"kind": "fermi_surface", "chemical_potential": 0.2, "field_reversal": False, **surface},
        {"relaxation_time": 1.0, **collisions},
        magnetic=[0, 0, 2.0],
        band={"index": 1},
        tolerance=1e-6,
    )
    shifts = np.array(found["valley_imbalance_per_field"].value)[:, 2]
    # δμ = rate · τ_inter/density of states of a node.
    rate = 2.0 * E_OVER_HBAR / (4 * np.pi**2 * HBAR)
    states = found["density_of_states"].value / 2
    np.testing.assert_allclose(np.abs(shifts), 10.0 * rate / states, rtol=0.01)
    assert shifts[0] * shifts[1] < 0
