"""Frames into a movie file: .mp4 through ffmpeg, .gif through Pillow alone.

References
----------
B. E. Bayer, "An optimum method for two-level rendition of continuous-tone pictures" (1973), IEEE International Conference on
Communications.
"""

import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from wavepacket.errors import InputError, WavepacketError

__all__ = ["SUFFIXES", "check_movie", "write_movie"]

Frame = npt.NDArray[np.uint8]

SUFFIXES = (".mp4", ".gif")
_SPREAD = 12  # levels of a channel: about the distance of colours of a palette in a map
_WHITE = 254  # place of white in a palette; the next one is for what stays as it is
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


def write_movie(path: str | Path, frames: Iterator[Frame], samples: Sequence[Frame], rate: int) -> Path:
    """Write frames (height, width, 4) as a movie that appears under its name only when it is whole.

    Parameters
    ----------
    path : ``.mp4`` or ``.gif``
    samples : some of them, which have the colours of all; of an .mp4 both sizes even
    rate : frames a second
    """
    check_movie(path)
    target = Path(path)
    if not target.parent.is_dir():
        raise InputError(f"cannot write {target}: there is no folder {target.parent}")
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        if target.suffix.lower() == ".gif":
            _write_gif(part, frames, samples, rate)
        else:
            _write_mp4(part, frames, samples[0].shape, rate)
        part.replace(target)
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _write_gif(part: Path, frames: Iterator[Frame], samples: Sequence[Frame], rate: int) -> None:
    from PIL import Image

    # One palette for all: a palette for each frame makes still parts of the picture flicker.
    every = np.concatenate([sample[..., :3] for sample in samples])
    palette = Image.fromarray(every).quantize(_WHITE, method=Image.Quantize.MAXCOVERAGE)
    palette.putpalette([*(palette.getpalette() or [])[: 3 * _WHITE], 255, 255, 255])
    height, width = samples[0].shape[:2]
    shift = np.tile(_pattern(), (-(-height // 8), -(-width // 8)))[:height, :width, None]

    def nearest(pixels: Frame) -> Image.Image:
        return Image.fromarray(pixels).quantize(palette=palette, dither=Image.Dither.NONE)

    def reduced(frame: Frame) -> Image.Image:
        # Shades between two colours of the palette become a fine pattern of both, the same one in each frame: no bands, no
        # flicker, and still parts stay as they are. What the palette has, such as white, stays plain.
        plain = nearest(frame[..., :3])
        met = np.all(np.asarray(plain.convert("RGB")) == frame[..., :3], axis=2)
        mixed = np.clip(frame[..., :3] + shift, 0, 255).astype(np.uint8)
        found = np.where(met, np.asarray(plain), np.asarray(nearest(mixed)))
        found[np.all(frame[..., :3] == 255, axis=2)] = _WHITE  # the ground, not a colour near it
        picture = Image.fromarray(found, mode="P")
        picture.putpalette(palette.getpalette() or [])
        return picture

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


def _pattern() -> npt.NDArray[np.int16]:
    """Shifts (8, 8) in levels of a channel, evenly spread over the distance of colours: Bayer's ordered dithering."""
    order = np.zeros((1, 1))
    for _ in range(3):
        order = np.block([[4 * order, 4 * order + 2], [4 * order + 3, 4 * order + 1]])
    return np.rint(_SPREAD * ((order + 0.5) / 64 - 0.5)).astype(np.int16)


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


def _write_mp4(part: Path, frames: Iterator[Frame], shape: Sequence[int], rate: int) -> None:
    height, width = shape[:2]
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
