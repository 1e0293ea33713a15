"""The group of commands: loads each one when it is called, and turns errors into sentences and exit codes."""

import atexit
import errno
import gc
import importlib
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import click

from wavepacket import __version__
from wavepacket.cli.options import announce_compilation, say
from wavepacket.errors import InputError, Interrupted, WavepacketError
from wavepacket.scripts import load_script

_COMMANDS = {
    "init": ("write a commented config to start from", "init"),
    "validate": ("check a config without running it", "validate"),
    "run": ("run a config into a run folder", "run"),
    "resume": ("go on with a run or a sweep that was cut off", "run"),
    "status": ("tell how far a run is", "status"),
    "verify": ("check every byte of a run, and repair it", "verify"),
    "migrate": ("write a run of an older format anew", "verify"),
    "sweep": ("run a config at many values of its keys", "sweep"),
    "analyze": ("print the observables of a run", "analyze"),
    "response": ("integrate intrinsic response and thermodynamics over the zone", "response"),
    "fermi": ("find and draw the Fermi surface of a model", "fermi"),
    "orbits": ("find orbits in B on the Fermi surface and their quantum oscillations", "orbits"),
    "bands": ("draw the bands and the Berry curvature of a model", "bands"),
    "plot": ("draw the figure of a run", "plot"),
    "animate": ("make a movie of a run", "plot"),
    "view": ("write a page that shows a run in a browser", "plot"),
    "quantum": ("compare packets with the Schrödinger equation", "quantum"),
    "models": ("list the models of the library", "models"),
    "schema": ("print the JSON schema of configs", "models"),
    "cite": ("print the papers behind a config or a run", "cite"),
    "doctor": ("check this installation", "doctor"),
    "export": ("write a model as a Wannier90 file", "export"),
}


_FUNCTIONS = {
    "fermi": "sheets"
}  # where a function of another name makes the command: fermi is the occupation


def _load(_context: click.Context, _option: click.Parameter, files: tuple[Path, ...]) -> None:
    for file in files:
        load_script(file)


_LOAD = click.Option(
    ["--load"], multiple=True, is_eager=True, expose_value=False, callback=_load, metavar="FILE.py",
    type=click.Path(path_type=Path),
    help="Run a script of yours first, with its models, kinds of fields and ensembles, observables; may be repeated.",
)  # fmt: skip


_NEW_OBJECTS = 50_000


class _LazyGroup(click.Group):
    """A group whose commands live in modules that are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"wavepacket.cli.{_COMMANDS[cmd_name][1]}")
        command = getattr(module, _FUNCTIONS.get(cmd_name, cmd_name))
        assert isinstance(command, click.Command)
        if _LOAD not in command.params:
            command.params.append(_LOAD)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in _COMMANDS:
            from wavepacket.config.messages import unknown_key

            raise InputError(unknown_key(args[0], _COMMANDS, "command"))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (text, _) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="wavepacket")
def commands() -> None:
    """Semiclassical electron wavepackets in crystals whose bands have geometry.

    Exit codes: 0 fine, 1 an error of this program, 2 bad input, 3 too many trajectories failed, 75 stopped, resumable.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    _collect_rarely()
    announce_compilation()
    try:
        with _warnings_in_a_line():
            code: Any = commands.main(args=arguments, standalone_mode=False)
        sys.stdout.flush()  # a disk that is full is noticed here, not when nobody can say so any more
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        _leave(2)
    except WavepacketError as error:
        say(f"error: {error}" if "\n" not in str(error) else str(error))
        _leave(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        say("stopped")
        _leave(Interrupted.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except (OSError, MemoryError) as error:
        # The machine refuses, at a place where nobody expected it: no bug of ours, and no trace of it helps.
        sentence = str(error) or repr(error)
        if isinstance(error, OSError) and error.filename is not None and error.strerror:
            sentence = f"{error.filename}: {error.strerror}"
        elif isinstance(error, OSError) and error.errno == errno.ENOSPC:
            sentence = f"cannot write the output: {error.strerror}"
        say(f"error: {sentence}")
        _leave(InputError.exit_code)
    _leave(code if isinstance(code, int) else 0)


def _collect_rarely() -> None:
    """Have Python search for garbage after fifty thousand new objects instead of seven hundred, and not at the end.

    Modules are a million objects that stay: searching them again and again took a quarter of a small run.
    """
    gc.set_threshold(_NEW_OBJECTS)
    atexit.register(gc.freeze)


@contextmanager
def _warnings_in_a_line() -> Iterator[None]:
    """Print each warning of a library once, as a remark without its source line."""
    said = set[str]()

    def show(message: Warning | str, *_: object) -> None:
        if str(message) not in said:
            said.add(str(message))
            say(f"warning: {message}")

    with warnings.catch_warnings():
        warnings.showwarning = show  # type: ignore[assignment]
        yield


def _leave(code: int) -> NoReturn:
    """Leave with a code. What a full disk does not take is dropped: the interpreter would leave with another one."""
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except (OSError, ValueError):
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  (to the end)
    sys.exit(code)
