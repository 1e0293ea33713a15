"""The spin Hall conductivity beside WannierBerri's, both from the same mesh; left out where it is not installed."""

import warnings

import numpy as np
import pytest

from tests.reference.wannier_text import tb_text
from wavepacket.hamiltonians import from_wannierberri, kane_mele
from wavepacket.response.spin_states import SpinBands, SpinColumns
from wavepacket.units import E2_OVER_H

pytestmark = pytest.mark.physics

MESH, MU = 8, np.linspace(-2.12, 1.03, 6)


def theirs(crystal, folder):
    """σˢ_ab (M, a, b, s) of spins in pairs, (ħ/e) S/m, from the current ½{S, v}, and their system."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        berri = pytest.importorskip("wannierberri", reason="WannierBerri is not installed")
        from wannierberri.calculators.static import SHC
        from wannierberri.system import System_R

        file = folder / "crystal_tb.dat"
        file.write_text(tb_text(crystal))
        system = System_R.from_tb_file(str(file), berry=True)
        system.set_spin_pairs([(0, 2), (1, 3)])
        formula = {"spin_current_type": "simple", "external_terms": False}
        result = berri.run(
            system, berri.Grid(system, NK=[MESH, MESH, 1], use_symmetry=False),
            {"spin": SHC(Efermi=MU, kwargs_formula=formula)},
            parallel=False, use_irred_kpt=False, symmetrize=False, fout_name=str(folder / "result"),
        )  # fmt: skip
    return result.results["spin"].data, system


def test_kane_mele_with_rashba_coupling(tmp_path):
    crystal = kane_mele(rashba=0.3, staggered=0.4, spin_orbit=0.15)
    u = np.stack(np.meshgrid(*[np.arange(MESH) / MESH] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    states = SpinBands(crystal, columns=SpinColumns(2, hall=True)).states(u @ crystal.reciprocal[:2])
    curvature = states.spin[:, :, 0].reshape(MESH**2, 4, 3, 2, 2)
    filled = states.energy[:, :, None] <= MU
    mine = -2 * 2 * np.pi * np.einsum("nim,nisab->msab", filled, curvature) / MESH**2 / crystal.cell_volume
    found, system = theirs(crystal, tmp_path)
    other = np.moveaxis(found, -1, 1)[:, :, :2, :2]
    # Theirs is per 1 Å of thickness, and the current of spins in ħ/e: twice as large in ħ/2e. Ours is that in ħ/2q, q = −e.
    other = -2 * other * 1e-10 / E2_OVER_H
    assert np.abs(mine).max() > 0.5
    np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-7)
    k = np.array([[0.1, 0.2, 0.0]])
    assert from_wannierberri(system).spin_at(k) == pytest.approx(crystal.spin_at(k), abs=1e-9)
