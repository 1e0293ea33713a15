"""Keys for TLS: whoever has them may use the scheduler, and nobody else.

``python -m wavepacket.cluster.keys FOLDER`` writes a new pair and Dask's settings for it into a folder that only its owner
may read. With ``DASK_CONFIG=FOLDER`` in their environment the scheduler, its workers and ``--cluster`` use them.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Security

__all__ = ["new_keys", "security_of", "write_keys"]

Keys = tuple[str, str]
"""Certificate and private key, as PEM."""

_FILES = ("certificate.pem", "key.pem")
_SETTINGS = """distributed:
  comm:
    require-encryption: true
    tls:
      ca-file: {certificate}
      scheduler: {{cert: {certificate}, key: {key}}}
      worker: {{cert: {certificate}, key: {key}}}
      client: {{cert: {certificate}, key: {key}}}
"""


def new_keys() -> Keys:
    """Return a new pair."""
    from distributed import Security

    made = Security.temporary()
    return str(made.tls_ca_file), str(made.tls_client_key)


def security_of(keys: Keys) -> "Security":
    """Return what Dask takes, for all roles."""
    from distributed import Security

    certificate, key = keys
    roles = ("scheduler", "worker", "client")
    return Security(
        require_encryption=True,
        tls_ca_file=certificate,
        **{f"tls_{role}_cert": certificate for role in roles},
        **{f"tls_{role}_key": key for role in roles},
    )


def write_keys(folder: Path) -> Path:
    """Write new keys and Dask's settings for them into a new folder that only its owner may read."""
    folder = folder.absolute()
    folder.mkdir(mode=0o700)
    places = [folder / name for name in _FILES]
    for place, content in zip(places, new_keys(), strict=True):
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(content)
    settings = folder / "distributed.yaml"
    settings.write_text(_SETTINGS.format(certificate=places[0], key=places[1]))
    return folder


if __name__ == "__main__":
    print(f"export DASK_CONFIG={write_keys(Path(sys.argv[1]))}")
