"""Frames into a movie file: .mp4 through ffmpeg, .gif through Pillow alone."""

import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from wavepacket.errors import InputError, WavepacketError

__all__ = ["SUFFIXES", "check_movie", "write_movie"]

Frame = npt.NDArray[np.uint8]

SUFFIXES = (".mp4", ".gif")
_FASTEST_GIF = 50  # frames a second; browsers slow down anything faster


def check_movie(path: str | Path) -> None:
    """Refuse a name that is no movie, or an .mp4 without ffmpeg, before any frame is drawn."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f"cannot write a movie as {Path(path).name!r}: the name must end in {' or '.join(SUFFIXES)}"
        )
    if suffix == ".mp4":
        _find_ffmpeg()


def write_movie(path: str | Path, frames: Iterator[Frame], sample: Frame, rate: int) -> Path:
    """Write frames (height, width, 4) as a movie that appears under its name only when it is whole.

    Parameters
    ----------
    path : ``.mp4`` or ``.gif``
    sample : a frame with the colours of all of them, (height, width, 4); of an .mp4 both sizes even
    rate : frames a second
    """
    check_movie(path)
    target = Path(path)
    if not target.parent.is_dir():
        raise InputError(f"cannot write {target}: there is no folder {target.parent}")
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        if target.suffix.lower() == ".gif":
            _write_gif(part, frames, sample, rate)
        else:
            _write_mp4(part, frames, sample, rate)
        part.replace(target)
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _write_gif(part: Path, frames: Iterator[Frame], sample: Frame, rate: int) -> None:
    from PIL import Image

    # One palette for all: a palette for each frame makes still parts of the picture flicker.
    palette = Image.fromarray(sample[..., :3]).quantize(255, method=Image.Quantize.MAXCOVERAGE)

    def reduced(frame: Frame) -> Image.Image:
        return Image.fromarray(frame[..., :3]).quantize(palette=palette, dither=Image.Dither.NONE)

    first = reduced(next(frames))
    duration = 10 * max(round(100 / min(rate, _FASTEST_GIF)), 1)
    first.save(
        part,
        format="GIF",
        save_all=True,
        append_images=map(reduced, frames),
        duration=duration,
        loop=0,
        optimize=True,
        transparency=255,  # the one colour not in the palette: pixels that stay as they are
    )


def _find_ffmpeg() -> str:
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        program = shutil.which("ffmpeg")
    if program is None:
        raise InputError(
            "writing .mp4 needs ffmpeg: run 'pip install \"berry-wavepacket[video]\"', or write a .gif, which needs nothing"
        )
    return program


def _write_mp4(part: Path, frames: Iterator[Frame], sample: Frame, rate: int) -> None:
    height, width = sample.shape[:2]
    source = ["-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{width}x{height}", "-r", str(rate), "-i", "-"]
    # yuv420p and the index at the start: what browsers and slides play
    coding = [
        "-an",
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
        "-crf",
        "18",
        "-movflags",
        "+faststart",
        "-f",
        "mp4",
    ]
    command = [_find_ffmpeg(), "-y", "-loglevel", "error", *source, *coding, str(part)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log)
        assert process.stdin is not None
        try:
            _feed(process.stdin, frames)
        except BaseException:
            process.kill()
            raise
        finally:
            code = process.wait()
        if code:
            log.seek(0)
            last = log.read().decode(errors="replace").strip().splitlines()[-1:]
            raise WavepacketError(f"ffmpeg failed: {last[0] if last else f'exit code {code}'}")


def _feed(pipe: IO[bytes], frames: Iterator[Frame]) -> None:
    try:
        for frame in frames:
            pipe.write(np.ascontiguousarray(frame).data)
        pipe.close()
    except BrokenPipeError:
        pass  # ffmpeg has ended early; its exit code and log say why
