"""Files that a command will write: refused before anything is computed where they could not be written."""

import os
from pathlib import Path


def check_places(figure: Path | None, *tables: Path | None) -> None:
    """Raise InputError for a figure whose suffix is none that is written, and for places that cannot be written."""
    from wavepacket.errors import InputError

    if figure is not None:
        from wavepacket.plots.style import check_figure_path

        check_figure_path(figure)
    for path in (figure, *tables):
        if path is None:
            continue
        if path.is_dir():
            raise InputError(f"{path}: cannot be written: it is a folder")
        if not path.parent.is_dir():
            raise InputError(f"{path}: cannot be written: there is no folder {path.parent}")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise InputError(f"{path}: cannot be written: permission denied")
