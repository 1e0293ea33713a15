"""HDF5's fletcher32 of a chunk, as the library appends it to what it stores."""

import numpy as np
from numpy.typing import NDArray

CHECKSUM_BYTES = 4
_MODULUS = 0xFFFF


def fletcher32(content: NDArray[np.uint8]) -> bytes:
    """Return the four bytes that HDF5 appends to a chunk.

    HDF5 (H5checksum.c) adds up big-endian words with end-around carry, where an odd last byte counts as a whole word.
    Modulo 2^16 - 1 swapping the bytes of a word is multiplying it by 2^8, so native little-endian words do as well.

    Parameters
    ----------
    content : (n,) contiguous, n < 2^25
    """
    from wavepacket.kernels.reduce.checksum import fletcher_sums  # compiled when first needed

    if content.size % 2:
        content = np.append(content, np.uint8(0))
    plain, weighted = fletcher_sums(content.view("<u2"))
    return (_folded(int(weighted)) << 16 | _folded(int(plain))).to_bytes(CHECKSUM_BYTES, "little")


def _folded(total: int) -> int:
    """Sum with end-around carry: 0 stands for no words but zeros, any other multiple of the modulus for the modulus."""
    return (total * 256 - 1) % _MODULUS + 1 if total else 0
