"""Make the pictures of the documentation, and keep what the terminal says of each shipped config.

``python -m docs --figures`` makes all of them; names after it choose some. They are kept in ``docs/figures``: of each config
its figure and, beside it as text, what the terminal says; others as ``pictures.yaml`` lists them.
"""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml
from click.testing import CliRunner
from PIL import Image

from docs.shipped import DOCS, FIGURES, ROOT, Shown, shipped
from wavepacket.cli.main import commands

OTHERS: dict[str, list[str]] = yaml.safe_load((DOCS / "pictures.yaml").read_text(encoding="utf-8"))
"""Commands that make each other picture; in them {out} is the picture and {run} a folder."""
_COLOURS = 256


def make(names: Sequence[str]) -> None:
    """Make pictures by name, all where none is given, each with what the terminal says of its config.

    Raises
    ------
    SystemExit : a name is that of no picture, or a command fails
    """
    configs = {shown.name: shown for shown in shipped()}
    if unknown := set(names) - set(configs) - set(OTHERS):
        raise SystemExit(f"no config and no picture of pictures.yaml is called {', '.join(sorted(unknown))}")
    for name in names or [*configs, *OTHERS]:
        print(name, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            if name in OTHERS:
                _other(name, Path(folder))
            elif not configs[name].needs_a_file:
                _config(configs[name], Path(folder))


def _config(shown: Shown, folder: Path) -> None:
    """Run a config; keep its figure and what the terminal says."""
    fills_a_folder = shown.command[0] in ("run", "quantum")
    to = [str(folder), "--overwrite"] if fills_a_folder else [str(folder / "figure.png")]
    text, seconds = _said([*shown.command, "-o", *to, "-q"])
    if shown.command[0] == "run":
        _said(["plot", str(folder)])
    _keep_picture(next(iter(sorted(folder.glob("*.png")))), shown.figure)
    told = [line.rstrip() for line in text.splitlines() if str(folder) not in line]
    spent = f"{seconds:.0f} s of processor time"
    shown.words.write_text("\n".join([*told, spent]).strip() + "\n", encoding="utf-8")


def _other(name: str, folder: Path) -> None:
    """Make a picture of ``pictures.yaml``."""
    out = folder / name
    for line in OTHERS[name]:
        _said([word.format(out=out, run=folder / "run") for word in line.split()])
    _keep_picture(out, FIGURES / name)


def _said(words: Sequence[str]) -> tuple[str, float]:
    """Standard output of a command of wavepacket, and its processor time (s) once Python and its libraries have started."""
    with contextlib.chdir(ROOT):
        begin = time.process_time()
        done = CliRunner().invoke(commands, list(words))
    if done.exit_code:
        raise SystemExit(f"wavepacket {' '.join(words)} failed: {done.exception!r}\n{done.output}")
    return done.stdout, time.process_time() - begin


def _keep_picture(made: Path, target: Path) -> None:
    """Copy a picture; a still one with few colours and patterns of them between, which makes it three times smaller."""
    if made.suffix == ".gif":
        shutil.copy(made, target)
        return
    with Image.open(made) as picture:
        full = picture.convert("RGB")
    palette = full.quantize(_COLOURS - 1, method=Image.Quantize.MAXCOVERAGE)
    colours = [*(palette.getpalette() or [])[: 3 * (_COLOURS - 1)], 255, 255, 255]
    palette.putpalette(colours)
    few = np.array(full.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG))
    few[np.all(np.asarray(full) == 255, axis=2)] = _COLOURS - 1  # the ground stays plain white
    kept = Image.fromarray(few, mode="P")
    kept.putpalette(colours)
    kept.save(target, optimize=True, dpi=(200, 200))
