"""``python -m docs``: build the documentation site; warnings are errors."""

import argparse
from pathlib import Path

from sphinx.cmd.build import main as sphinx

from docs import gallery, pictures


def main() -> int:
    """Write the pages of the gallery, then build; return sphinx's exit status."""
    parser = argparse.ArgumentParser(prog="python -m docs", description="Build the documentation site.")
    parser.add_argument("-o", "--output", type=Path, default=gallery.DOCS / "_build" / "html")
    parser.add_argument(
        "--figures",
        nargs="*",
        metavar="NAME",
        help="first make the pictures of the pages and of the gallery, all or those named: runs all configs, some minutes",
    )
    parser.add_argument("--no-notebooks", action="store_true", help="do not run the notebooks")
    chosen = parser.parse_args()
    plain = ["-D", "nb_execution_mode=off"] if chosen.no_notebooks else []
    if chosen.figures is not None:
        pictures.make(chosen.figures)
    gallery.write()
    return int(
        sphinx(
            ["-W", "-E", "--keep-going", "-q", "-b", "html", *plain, str(gallery.DOCS), str(chosen.output)]
        )
    )


if __name__ == "__main__":
    raise SystemExit(main())
