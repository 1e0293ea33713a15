"""Sentences about names that are not known."""

from collections.abc import Iterable

from wavepacket.units import shown

__all__ = ["did_you_mean", "unknown_key"]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?``, or the list of what is known."""
    import difflib  # only needed for a message; costs start-up time

    names = [str(one) for one in known]
    close = [one for one in names if one.casefold() == name.casefold()] or difflib.get_close_matches(
        name[:50], names, n=1
    )
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(names)}" if names else ""


def unknown_key(name: str, known: Iterable[str], what: str = "key") -> str:
    """Return the sentence for a key that the schema lacks."""
    return f"unknown {what} {shown(name)}{did_you_mean(name, known)}"
