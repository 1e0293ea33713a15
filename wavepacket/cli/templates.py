"""Configs to start from, by what one wants to see, with the few questions that each leaves open."""

from dataclasses import dataclass
from string import Template as Text
from typing import Final

__all__ = ["TEMPLATES", "Question", "Template"]


@dataclass(frozen=True)
class Question:
    """What a template leaves open.

    Attributes
    ----------
    name : of the answer
    words : the question
    default : answer that is taken where none is given
    kind : a key of `wavepacket.units.DIMENSIONS`, ``integer``, ``text``, or all possible answers with bars between them
    plain : where the answer goes as a number without its unit, in the default unit

    """

    name: str
    words: str
    default: str
    kind: str
    plain: str = ""


@dataclass(frozen=True)
class Template:
    """A config with open answers.

    Attributes
    ----------
    shows : what one sees
    questions : at most three: what one wants to see comes before them, and the name of the file after them
    text : of the config, with ``$name`` where an answer goes
    then : commands for after the run, ``$file`` and ``$folder`` in them
    model : of the library, whose config this is where no template is named: at rest it shows nothing

    """

    shows: str
    questions: tuple[Question, ...]
    text: str
    then: tuple[str, ...] = ("wavepacket plot $folder",)
    model: str = ""

    def filled(self, answers: dict[str, str]) -> str:
        """Text with the answers."""
        return Text(self.text).substitute(answers)


_FIELD = Question("electric", "Electric field along x", "10 kV/cm", "electric_field")
_MU = Question("chemical_potential", "Chemical potential", "0 eV", "energy")

TEMPLATES: Final[dict[str, Template]] = {
    "hall": Template(
        "the Hall conductivity of a filled band",
        (
            Question("model", "Model", "haldane", "haldane|kagome|qi_wu_zhang"),
            _FIELD,
            Question("points", "Packets along each axis of the zone", "64", "integer"),
        ),
        """\
# Hall conductivity of a filled band: a packet in every state, under E and -E; a Chern number C gives -C e^2/h.
version: 1
name: $name
title: Hall conductivity of a filled band
headline: [hall_conductivity]
model: {name: $model}      # its parameters: wavepacket models $model
band: 0                    # counted from the bottom
fields: {electric: [$electric, 0, 0]}
ensemble: {kind: filled_band, grid: [$points, $points]}
time: {end: 1 ps, saves: 101}
""",
    ),
    "valley_drift": Template(
        "valleys that drift apart",
        (
            Question("material", "Material", "MoS2", "MoS2|MoSe2|WS2|WSe2"),
            _FIELD,
            Question("photon_energy", "Photon energy of the light that fills them", "1.7 eV", "energy"),
        ),
        """\
# Electrons that circularly polarised light lifts into one valley of a layer drift sideways in E by their Berry curvature.
version: 1
name: $name
title: Valley drift after circularly polarised light
headline: [valley_drift.K.y, "valley_drift.K'.y"]
model: {name: tmd, material: $material, spin: 1}
band: 1                    # the conduction band
fields: {electric: [$electric, 0, 0]}
ensemble:
  kind: optical
  valence: 0               # light lifts electrons from here
  photon_energy: $photon_energy
  width: 50 meV
  handedness: 1            # -1 fills the other valley
  grid: [48, 48]
  valley_radius: 0.35 1/angstrom
  field_reversal: true     # each packet under E and under -E
time: {end: 200 fs, saves: 101}
integrator: {tolerance: 1e-8}
output: {trajectories: 400}
""",
    ),
    "orbit": Template(
        "a packet's path in a magnetic field",
        (
            Question("model", "Model", "parabolic_band", "parabolic_band|massive_dirac|gapped_graphene"),
            Question("magnetic", "Magnetic field along z", "1 T", "magnetic_field"),
            Question("duration", "Time to follow it", "40 ps", "time"),
        ),
        """\
# Paths of single packets in a magnetic field: closed in k, circles in space.
version: 1
name: $name
title: Packets in a magnetic field
headline: [cyclotron_period]
model: {name: $model}
band: 0
fields: {magnetic: [0, 0, $magnetic]}   # an electric field makes them drift: electric: [1 V/cm, 0, 0]
ensemble:
  kind: packets
  wavevectors: [[0.005, 0, 0], [0.01, 0, 0], [0, 0.02, 0]]   # 1/angstrom
time: {end: $duration, saves: 401}
integrator: {tolerance: 1e-12}
""",
    ),
    "magnetoresistance": Template(
        "conductivity and Hall coefficient in a magnetic field",
        (
            Question("mass", "Effective mass in units of the electron's", "0.1", "number"),
            Question("relaxation_time", "Time between collisions", "1 ps", "time"),
            Question("temperature", "Temperature", "100 K", "temperature"),
        ),
        """\
# Linear response with collisions: packets at the Fermi surface fly until a collision. Sweep B for the magnetoresistance.
version: 1
name: $name
title: Conductivity in a magnetic field
headline: [conductivity.xx, conductivity.xy, hall_coefficient]
model: {name: parabolic_band, mass_x: $mass, mass_y: $mass, cutoff: 0.08 1/angstrom}
band: 0
fields: {magnetic: [0, 0, 0.5 T]}
ensemble: {kind: fermi_surface, chemical_potential: 0, temperature: $temperature, grid: [32, 32], field_reversal: false}
scattering: {relaxation_time: $relaxation_time}
output: {trajectories: 40}
""",
        (
            "wavepacket sweep $file -s fields.magnetic.z=0:4:0.5T -o ${folder}_sweep",
            "wavepacket plot ${folder}_sweep --observable resistivity --component xx",
        ),
    ),
    "wannier90": Template(
        "packets of a metal or semiconductor from a Wannier90 file",
        (
            Question("file", "Wannier90 file, NAME_tb.dat or NAME_hr.dat", "NAME_tb.dat", "text"),
            Question("band", "Band, from 0 at the bottom", "0", "integer"),
            Question("electric", "Electric field along x", "1 kV/cm", "electric_field"),
        ),
        """\
# Packets in a band of a Wannier90 file, in a cloud around an extremum of the band, which is looked for.
#   wavepacket bands $file     shows bands, extrema, masses and Weyl points
# For currents with collisions: scattering: {relaxation_time: 100 fs}, and an ensemble of kind fermi_surface.
version: 1
name: $name
title: Packets of a Wannier90 band
headline: [valley_drift]
model: {file: "$file"}
band: {index: $band, source: direct}    # a table is faster where many packets run: source: table
valleys: auto                           # minima of the band, with names
fields: {electric: [$electric, 0, 0]}
ensemble: {kind: gaussian, valley: auto, width: 0.005 1/angstrom, number: 64}
time: {end: 200 fs, saves: 101}
""",
    ),
    "pulse": Template(
        "packets under a circularly polarised pulse",
        (
            Question("model", "Model", "gapped_graphene", "gapped_graphene|massive_dirac"),
            Question("amplitude", "Largest field of the pulse", "100 kV/cm", "electric_field"),
            Question("frequency", "Frequency of the light (angular)", "0.02 rad/fs", "angular_frequency"),
        ),
        """\
# A cloud of electrons at K under a pulse whose field turns: it is shifted aside, and not alike for both hands.
version: 1
name: $name
title: Electrons under a circularly polarised pulse
headline: [valley_drift.K.x, valley_drift.K.y]
model: {name: $model}
band: 1
fields:
  electric:
    kind: circular_pulse
    amplitude: $amplitude
    center: 600 fs
    width: 150 fs          # standard deviation of the Gaussian
    frequency: $frequency
    handedness: 1          # turns from x to y; -1: the other way
ensemble: {kind: gaussian, valley: K, width: 0.005 1/angstrom, number: 100}
time: {end: 1200 fs, saves: 201}
""",
    ),
    "pump": Template(
        "a chain that carries one electron by one cell in every cycle",
        (
            Question("hopping", "Hopping", "1 eV", "energy"),
            Question("dimerization", "Largest dimerisation, above zero", "0.5 eV", "energy", "dimer"),
            Question("staggered", "Largest staggering, above zero", "0.7 eV", "energy", "stagger"),
        ),
        """\
# A Thouless pump: dimerisation and staggering of a Rice-Mele chain go round their degeneracy once in a cycle, and its lower
# band carries exactly one electron by one cell, whatever the loop. Nothing but time drives it.
version: 1
name: $name
title: One electron by one cell
headline: {pumped_charge: -1}
model:
  name: rice_mele
  hopping: $hopping
  dimerization: 0 eV         # both come from the textures
  staggered: 0 eV
  textures:                  # amplitude times profile(t) times term, in eV
    - term: {hoppings: [{cell: [0], matrix: [[0, 1], [1, 0]]}, {cell: [-1], matrix: [[0, -1], [0, 0]]}]}
      profile: {kind: wave, amplitude: $dimer, frequency: 0.2 rad/fs}
    - term: {matrix: [[1, 0], [0, -1]]}
      profile: {kind: wave, amplitude: $stagger, frequency: 0.2 rad/fs, phase: 90 deg}
band: 0
ensemble: {kind: filled_band, grid: [32]}
time: {end: 31.41592653589793 fs, saves: 65}   # one cycle, 2 pi over the frequency
integrator: {tolerance: 1e-12}
""",
        ("wavepacket plot $folder", "wavepacket animate $folder -o $folder.gif"),
        model="rice_mele",
    ),
    "own_valleys": Template(
        "both valleys of a k.p model of your own in one run",
        (
            Question("velocity", "hbar v", "6 eV*angstrom", "energy_length", "v"),
            Question("mass", "Half of the gap", "0.1 eV", "energy", "m"),
            _FIELD,
        ),
        """\
# Both valleys of a k.p model in one run: a block on the diagonal for each, K first, then its partner under time reversal,
# H_K'(k) = conj(H_K(-k)). A packet stays in its block, which the run tells by a spin of 1/2: K is 1/2 and K' is -1/2.
# spin_resolved_displacement is how far the packets of each valley go, spin_displacement half of the way between them.
version: 1
name: $name
title: Both valleys of a k.p model
headline: [spin_displacement.y]
model:
  kp:                      # matrices times monomials in k, in eV angstrom^(sum of the powers): add your own
    - {powers: [0, 0], matrix: [[$m, 0, 0, 0], [0, -$m, 0, 0], [0, 0, $m, 0], [0, 0, 0, -$m]]}
    - {powers: [1, 0], matrix: [[0, $v, 0, 0], [$v, 0, 0, 0], [0, 0, 0, -$v], [0, 0, -$v, 0]]}
    - {powers: [0, 1], matrix: [[0, "-${v}j", 0, 0], ["${v}j", 0, 0, 0], [0, 0, 0, "-${v}j"], [0, 0, "${v}j", 0]]}
  cutoff: 0.3 1/angstrom   # packets that leave stop
bands: [2, 3]              # the conduction bands of both
internal: {spin: 1/2, start: spin, resolve: spin}
fields: {electric: [$electric, 0, 0]}
ensemble: {kind: gaussian, center: [0, 0], width: 0.005 1/angstrom, number: 200}
time: {end: 200 fs, saves: 51}
""",
    ),
    "tight_binding": Template(
        "a tight-binding model of your own",
        (
            Question("lattice_constant", "Lattice constant", "4 angstrom", "length"),
            _FIELD,
            Question("points", "Packets along each axis of the zone", "48", "integer"),
        ),
        """\
# A tight-binding model of your own, here two orbitals on a square lattice with a Chern number; its lower band is filled.
version: 1
name: $name
title: A tight-binding model
headline: [hall_conductivity]
model:
  lattice: [[$lattice_constant, 0], [0, $lattice_constant]]
  positions: [[0, 0], [0, 0]]        # of the orbitals, in units of the lattice vectors
  hoppings:                          # <0 i|H|R j> in eV; each bond is written once, its Hermitian partner is implied
    - {cell: [0, 0], matrix: [[-1, 0], [0, 1]]}
    - {cell: [1, 0], matrix: [[0.5, "-0.5j"], ["-0.5j", -0.5]]}
    - {cell: [0, 1], matrix: [[0.5, -0.5], [0.5, -0.5]]}
band: 0
fields: {electric: [$electric, 0, 0]}
ensemble: {kind: filled_band, grid: [$points, $points]}
time: {end: 500 fs, saves: 51}
""",
        ("wavepacket plot $folder", "wavepacket bands $file --map 200"),
    ),
}
