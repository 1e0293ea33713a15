"""Section ``integrator``: the method, its step control, and methods of one's own."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from wavepacket.config.types import Count, Section
from wavepacket.scripts import OWN
from wavepacket.units import Number, Time, shown

__all__ = ["TABLEAUS", "Integrator", "Tableau"]

TABLEAUS: Final[dict[str, Mapping[str, Any]]] = {}
"""Name in a config → numbers of a method, see `wavepacket.tableau`."""


# Methods whose steps, where they take any, are those of dop853.
_STEPS_OF_DOP853 = ("auto", "quadrature", "dop853")


def _step_for_fixed_steps(step: float | None, info: ValidationInfo) -> float | None:
    method = info.data.get("method")
    if method == "rk4" and step is None:
        raise ValueError("missing: the fixed-step method rk4 needs a step such as '0.1 fs'")
    if method in _STEPS_OF_DOP853 and step is not None:
        raise ValueError(f"{method} chooses its steps itself; a step belongs to 'method: rk4'")
    return step  # whether a tableau needs one is seen with its numbers


def _lower_triangle(stages: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    for index, row in enumerate(stages):
        if len(row) != index:
            raise ValueError(
                f"row {index} must have {index} coefficients, one for each stage before it, not {len(row)}"
            )
    return stages


def _consistent(weights: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
    stages = info.data.get("stages")
    if stages is not None and len(stages) != len(weights):
        raise ValueError(f"must be {len(stages)}, one for each stage, not {len(weights)}")
    if abs(sum(weights) - 1) > 1e-12:
        raise ValueError(f"must add up to 1, not {sum(weights)!r}")
    return weights


def _embedded(weights: tuple[float, ...] | None, info: ValidationInfo) -> tuple[float, ...] | None:
    main = info.data.get("weights")
    if weights is None or main is None:
        return weights
    if len(weights) not in (len(main), len(main) + 1):
        raise ValueError(
            f"must be {len(main)}, one for each stage, or {len(main) + 1} with one for the rates at the end of the step, "
            f"not {len(weights)}"
        )
    if abs(sum(weights) - 1) > 1e-12:
        raise ValueError(f"must add up to 1, not {sum(weights)!r}")
    stages = info.data.get("stages") or ()
    rates: dict[
        tuple[float, ...], float
    ] = {}  # of equal stages the rates are equal, and so are those at the end of a step
    rows = [tuple(row) + (0.0,) * (len(main) - len(row)) for row in stages] + [tuple(main)]
    for row, one, other in zip(rows, weights, (*main, 0.0), strict=False):
        rates[row] = rates.get(row, 0.0) + one - other
    if not any(abs(difference) > 1e-12 for difference in rates.values()):
        raise ValueError("must differ from weights: their difference is the error")
    return weights


class Tableau(Section):
    """An explicit Runge-Kutta method: row i of `stages` has the coefficients of the i stages before it, row 0 none.

    With the weights of a second, embedded formula it chooses its steps by the difference of the two.
    """

    stages: Annotated[
        tuple[tuple[Number, ...], ...], Field(min_length=1, max_length=12), AfterValidator(_lower_triangle)
    ]
    weights: Annotated[tuple[Number, ...], AfterValidator(_consistent)]
    embedded: Annotated[tuple[Number, ...] | None, AfterValidator(_embedded)] = None


def _of_its_method(tableau: Tableau | None, info: ValidationInfo) -> Tableau | None:
    if (tableau is None) is (info.data.get("method") == "tableau"):
        raise ValueError("'method: tableau' and a tableau belong together")
    if tableau is None or "step" not in info.data:
        return tableau
    if tableau.embedded is None and info.data["step"] is None:
        raise ValueError(
            "the fixed-step method tableau needs a step such as '0.1 fs'; with the weights of an embedded formula it "
            "chooses its steps itself"
        )
    if tableau.embedded is not None and info.data["step"] is not None:
        raise ValueError("with embedded weights it chooses its steps itself: leave out integrator.step")
    return tableau


def _by_name(tableau: object) -> object:
    if not isinstance(tableau, str):
        return tableau
    if tableau not in TABLEAUS:
        raise ValueError(f"unknown tableau {shown(tableau)}; known: {', '.join(TABLEAUS) or 'none'}; {OWN}")
    return TABLEAUS[tableau]


class Integrator(Section):
    """Method and step control; `step` (fs) is for fixed-step methods only."""

    method: Literal["auto", "dop853", "quadrature", "rk4", "tableau"] = "dop853"
    tolerance: Annotated[Number, Field(ge=1e-15, le=1e-2)] = 1e-10
    step: Annotated[Annotated[Time, Field(gt=0)] | None, AfterValidator(_step_for_fixed_steps)] = Field(
        default=None, validate_default=True
    )
    maximum_steps: Count = 100_000
    tableau: Annotated[
        Tableau | None,
        BeforeValidator(_by_name, json_schema_input_type=Tableau | str | None),
        AfterValidator(_of_its_method),
    ] = Field(default=None, validate_default=True)

    @property
    def is_dop853(self) -> bool:
        """Whether steps, where any are taken, are those of dop853."""
        return self.method in _STEPS_OF_DOP853

    @property
    def takes_lines(self) -> bool:
        """Whether r may be a quadrature where k moves along straight lines."""
        return self.method in ("auto", "quadrature")
