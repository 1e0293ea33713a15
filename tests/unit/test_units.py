"""Constants in two independent ways, and the grammar of quantities."""

import math

import pytest
from scipy import constants as si

from wavepacket import units
from wavepacket.units import DIMENSIONS, QuantityError, parameter_dimensions, parse_quantity


@pytest.mark.parametrize(
    ("value", "other_way"),
    [
        (units.HBAR, si.hbar / si.e * 1e15),
        (units.HBAR, 0.6582119569509066),
        (units.PLANCK, si.h / si.e * 1e15),
        (units.E_OVER_HBAR, si.e / si.hbar * 1e-20),
        (units.E2_OVER_H, si.physical_constants["conductance quantum"][0] / 2),
        (units.BOLTZMANN, si.k / si.e),
        (units.ELECTRON_MASS, si.m_e / si.e * (1e15 / 1e10) ** 2),
        (units.ELECTRON_MASS, units.HBAR**2 / (2 * 3.80998211)),  # hbar^2/2m_e in eV angstrom^2
        (units.BOHR_MAGNETON, si.physical_constants["Bohr magneton in eV/T"][0]),
        (units.SIEMENS / units.PLANCK, units.E2_OVER_H),
        (units.SIEMENS_PER_CENTIMETRE, si.e / (1e-15 * 1e-8)),
    ],
)
def test_constants_agree_with_an_independent_value(value: float, other_way: float) -> None:
    assert value == pytest.approx(other_way, rel=2e-9)


@pytest.mark.parametrize(
    ("text", "dimension", "value", "back"),
    [
        ("10 T", "magnetic_field", 10.0, 10.0),
        ("2T", "magnetic_field", 2.0, 2.0),
        ("250 mT", "magnetic_field", 0.25, 0.25),
        ("5 kG", "magnetic_field", 0.5, 0.5),
        ("1 kV/cm", "electric_field", 1e-5, 1e5 * 1e-10),
        ("3 MV/m", "electric_field", 3e-4, 3e6 * 1e-10),
        ("300 K", "temperature", 300.0, 300.0),
        ("90 deg", "angle", math.pi / 2, math.radians(90)),
        ("0.5 pi", "angle", math.pi / 2, math.pi / 2),
        ("2 ps", "time", 2000.0, 2e-12 / 1e-15),
        ("0.05 1/angstrom", "wavevector", 0.05, 0.05),
        ("0.05/angstrom", "wavevector", 0.05, 0.05),
        ("0.5 nm^-1", "wavevector", 0.05, 0.5e9 * 1e-10),
        ("0.05 Å⁻¹", "wavevector", 0.05, 0.05),
        ("1 THz", "angular_frequency", 2 * math.pi * 1e-3, 2 * math.pi * 1e12 * 1e-15),
        ("0.1 rad/fs", "angular_frequency", 0.1, 0.1),
        ("1.5 eV", "angular_frequency", 1.5 / units.HBAR, 1.5 * si.e / si.hbar * 1e-15),
        ("5 nm", "length", 50.0, 5e-9 / 1e-10),
        ("1 bohr", "length", 0.529177210544, si.physical_constants["Bohr radius"][0] * 1e10),
        ("20 meV", "energy", 0.02, 0.02),
        ("1 J", "energy", 1 / si.e, 1 / si.e),
        ("3 nm**2", "area", 300.0, 300.0),
        ("1e6 m/s", "velocity", 10.0, 1e6 * 1e10 / 1e15),
        ("1e6 m/s", "energy_length", 10 * units.HBAR, si.hbar * 1e6 / si.e * 1e10),
        ("6.5 eV*angstrom", "energy_length", 6.5, 6.5),
        ("0.067 m_e", "mass", 0.067, 0.067),
        ("1 mu_B", "orbital_moment", units.BOHR_MAGNETON, 9.2740100657e-24 / si.e),
        ("−1.5 µeV", "energy", -1.5e-6, -1.5e-6),
        ("7", "number", 7.0, 7.0),
    ],
)
def test_text_with_a_unit(text: str, dimension: str, value: float, back: float) -> None:
    assert parse_quantity(text, dimension) == pytest.approx(value, rel=1e-15)
    assert value == pytest.approx(back, rel=2e-8)  # the second way; the masses and the moment are measured


def test_powers_of_ten_are_exact() -> None:
    assert parse_quantity("1 kV/cm", "electric_field") == 1e-5
    assert parse_quantity("0.1 nm", "length") == 1.0
    assert parse_quantity("1.42 angstrom", "length") == 1.42


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_default_unit_is_one(dimension: str) -> None:
    assert parse_quantity(f"3 {DIMENSIONS[dimension]}", dimension) == 3.0
    assert parse_quantity(3, dimension) == 3.0


@pytest.mark.parametrize(
    ("value", "dimension", "message"),
    [
        ("10", "magnetic_field", "missing unit in '10'; write '10 T' or the plain number for T"),
        ("2 ps", "magnetic_field", "'2 ps' is a quantity of dimension time; must be a number in T"),
        ("1 kv/cm", "electric_field", "unknown unit 'kv'; did you mean 'kV'?"),
        ("1 mev", "energy", "unknown unit 'mev'; did you mean 'meV' or 'MeV'?"),
        ("1 A", "length", "'1 A' is a quantity of dimension current; must be a number in angstrom"),
        ("1 a", "length", "unknown unit 'a'; did you mean 'angstrom'?"),
        ("1 1/fs", "angular_frequency", "such as '1 rad/fs', '1 THz' or '1.5 eV'"),
        ("1 eV angstrom", "energy_length", "write a product as 'a*b'"),
        ("1 eV*", "energy", "a unit is missing beside '*' or '/'"),
        ("1 eV^99", "energy", "unknown unit 'eV^99'"),
        ("ten T", "magnetic_field", "cannot read 'ten T'; must be a number in T or text"),
        ("1..2 eV", "energy", "cannot read '1..2 eV'"),
        ("x" * 10_000, "energy", "cannot read 'xxxxx"),
        ("__import__('os')", "energy", "cannot read"),
        ("1e999 eV", "energy", "the number must be finite"),
        (math.nan, "energy", "the number must be finite"),
        (10**400, "energy", "the integer is too large"),
        (True, "energy", "not True"),
        (None, "energy", "not null"),
        ([1], "energy", "not a list"),
        ("5 T", "number", "must be a plain number"),
        ("1 m_e*mu_B", "energy", "is of another dimension"),
    ],
)
def test_what_cannot_be_read_says_why(value: object, dimension: str, message: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(value, dimension)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 250


def test_path_comes_before_the_message() -> None:
    with pytest.raises(QuantityError, match=r"^fields\.magnetic: missing unit"):
        parse_quantity("1", "magnetic_field", "fields.magnetic")


def test_parameter_dimensions_reads_annotations() -> None:
    def build(t: units.Energy, ratio: float = 1.0, valley: int = 1, kind: str = "a") -> None: ...

    assert parameter_dimensions(build) == {
        "t": "energy",
        "ratio": "number",
        "valley": "integer",
        "kind": "text",
    }
