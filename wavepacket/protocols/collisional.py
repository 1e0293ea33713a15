"""What all protocols with collisions have in common: free flights from one collision to the next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from wavepacket import citations
from wavepacket.arrays import Float, Integer
from wavepacket.config import FermiDirac, FermiSurface, Scattering, TimesOfBand, period
from wavepacket.protocols.base import Motions, Protocol, Result, Work
from wavepacket.protocols.collisions import RandomEvents, SurvivalWeight
from wavepacket.protocols.times import check_bands, check_rates, check_times, rates_of
from wavepacket.units import HBAR


@dataclass(frozen=True)
class Collisional(Protocol):
    """Packets fly freely until they collide, and what they carry is summed over their flights.

    Attributes
    ----------
    scattering : the section of the config
    unit_field : whether the anomalous velocity is summed per unit of E, which is zero in the run
    knows_rates_at_start : whether a packet keeps its energy along a flight, and with it a rate that depends on it
    knows_carriers : whether occupied and empty states of each band are counted before packets start

    """

    scattering: Scattering

    sums = ("sums/transport",)
    unit_field: ClassVar[bool] = False
    knows_rates_at_start: ClassVar[bool] = False
    knows_carriers: ClassVar[bool] = False

    @property
    def collisions(self) -> SurvivalWeight | RandomEvents:
        """What a collision is."""
        events = self.scattering.monte_carlo
        return SurvivalWeight() if events is None else RandomEvents(events)

    @property
    def works(self) -> tuple[Work, ...]:
        """Why to cite what."""
        flights = ("Boltzmann equation by flights of packets", citations.CHAMBERS_1952)
        if self.scattering.intervalley_time is None and not self.between:
            return (flights,)
        return flights, ("imbalance of valleys, chiral anomaly", citations.SON_2013)

    def move(self, motions: Motions[Result]) -> Result:
        """Free flights, which end as collisions make them."""
        return self.collisions.move(self, motions)

    def prepare(self, states: Callable[[float], object]) -> None:
        """Where collisions lead to other states these are made."""
        self.collisions.prepare(states)

    @property
    def at_rest(self) -> bool:
        """Whether nothing moves a packet in k, so that its flights are known in closed form."""
        return False

    def load_kernels(self, names: tuple[str, ...]) -> None:
        """Those of free flights."""
        if self.at_rest or self.config.textures:
            return
        import wavepacket.kernels.integrate.flight
        import wavepacket.kernels.motion.rates_flight  # noqa: F401

    def check(self, names: tuple[str, ...]) -> None:
        """Raise ConfigError for collisions that this run cannot have; first for what no protocol can."""
        config = self.config
        if config.sample is not None:
            raise config.problem(
                "sample",
                "between walls only packets of contacts collide: take 'kind: contact' in ensemble, or leave out scattering",
            )
        if config.local is not None:
            raise config.problem("local", "is for packets without collisions: leave out scattering, or local")
        if config.fields.vary_in_space:
            raise config.problem(
                "fields",
                "collisions are known in uniform fields only: leave out scattering, and packets move without collisions",
            )
        if config.textures:
            self._check_textures()
        if config.ensemble.kind in ("packets", "gaussian", "optical", "confined"):
            raise config.problem(
                "ensemble",
                "scattering needs weights in states per angstrom^d: take an ensemble over the zone such as fermi_dirac, or "
                "give states of your own as 'kind: arrays'",
            )
        if config.integrator.method not in ("auto", "dop853"):
            raise config.problem(
                "integrator.method", "scattering needs dop853, which bounds the error of its integrals"
            )
        self.check_spin()
        check_times(config, self.scattering, names)
        self.check_heat()
        check_rates(self)
        self.check_between(names)
        self.check_own()
        if self.scattering.intervalley_time is not None:
            self.check_valleys(names)
        self.collisions.check(self, names)

    def _check_textures(self) -> None:
        """Raise ConfigError for textures and collisions that do not go together."""
        config, scattering = self.config, self.scattering
        if config.ensemble.kind not in ("fermi_dirac", "fermi_surface", "arrays"):
            raise config.problem(
                "ensemble",
                "with collisions in textures packets are spread over the cell: take fermi_surface or fermi_dirac",
            )
        for i, texture in enumerate(config.textures):
            if not texture.profile.is_static:
                raise config.problem(
                    f"model.textures[{i}].profile",
                    "with collisions textures stand still: leave out what moves it, or scattering",
                )
        for name in ("energy", "intervalley_time", "monte_carlo"):
            if getattr(scattering, name) is not None:
                raise config.problem(f"scattering.{name}", "is not known in textures: leave it out")
        if scattering.matthiessen:
            raise config.problem(
                "scattering.matthiessen", "is not known in textures: give the time of all causes"
            )
        if self.only_time is None:
            raise config.problem("scattering.relaxation_time", "is one time for all valleys in textures")
        if self.oscillates:
            raise config.problem("fields.electric", "with collisions in textures E is static")

    def check_heat(self) -> None:
        """Raise ConfigError for currents of heat, which are known in a linear response alone."""
        if self.scattering.heat:
            raise self.config.problem(
                "scattering.heat",
                "is a linear response: take 'kind: fermi_surface' in ensemble, or leave it out",
            )

    @property
    def by_state(self) -> str:
        """Rates are then evaluated where flights begin."""
        return self.scattering.by_state

    @property
    def own_times(self) -> Mapping[str, TimesOfBand]:
        """Those of the section."""
        return self.scattering.bands or {}

    @property
    def between(self) -> Mapping[str, Mapping[str, float]]:
        """Those of the section."""
        return self.scattering.between or {}

    @property
    def temperature(self) -> float | None:
        """Of the ensemble, K; None where it has none."""
        return getattr(self.config.ensemble, "temperature", None)

    def check_between(self, names: tuple[str, ...]) -> None:
        """Raise ConfigError for collisions between populations, which are known in a linear response alone."""
        if self.between:
            said = "keeps energies, which E raises without end: take 'kind: fermi_surface' in ensemble, or intervalley_time"
            raise self.config.problem("scattering.between", said)

    def check_own(self) -> None:
        """Raise ConfigError for fields and collisions that this protocol cannot have, though others can."""

    def check_several_bands(self) -> None:
        """Collisions are those within each band."""
        super().check_several_bands()
        check_bands(self)
        self.check_between(())
        for name, said in (
            ("monte_carlo", "leads to states of one band: give relaxation times alone, or one 'band'"),
            (
                "intervalley_time",
                "conserves numbers in the valleys of one band: leave it out, or give one 'band'",
            ),
        ):
            if getattr(self.scattering, name) is not None:
                raise self.config.problem(f"scattering.{name}", said)

    @property
    def broadening(self) -> float:
        """ħ/τ of the shortest time."""
        between = [time for others in self.between.values() for time in others.values()]
        return max(super().broadening, HBAR / min(*self.scattering.times, *between, np.inf))

    @property
    def oscillates(self) -> bool:
        """Whether E is periodic; ConfigError where it is neither that nor static."""
        try:
            return period(self.config.fields) is not None
        except ValueError as error:
            raise self.config.problem("fields.electric", str(error)) from error

    def check_valleys(self, names: tuple[str, ...]) -> None:
        """Raise ConfigError where an intervalley time makes no sense."""
        if not names or not isinstance(self.config.ensemble, FermiSurface | FermiDirac):
            raise self.config.problem(
                "scattering.intervalley_time",
                "needs a model with valleys and an ensemble of kind fermi_surface or fermi_dirac",
            )

    def rates(self, names: tuple[str, ...], valley: Integer) -> Float:
        """1/τ (n,) in 1/fs of packets by their valley, where τ depends on energy at the unit of it."""
        more = sum(
            each.rate(self.temperature or 0.0)
            for each in self.scattering.matthiessen
            if not self.scattering.by_state
        )
        return rates_of(self.scattering, names, valley) + more

    def begins(self, phase: Float) -> Float:
        """Times (n,) in fs at which flights begin: spread over one period of E, all 0 where it is static."""
        return (period(self.config.fields) or 0.0) * phase

    def followed(self, valley: Integer) -> Integer | None:
        """The valleys (n,) from which packets are followed into others; None where nobody asks."""
        return None

    def start_factors(self, number: int, starting_rates: Callable[[], Float]) -> Float:
        """What the weight of each packet is multiplied by (n,): 1/τ(k0), which ``starting_rates`` gives in 1/fs.

        Packets start as often as collisions end flights there.
        """
        return starting_rates()

    def weights_of_heat(self, energy: Callable[[], Float]) -> Float:
        """What else each packet is weighted with (n, M), from 𝓔(k0) (n,) in eV; M is 0 where nobody asks for heat."""
        return np.zeros((0, 0))

    def responses(self, waves: Float, start: Float) -> Float:
        """Response to a force along each axis (n, 24, 3), rows [wave, part, b]; zero where it is not summed.

        Parameters
        ----------
        waves : (n, 2, 4, 3) ∫ e^{-s} of the parts of ṙ, times cos ωt and sin ωt, Å
        start : (n, 3) ṙ(k0), Å/fs
        """
        return np.zeros((len(waves), 24, 3))

    def restored(self, names: tuple[str, ...]) -> tuple[float, ...] | None:
        """τ of the collisions in each valley that give back its number, which flights leave out, fs; None where none do."""
        return None

    def exchanged(self, names: tuple[str, ...]) -> Float | None:
        """Rates from one population of these names to another (B, B), 1/fs, as the section has them; None without."""
        times = {(a, b): 1.0 / time for a, others in self.between.items() for b, time in others.items()}
        return np.array([[times.get((a, b), 0.0) for b in names] for a in names]) if times else None

    @property
    def only_time(self) -> float | None:
        """The τ of all flights, fs; None where they differ."""
        return None if self.scattering.intervalley_time is not None else self.one_time

    @property
    def one_time(self) -> float | None:
        """The one τ of all collisions (within valleys, where they conserve their number), fs; None where there are more."""
        given, bands = self.scattering.relaxation_time, self.scattering.bands
        several = bands or self.between or isinstance(given, dict)
        if several or self.scattering.energy is not None or self.scattering.by_state:
            return None
        assert not isinstance(given, dict)
        return (
            1.0 / float(self.rates((), np.zeros(1, dtype=np.int64))[0])
            if self.scattering.matthiessen
            else given
        )


class Deviation(Collisional):
    """Packets start at the Fermi surface, with the weight −∂f/∂𝓔, and the filled states below it are summed apart."""

    @property
    def starts(self) -> FermiSurface:
        """The states at the Fermi surface of the ensemble."""
        ensemble = self.config.ensemble
        if isinstance(ensemble, FermiSurface):
            return ensemble
        shared = set(FermiSurface.model_fields) - {"kind"}
        return FermiSurface.model_validate({name: getattr(ensemble, name) for name in shared})

    def filled_states(self, integral: Callable[[FermiSurface | FermiDirac], Float]) -> Float:
        """The integrals over them."""
        ensemble = self.config.ensemble
        assert isinstance(ensemble, FermiSurface | FermiDirac)
        return integral(ensemble)

    def start_factors(self, number: int, starting_rates: Callable[[], Float]) -> Float:
        """Packets count as they are."""
        return np.ones(number)

    def responses(self, waves: Float, start: Float) -> Float:
        """A force changes 𝓔 at the rate ṙ(k0) times it."""
        return np.asarray(np.einsum("nwpa,nb->nwpba", waves, start)).reshape(len(waves), 24, 3)
