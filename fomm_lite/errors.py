"""The one exception that means: the user can fix this."""

_LONGEST = 2000  # characters of what arrived


class InputError(ValueError):
    """Bad input, told in one line: what was got, what was expected, what to do.

    The command line prints the line and exits with code 2; a notebook shows it as the last line of the traceback.

    Args:
        got: what arrived, with the path or value in it.
        expected: what would have been accepted.
        fix: what the user can do now, as an imperative.

    Example:
        >>> print(InputError("got size 50", "a multiple of 8", "use --size 48 or --size 56"))
        got size 50; expected a multiple of 8; use --size 48 or --size 56
    """

    def __init__(self, got: str, expected: str, fix: str) -> None:
        self.got, self.expected, self.fix = got, expected, fix
        if len(got) > _LONGEST:  # a file may hold anything, in any length
            got = f"{got[: _LONGEST // 2]} [...] {got[-_LONGEST // 2 :]}"
        line = " ".join(f"{got}; expected {expected}; {fix}".split())
        # names and values may hold what moves a terminal's cursor
        shown = (c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in line)
        super().__init__("".join(shown))

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, str, str]]:
        """How it is pickled, to come out of another process: an exception alone would hand over the one line."""
        return type(self), (self.got, self.expected, self.fix)
