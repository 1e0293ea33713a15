"""The charge of the carriers in words: one text for every convention that a number is printed with."""

__all__ = ["carriers", "charge_text", "moment_text", "over_hbar"]


def carriers(charge: float) -> str:
    """Return ``charge -e``, ``charge +e`` or ``charge +2e`` for a charge in units of e."""
    return f"charge {'-' if charge < 0 else '+'}{_size(charge)}e"


def over_hbar(charge: float, power: int = 1, *, signed: bool = False) -> str:
    """Return q^power/ħ as text: ``(e/hbar)``, ``(4e^2/hbar)``.

    Parameters
    ----------
    charge : q in units of e
    signed : whether a plus is written, too, with a space behind the sign
    """
    value = charge**power
    factor = "e" if power == 1 else f"e^{power}"
    return f"{_sign(value, signed)}({_size(value)}{factor}/hbar)"


def charge_text(charge: float, *, signed: bool = False) -> str:
    """Return the charge as a factor: ``e``, ``-2e``; see `over_hbar`."""
    return f"{_sign(charge, signed)}{_size(charge)}e"


def moment_text(charge: float) -> str:
    """Return the definition of the orbital magnetic moment, ``m = -i(e/2hbar)<∂u|x[H-ε]|∂u>`` for charge −e."""
    return f"m = {_sign(charge, False)}i({_size(charge)}e/2hbar)<∂u|x[H-ε]|∂u>"


def _sign(value: float, signed: bool) -> str:
    sign = "-" if value < 0 else "+"
    return f"{sign} " if signed else sign.replace("+", "")


def _size(value: float) -> str:
    return "" if abs(value) == 1 else f"{abs(value):g}"
