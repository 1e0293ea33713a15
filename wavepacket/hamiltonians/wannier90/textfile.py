"""A text file read line by line, whose every complaint begins with ``file:line:``.

What other programs write around the numbers is taken away on opening: a byte order mark, comments after ``!`` or ``#``,
and letters beyond ASCII in titles and comments. A last line without its end is taken as complete where nothing speaks
against it; `finish` looks at that.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from wavepacket.arrays import Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians.arrays import LARGEST

FINAL = "use_ws_distance=.false."
"""In the first line of a file: no translations are missing, in the words of wannier90's `_wsvec.dat`."""
_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_REAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_FORTRAN_D = re.compile(r"[+-]?[\d.]+[dD][+-]?\d+", re.ASCII)
_HEAD = 1 << 20
_PRINTABLE = bytes([*range(32, 127), 9, 10, 13])
_FOREIGN = bytes(range(128, 256))
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_COMMENT = re.compile(r"[!#].*")
_COUNT = re.compile(r"\s*(\d{1,9})(\s+[^\d\s+.,*-].*|\s*)", re.ASCII)
"""A count alone or with a remark, which begins as no number does."""
_ALIKE = 3
"""So many lines before the last one tell whether the file has a fixed number of digits."""


@dataclass
class TextFile:
    """Lines of a file and how many of them have been read.

    Parameters
    ----------
    name : as the user wrote it
    lines : without their ends
    size : bytes in the file; any count that the file claims is held against it before memory is taken
    read : number of lines read so far, so the number of the line read last
    notes : what was taken as it is although it is unusual
    complete : whether anything shows that the last word is complete: the end of its line, or a blank
    """

    name: str
    lines: list[str]
    size: int
    read: int = 0
    notes: list[str] = field(default_factory=list)
    complete: bool = True

    @classmethod
    def open(cls, path: str | Path, titles: Collection[int] = (1,)) -> "TextFile":
        """Read a text file.

        Parameters
        ----------
        titles : numbers of lines that may hold any text; their comment signs stay
        """
        try:
            if Path(path).exists() and not Path(path).is_file():
                raise InputError(f"{path}: cannot be read: not a regular file")
            content = _text_of(Path(path))
        except (OSError, ValueError, MemoryError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "it is larger than the memory"
            raise InputError(f"{path}: cannot be read: {reason}") from None
        content = content.removeprefix(_BYTE_ORDER_MARK)
        file = cls(str(path), [], len(content))
        if content.translate(None, _PRINTABLE + _FOREIGN):
            raise file._not_text(content)
        if not content.strip():
            raise file.error("the file is empty", 1)
        file.lines = content.decode("latin-1").split("\n")
        file.complete = content[-1:].isspace()
        if not file.lines[-1].strip():
            file.lines.pop()
        if not content.isascii() or b"!" in content or b"#" in content:
            file._drop_comments(content, titles)
        return file

    def _drop_comments(self, content: bytes, titles: Collection[int]) -> None:
        for number, line in enumerate(self.lines, 1):
            if number not in titles:
                self.lines[number - 1] = _COMMENT.sub("", line)
                if not self.lines[number - 1].isascii():
                    raise self._not_text(content, number)

    def _not_text(self, content: bytes, number: int | None = None) -> InputError:
        """Return the error about the first byte that does not belong there, of a line or of all."""
        part = content if number is None else content.split(b"\n")[number - 1]
        junk = part.translate(None, _PRINTABLE)[0]
        line = number or content.count(b"\n", 0, content.index(junk)) + 1
        return self.error(f"byte 0x{junk:02x} is not text; is this a binary file?", line)

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

    def skip_blank_lines(self) -> None:
        """Go on to the next line that is not blank, if there is one."""
        while self.read < len(self.lines) and not self.lines[self.read].strip():
            self.read += 1

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
        """Return a positive count that a file of this size can hold; only a remark may follow it on its line."""
        number = lone_count(self.next_filled_line(what))
        if number is None:
            self.read -= 1
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
        """Refuse anything but blank lines after the end, and a last line that was cut."""
        for index in range(self.read, len(self.lines)):
            if self.lines[index].strip():
                raise self.error(
                    "more lines follow than the counts at the top of the file announce", index + 1
                )
        if self.complete:
            return
        if self._ends_within_a_number():
            raise self.error(
                "the file ends within a number: those above it have more digits; it seems to be truncated (if it is "
                "complete, end its last line)",
                len(self.lines),
            )
        self.notes.append(f"the last line of {Path(self.name).name} has no end and was taken as complete")

    def _ends_within_a_number(self) -> bool:
        """Whether the last number has fewer digits than those above it, which have equally many."""
        *before, last = [line.split() for line in self.lines[-10 * _ALIKE :] if line.strip()]
        digits = [_digits(row) for row in before if len(row) == len(last)]
        return len(digits) >= _ALIKE and len(set(digits)) == 1 and _digits(last) < digits[0]


def lone_count(line: str) -> int | None:
    """Return the count that a line holds, possibly with a remark; None for any other line."""
    match = _COUNT.fullmatch(line)
    return int(match[1]) if match else None


def _digits(row: list[str]) -> int:
    """Return the number of characters behind the point of the last number."""
    return len(row[-1].partition(".")[2])


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
        return head if head.translate(None, _PRINTABLE + _FOREIGN) else head + stream.read()
