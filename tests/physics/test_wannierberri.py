"""Hall conductivity and orbital magnetization agree with WannierBerri on the same mesh, where it is installed."""

import dataclasses
import warnings

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from tests.reference.wannier_text import tb_text
from wavepacket.hamiltonians import haldane, read_tb
from wavepacket.observables import package_observables
from wavepacket.response.axis import EnergyAxis
from wavepacket.response.collect import Task
from wavepacket.response.columns import Columns
from wavepacket.response.domain import domain_of
from wavepacket.response.observables import Report
from wavepacket.response.scan import Scan
from wavepacket.response.uniform import on_mesh
from wavepacket.threads import on_threads
from wavepacket.units import E2_OVER_H

pytestmark = pytest.mark.physics

COLD = np.zeros(1)
PLANES = ((1, 2), (2, 0), (0, 1))


def ours(crystal, mu, mesh, position_elements):
    """Hall (M, 3) as an axial vector in e²/h or S/cm, M (M, 3) and its pair form in μ_B per cell, points not cells."""
    task = Task(
        domain_of(crystal), EnergyAxis(mu, COLD), Columns(crystal.dimension, moment=True), pairs=True, linear=False,
        position_elements=position_elements,
    )  # fmt: skip
    collected = on_mesh(task, mesh, in_order=on_threads(2))
    zero_error = {name: np.concatenate([part, 0 * part], -1) for name in ("rows", "pairs")
                  for part in [getattr(collected, name)]}  # fmt: skip
    scan = Scan(task, mu, COLD, dataclasses.replace(collected, **zero_error))
    wanted = ("anomalous_hall_conductivity", "orbital_magnetization")
    found = package_observables("response", Report(scan, "", quantities=wanted))
    hall = np.asarray(found["anomalous_hall_conductivity"].value)[:, 0]
    moments = found["orbital_magnetization"].value[:, 0], found["pair_magnetization"].value
    return np.stack([hall[:, a, b] for a, b in PLANES], 1), *moments


def theirs(crystal, mu, mesh, position_elements, folder):
    """The same from WannierBerri: S/m, and M without the terms outside the Wannier functions."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        berri = pytest.importorskip("wannierberri", reason="WannierBerri is not installed")
        from wannierberri.calculators.static import AHC, Morb
        from wannierberri.system import System_R

        file = folder / "crystal_tb.dat"
        file.write_text(tb_text(crystal))
        system = System_R.from_tb_file(str(file), berry=True)
        points = [mesh] * crystal.dimension + [1] * (3 - crystal.dimension)
        calculators = {
            "hall": AHC(Efermi=mu, kwargs_formula={"external_terms": position_elements}),
            "moment": Morb(Efermi=mu, kwargs_formula={"external_terms": False}),
        }
        result = berri.run(
            system, berri.Grid(system, NK=points, use_symmetry=False), calculators, parallel=False,
            use_irred_kpt=False, symmetrize=False, fout_name=str(folder / "result"),
        )  # fmt: skip
    return result.results["hall"].data, result.results["moment"].data


def test_haldane(tmp_path):
    crystal, mu = haldane(t2=0.3, phi=1.1, staggered=0.4), np.linspace(-1.02, 1.01, 8)
    hall, moment, pairs = ours(crystal, mu, 12, True)
    their_hall, their_moment = theirs(crystal, mu, 12, True, tmp_path)
    # Theirs is per 1 Å of thickness, the length of the third lattice vector.
    np.testing.assert_allclose(hall[:, 2], their_hall[:, 2] * 1e-10 / E2_OVER_H, rtol=1e-6)
    np.testing.assert_allclose(moment[:, 2], their_moment[:, 2], rtol=1e-6)
    np.testing.assert_allclose(pairs[:, 2], their_moment[:, 2], rtol=1e-6)


@pytest.mark.parametrize("magnetic", [True, False])
def test_gaas(gaas_file, tmp_path, magnetic):
    """GaAs as it is, where all sums over the zone vanish by time reversal, and with an exchange field."""
    crystal = read_tb(gaas_file)
    if magnetic:
        noise = np.random.default_rng(0).normal(size=(2, crystal.size, crystal.size))
        exchange = 0.05 * (noise[0] + 1j * noise[1])
        hoppings = crystal.hoppings.copy()
        hoppings[np.all(crystal.cells == 0, axis=1)] += exchange + exchange.conj().T
        crystal = dataclasses.replace(crystal, hoppings=hoppings)
    mu = np.linspace(1.03, 9.03, 6)
    hall, moment, pairs = ours(crystal, mu, 8, False)
    their_hall, their_moment = theirs(crystal, mu, 8, False, tmp_path)
    for mine, other, scale in (
        (hall, their_hall / 100, 1.0),
        (moment, their_moment, 0.01),
        (pairs, their_moment, 0.01),
    ):
        # What is below the bound of rounding is printed as zero.
        told = mine != 0
        np.testing.assert_allclose(mine[told], other[told], rtol=1e-6, atol=1e-6 * scale)
        assert np.all(np.abs(other[~told]) < 1e-4 * scale)
    assert np.abs(hall).max() > 100 or not magnetic


def test_position_elements(tmp_path):
    crystal = random_crystal(21, size=4)
    mu = np.linspace(-1.5, 1.5, 5)
    plain, _, _ = ours(crystal, mu, 6, False)
    hall, _, _ = ours(crystal, mu, 6, True)
    their_hall, _ = theirs(crystal, mu, 6, True, tmp_path)
    np.testing.assert_allclose(hall, their_hall / 100, rtol=1e-6, atol=1e-6 * np.abs(hall).max())
    assert np.abs(hall - plain).max() > 0.01 * np.abs(hall).max()
