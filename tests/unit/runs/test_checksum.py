"""The checksum of chunks against the library's own filter."""

import io

import h5py
import numpy as np
import pytest

from wavepacket.runs import hdf5
from wavepacket.runs.form import Form
from wavepacket.runs.layout import chunk_shape

RANDOM = np.random.default_rng(0)
ARRAYS = {
    "paths, last chunk not full": RANDOM.normal(size=(1000, 201, 3)),
    "one odd byte": np.array([b"x"]),
    "odd number of bytes": np.array([b"x", b"y", b"z"]),
    "zeros": np.zeros((5, 2)),
    "all bits, a multiple of the modulus": np.full((7, 5), -1, np.int64),
    "strided": RANDOM.integers(0, 100, (50, 40))[::2, ::3],
    "two chunked axes": RANDOM.normal(size=(3, 2, 90_000)),
}


def by_the_library(values: np.ndarray) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w", libver=("v110", "v110")) as file:
        chunks = chunk_shape(values.shape, values.itemsize)
        file.create_dataset("values", data=values, chunks=chunks, fletcher32=True)
    return stream.getvalue()


def image_of(values: np.ndarray) -> bytes:
    return b"".join(Form(lambda form: form.put("values", values)).pieces())


@pytest.mark.parametrize("values", ARRAYS.values(), ids=ARRAYS.keys())
def test_files_are_the_same_bytes_as_with_the_filter_of_hdf5(values: np.ndarray) -> None:
    """The library and its filter are the reference for what is stored and where."""
    assert image_of(values) == by_the_library(values)


def test_a_form_takes_other_contents_and_another_number() -> None:
    """As if the library had made each file anew."""

    def made(values: np.ndarray, number: int) -> Form:
        def fill(form: Form) -> None:
            hdf5.set_integer(form.file, "number", number)
            form.put("values", values)

        return Form(fill)

    first, second = RANDOM.normal(size=(2, 500, 201, 3))
    form = made(first, 1)
    begun = form.pieces()
    form.set_integer("number", 2)
    assert b"".join(form.pieces({"values": second})) == b"".join(made(second, 2).pieces())
    assert b"".join(begun) == b"".join(made(first, 1).pieces())


def test_pieces_of_arrays_are_the_arrays_themselves() -> None:
    values = RANDOM.normal(size=(1000, 201, 3))
    form = Form(lambda form: form.put("values", values))
    shared = sum(
        len(piece) for piece in form.pieces() if np.shares_memory(np.frombuffer(piece, "u1"), values)
    )
    assert shared > 0.8 * values.nbytes  # all but the last chunk, which is filled up with zeros


def test_the_library_refuses_a_chunk_whose_checksum_is_wrong() -> None:
    values = RANDOM.normal(size=(10, 3))
    image = bytearray(image_of(values))
    image[bytes(image).index(values.tobytes()) + 5] ^= 1
    with h5py.File(io.BytesIO(bytes(image)), "r") as file, pytest.raises(OSError, match="filter"):
        file["values"][...]
