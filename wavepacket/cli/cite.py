"""``wavepacket cite``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wavepacket import citations
from wavepacket.cli.options import json_option

if TYPE_CHECKING:
    from wavepacket.config import Config


@click.command()
@click.argument("source", metavar="CONFIG|FOLDER", type=click.Path(path_type=Path))
@click.option("--bibtex", is_flag=True, help="Print BibTeX entries.")
@json_option
def cite(source: Path, bibtex: bool, as_json: bool) -> None:
    """Print the papers behind what a config or a run uses, each with the reason."""
    from wavepacket.config import load_config
    from wavepacket.hamiltonians import build_hamiltonian
    from wavepacket.runs.layout import RESOLVED

    is_run = source.is_dir()
    config = load_config(source / RESOLVED if is_run else source, large=is_run)
    model = build_hamiltonian(config).reference
    papers = _papers(config)
    if as_json:
        entries = [{"why": why, "citation": str(paper), "doi": paper.doi} for why, paper in papers]
        click.echo(json.dumps({"citations": entries, "model": model}))
    elif bibtex:
        click.echo("\n".join(paper.bibtex() for _, paper in papers))
        if model:
            click.echo(f"% model: {model}")
    else:
        for why, paper in papers:
            click.echo(f"{why}:\n    {paper}")
        if model:
            click.echo(f"the model:\n    {model}")


def _papers(config: "Config") -> list[tuple[str, citations.Citation]]:
    """Return why and what to cite, the physics first."""
    from wavepacket.config import FileModel, Gaussian, Optical, Packets
    from wavepacket.config.files import crystal_form
    from wavepacket.protocols import protocol_of

    moves = config.ensemble is not None
    papers = [("equations of motion of wavepackets", citations.SUNDARAM_1999)] if moves else []
    papers.append(("Berry curvature, orbital moment, conventions", citations.XIAO_2010))
    if config.fields.is_magnetic:
        papers.append(("density of states in phase space, D = 1 - (q/ħ) B·Ω", citations.XIAO_2005))
    if config.response is not None:
        papers.append(("orbital magnetization and Nernst effect at finite temperature", citations.XIAO_2006))
    papers += protocol_of(config).works
    if isinstance(config.ensemble, Optical):
        papers.append(("optical selection rules of valleys", citations.YAO_2008))
    if isinstance(config.model, FileModel) and crystal_form(config.model.file) != "npz":
        papers.append(("the Wannier functions of the model's file", citations.PIZZI_2020))
        if config.model.position_elements and config.band.position_elements:
            papers.append(("Berry curvature with position elements", citations.WANG_2006))
    if config.band.follow == "character":
        papers.append(("parts of the crystal that nothing connects", citations.MUROTA_2010))
    if moves and config.integrator.is_dop853:
        papers.append(("integrator DOP853 of Dormand and Prince", citations.HAIRER_1993))
    ensemble = config.ensemble
    if isinstance(ensemble, Gaussian) or (
        not isinstance(ensemble, Packets) and getattr(ensemble, "number", None)
    ):
        papers.append(("counter-based random numbers", citations.SALMON_2011))
    return [*papers, ("compiled kernels", citations.LAM_2015), ("arrays", citations.HARRIS_2020)]
