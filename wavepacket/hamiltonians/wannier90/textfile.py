"""A text file read line by line, whose every complaint begins with ``file:line:``."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wavepacket.errors import InputError
from wavepacket.hamiltonians.arrays import LARGEST, Float

FINAL = "use_ws_distance=.false."
"""In the first line of a file: no translations are missing, in the words of wannier90's `_wsvec.dat`."""
_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_REAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_FORTRAN_D = re.compile(r"[+-]?[\d.]+[dD][+-]?\d+", re.ASCII)
_HEAD = 1 << 20
_PRINTABLE = bytes([*range(32, 127), 9, 10, 13])


@dataclass
class TextFile:
    """Lines of a file and how many of them have been read.

    Parameters
    ----------
    name : as the user wrote it
    lines : without their ends
    size : bytes in the file; any count that the file claims is held against it before memory is taken
    read : number of lines read so far, so the number of the line read last
    """

    name: str
    lines: list[str]
    size: int
    read: int = 0

    @classmethod
    def open(cls, path: str | Path) -> "TextFile":
        """Read a file that must be printable ASCII and end with a complete line."""
        try:
            if Path(path).exists() and not Path(path).is_file():
                raise InputError(f"{path}: cannot be read: not a regular file")
            content = _text_of(Path(path))
        except (OSError, ValueError, MemoryError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "it is larger than the memory"
            raise InputError(f"{path}: cannot be read: {reason}") from None
        file = cls(str(path), [], len(content))
        junk = content.translate(None, _PRINTABLE)
        if junk:
            line = content.count(b"\n", 0, content.index(junk[:1])) + 1
            raise file.error(f"byte 0x{junk[0]:02x} is not text; is this a binary file?", line)
        if not content.strip():
            raise file.error("the file is empty", 1)
        file.lines = content.decode("ascii").split("\n")
        if file.lines.pop():
            raise file.error("the file ends within a line; it seems to be truncated", len(file.lines) + 1)
        return file

    def error(self, message: str, line: int | None = None) -> InputError:
        """Return the error to raise about a line, by default the one read last."""
        return InputError(f"{self.name}:{max(1, self.read if line is None else line)}: {message}")

    def next_line(self, what: str) -> str:
        """Return the next line."""
        if self.read >= len(self.lines):
            raise self.error(f"the file ends where {what} should follow; it seems to be truncated")
        self.read += 1
        return self.lines[self.read - 1]

    def next_filled_line(self, what: str) -> str:
        """Return the next line that is not blank."""
        while True:
            line = self.next_line(what)
            if line.strip():
                return line

    def integers(self, what: str, count: int | None = None) -> list[int]:
        """Return the integers of the next line that is not blank; exactly `count` of them if given."""
        tokens = self.next_filled_line(what).split()
        for token in tokens:
            if not _INTEGER.fullmatch(token):
                raise self.error(f"{what} must be integers, not {shown(token)}")
        if count is not None and len(tokens) != count:
            raise self.error(f"{what} must be {count} integers, found {len(tokens)}")
        return [int(token) for token in tokens]

    def count(self, what: str, bytes_each: int) -> int:
        """Return a positive count that stands alone on a line and that a file of this size can hold."""
        (number,) = self.integers(what, 1)
        if number < 1:
            raise self.error(f"{what} must be positive, not {number}")
        if number * bytes_each > self.size:
            raise self.error(f"{what} is {number}, which cannot fit in a file of {self.size} bytes")
        return number

    def table(self, rows: int, columns: int, what: str) -> Float:
        """Return the next `rows` lines as finite numbers, (rows, columns)."""
        lines = self.lines[self.read : self.read + rows]
        if len(lines) < rows:
            self.read = len(self.lines)
            raise self.error(
                f"the file ends within {what}, {rows - len(lines)} lines early; it seems to be truncated"
            )
        tokens = [line.split() for line in lines]
        if set(map(len, tokens)) - {columns}:
            bad = next(index for index, row in enumerate(tokens) if len(row) != columns)
            raise self.error(
                f"a line of {what} must have {columns} numbers, found {len(tokens[bad])}", self.read + bad + 1
            )
        try:
            numbers = np.array([float(token) for row in tokens for token in row]).reshape(rows, columns)
        except ValueError:
            raise self._bad_number(tokens, what) from None
        # Python also reads 1_000 as a number.
        if not np.all(np.abs(numbers) < LARGEST) or any("_" in line for line in lines):
            raise self._bad_number(tokens, what)
        self.read += rows
        return numbers

    def _bad_number(self, tokens: list[list[str]], what: str) -> InputError:
        for index, row in enumerate(tokens):
            for token in row:
                if not _REAL.fullmatch(token) or not abs(float(token)) < LARGEST:
                    return self.error(f"{explain(token)} in {what}", self.read + index + 1)
        return self.error(f"a number in {what} cannot be read", self.read + 1)

    def finish(self) -> None:
        """Refuse anything but blank lines after the end."""
        for index in range(self.read, len(self.lines)):
            if self.lines[index].strip():
                raise self.error(
                    "more lines follow than the counts at the top of the file announce", index + 1
                )


def explain(token: str) -> str:
    """Say why a token is not a number."""
    if "*" in token:
        return f"{shown(token)} (a number that did not fit its Fortran format)"
    if _FORTRAN_D.fullmatch(token):
        return f"{shown(token)} has a Fortran D exponent; write E instead of D"
    if token.strip("+-").lower() in ("nan", "inf", "infinity") or _REAL.fullmatch(token):
        return f"{shown(token)} is not a finite number below {LARGEST:g}"
    return f"{shown(token)} is not a number"


def shown(token: str) -> str:
    """Return a token in quotes, cut to a readable length."""
    return repr(token if len(token) <= 40 else token[:37] + "...")


def _text_of(path: Path) -> bytes:
    """Return the bytes of a file; of one that begins as no text only the beginning, whatever its size."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        return head if head.translate(None, _PRINTABLE) else head + stream.read()
