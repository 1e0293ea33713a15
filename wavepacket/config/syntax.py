"""What PyYAML says of text that is no YAML, as sentences that name the way out."""

from typing import Any

import yaml

__all__ = ["explained"]

_MOVED = "indented otherwise than the keys around it: those of one mapping begin in one column"


def explained(error: yaml.MarkedYAMLError) -> tuple[str, Any]:
    """Return a sentence, and the mark of the place where the mistake is to be mended."""
    context, problem = error.context or "", error.problem or ""
    here, opened = error.problem_mark or error.context_mark, error.context_mark or error.problem_mark
    found = problem.rpartition("found ")[2]
    if "cannot start any token" in problem:
        tab = "'\\t'" in problem
        return "a tab: indent with spaces" if tab else f"text with {found.split()[1]} wants quotes", here
    if problem == "could not find expected ':'":
        return "a key needs a colon and a space behind it, as in 'band: 0'", opened
    if "quoted scalar" in context and "end of stream" in problem:
        return "the quote that opens here is not closed", opened
    if context in ("while parsing a flow mapping", "while parsing a flow sequence"):
        bracket = "{" if "mapping" in context else "["
        return f"the {bracket!r} that opens here is not closed, or a comma is missing in it", opened
    if context == "while parsing a flow node" and "stream end" in problem:
        return "the text ends inside of a '[' or '{'", here
    if problem == "mapping values are not allowed here":
        return f"a second ': ' on one line (text with it wants quotes), or a line {_MOVED}", here
    if context in ("while parsing a block mapping", "while parsing a block collection"):
        return f"one {found} too many" if found in ("'}'", "']'") else _MOVED, here
    return ", ".join(part for part in (context, problem) if part)[:200], here
