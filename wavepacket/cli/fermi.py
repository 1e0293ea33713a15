"""``wavepacket fermi``: the Fermi surface of a config's crystal, its figure, and files for other programs."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wavepacket.cli.options import check_places, config_arguments, energy_of, json_option, say, threads_option

if TYPE_CHECKING:
    from wavepacket.config import Config
    from wavepacket.fermi import Estimate, FermiSurfaces

_MOST = 12  # sheets of a band that are printed; JSON has all


@click.command("fermi")
@config_arguments
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path),
    help="Folder for the figure and the files; default: the present one.",
)
@click.option("--mu", help='Chemical potential, such as "0.1 eV"; default: that of the ensemble.')
@click.option(
    "--bands", "wanted", default="all", show_default=True, metavar="all | band | 3,4,5",
    help="All bands that cross the chemical potential, those that the config names, or these.",
)  # fmt: skip
@click.option(
    "--grid", type=click.IntRange(8, 512), metavar="N",
    help="Cells along the zone to look for the surface; default: as many as resolve its necks and gaps.",
)  # fmt: skip
@click.option(
    "--colour",
    type=click.Choice(["speed", "berry_curvature", "orbital_moment", "mean_curvature", "gaussian_curvature", "none"]),
    default="speed", show_default=True, help="Of the surface.",
)  # fmt: skip
@click.option(
    "--component", type=click.Choice(["x", "y", "z"]), default="z", show_default=True, help="Of Ω and m."
)
@click.option("--frmsf", is_flag=True, help="Also write fermi_NAME.frmsf for FermiSurfer, with the colour.")
@click.option("--bxsf", is_flag=True, help="Also write fermi_NAME.bxsf for XCrySDen.")
@click.option(
    "--html", "page", is_flag=True, help="Also write fermi_NAME.html, which turns in a browser (extra view)."
)
@click.option(
    "--points",
    type=click.IntRange(2, 400),
    default=48,
    show_default=True,
    help="Of these files, along each edge of the zone.",
)
@threads_option
@json_option
def sheets(
    *, config: Path, overrides: tuple[str, ...], output: Path | None, mu: str | None, wanted: str, grid: int | None,
    colour: str, component: str, frmsf: bool, bxsf: bool, page: bool, points: int, threads: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Find the Fermi surface of CONFIG's crystal: sheets with areas, volumes and velocities, and the states that are filled.

    Its figure is fermi_NAME.png; with --json no figure is drawn unless -o is given. Where no band crosses mu that is said,
    and is an error only where a file is asked for.
    """
    from wavepacket.errors import InputError
    from wavepacket.hamiltonians import open_config
    from wavepacket.threads import available_threads

    checked = open_config(config, overrides=overrides)
    if frmsf and colour in ("mean_curvature", "gaussian_curvature"):
        raise InputError(
            f"--frmsf holds colours of the whole zone, and {colour} is one of the surface: choose another colour"
        )
    folder = output or Path()
    targets = [folder / f"fermi_{checked.name}.{suffix}" for suffix in ("png", "frmsf", "bxsf", "html")]
    check_places(*targets)
    found = _found(checked, mu, wanted, grid, threads or available_threads())
    if as_json:
        click.echo(json.dumps({"model": found.hamiltonian.name, **found.as_json()}))
    else:
        for line in _lines(found):
            click.echo(line)
    for note in found.notes:
        say(f"warning: {note}")
    if not found.crossing and (frmsf or bxsf or page or output is not None):
        raise InputError(f"{_no_surface(found)}: there is nothing to draw and no file to write")
    if found.crossing:
        if frmsf or bxsf:
            shade = None if colour == "none" else (colour, component)
            _write_files(
                found, targets[1] if frmsf else None, targets[2] if bxsf else None, shade=shade, points=points
            )
        if page:
            from wavepacket.plots import view

            say(f"wrote {view(found, targets[3])}")
        if not as_json or output is not None:
            from wavepacket.plots import save_figure
            from wavepacket.plots.fermi import fermi_figure

            click.echo(
                f"wrote {save_figure(fermi_figure(found, colour, component), targets[0])}", err=as_json
            )


def _found(config: "Config", mu: str | None, wanted: str, grid: int | None, threads: int) -> "FermiSurfaces":
    from wavepacket.errors import InputError
    from wavepacket.fermi import fermi_surface
    from wavepacket.hamiltonians import build_hamiltonian

    level = getattr(config.ensemble, "chemical_potential", None) if mu is None else energy_of(mu, "--mu")
    if level is None:
        raise InputError(
            '--mu is missing: the config has no ensemble with a chemical potential; give --mu "0.1 eV"'
        )
    if wanted == "band":
        return fermi_surface(config, level, cells=grid, threads=threads)
    config.refuse_textures("a Fermi surface")
    try:
        bands = None if wanted == "all" else [int(part) for part in wanted.split(",")]
    except ValueError:
        raise InputError(f"--bands {wanted!r}: all, band, or numbers of bands such as 3,4,5") from None
    return fermi_surface(
        build_hamiltonian(config), level, bands=bands, magnetic=config.fields.magnetic, charge=config.charge, cells=grid,
        position_elements=config.band.position_elements, threads=threads,
    )  # fmt: skip


def _write_files(
    found: "FermiSurfaces",
    frmsf: Path | None,
    bxsf: Path | None,
    *,
    shade: tuple[str, str] | None,
    points: int,
) -> None:
    from wavepacket.fermi import write_bxsf, write_frmsf
    from wavepacket.plots.fermi import colour_of

    if frmsf is not None:
        colour = None if shade is None else partial(colour_of, shade[0], "xyz".index(shade[1]))
        say(f"wrote {write_frmsf(found, frmsf, grid=points, colour=colour)}")
    if bxsf is not None:
        say(f"wrote {write_bxsf(found, bxsf, grid=points)}")


def _lines(found: "FermiSurfaces") -> Iterator[str]:
    d = found.hamiltonian.dimension
    area = "1/angstrom^2" if d == 3 else "1/angstrom"
    density, states = found.density, found.states
    if density is not None:
        yield f"density of filled states  {_shown(density)} 1/angstrom^{d} in bands {', '.join(map(str, found.bands))}"
    yield f"states per energy         {_shown(states)} 1/(eV angstrom^{d})"
    for index, surface in found.crossing.items():
        filled = "" if surface.occupied is None else f", filled {_shown(surface.occupied)} of its states"
        yield f"band {index}: {_count(len(surface.sheets))}{filled}"
        for sheet in surface.sheets[:_MOST]:
            volume = "" if sheet.volume is None else f", volume {_shown(sheet.volume)} 1/angstrom^{d}"
            low, mean, high = sheet.speed
            genus = f", genus {1 - sheet.euler // 2}" if d == 3 and sheet.kind != "cut" else ""
            yield (
                f"    {sheet.kind:<8} {'area' if d == 3 else 'length'} {_shown(sheet.area)} {area}{volume}, "
                f"|v| {low:.4g} to {high:.4g}, mean {mean:.4g} angstrom/fs{genus}"
            )
        if len(surface.sheets) > _MOST:
            yield f"    and {len(surface.sheets) - _MOST} more (all of them with --json)"
    if not found.crossing:
        yield f"{_no_surface(found)}: there is no Fermi surface to draw"


def _no_surface(found: "FermiSurfaces") -> str:
    """That no band crosses μ, and where the nearest ones end and begin."""
    import numpy as np

    from wavepacket.bands.search import band_energies, domain_radius, search_grid
    from wavepacket.hamiltonians import KPHamiltonian

    crystal, mu = found.hamiltonian, found.chemical_potential
    k = search_grid(crystal).reshape(-1, 3)
    if isinstance(crystal, KPHamiltonian):
        k = k[np.linalg.norm(k, axis=1) <= domain_radius(crystal) * (1 + 1e-9)]
    energy = band_energies(crystal, k)[:, list(found.bands)]
    low, high, names = energy.min(axis=0), energy.max(axis=0), list(found.bands)
    below = [
        (end, f"band {name} ends at about {end:.4g} eV")
        for end, name in zip(high, names, strict=True)
        if end < mu
    ]
    above = [
        (end, f"band {name} begins at about {end:.4g} eV")
        for end, name in zip(low, names, strict=True)
        if end > mu
    ]
    near = [*([max(below)[1]] if below else []), *([min(above)[1]] if above else [])]
    return f"no band crosses {mu:.6g} eV" + (f" ({', '.join(near)})" if near else "")


def _count(number: int) -> str:
    return "1 sheet" if number == 1 else f"{number} sheets"


def _shown(estimate: "Estimate") -> str:
    error = estimate.uncertainty
    return (
        f"{estimate.value:.9g} ± {error:.1e}"
        if error == error
        else f"{estimate.value:.4g} (uncertainty not known)"
    )
