"""The exception tree: every way in which evidence can fail to answer.

```
ForensicError
├── NotFound      the place was searched and the thing is not there
├── Unreadable    the thing is there, its bytes could not be read
├── Malformed     the bytes were read and do not follow the format
└── Unsupported   the bytes are sound, this program cannot interpret them
```

A fifth kind of absence, *not looked*, is never an exception: nothing was tried. Each class names the
gap reason (`reason`) under which it reaches the report, and each failure has a `code` (`model.gap.CODES`), by which programs and
rules tell what exactly is absent: nobody reads that out of the sentence.
"""

from __future__ import annotations

from typing import Literal


class ForensicError(Exception):
    """Any failure of evidence that the program expects and reports."""

    reason: Literal["not-found", "unreadable", "malformed", "unsupported"] = "unreadable"
    code = "bytes-unreadable"
    """Kebab-case, one of `model.gap.CODES`; the one of the class where whoever raises it says none."""

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        """Say in one sentence what failed; `code` names it for programs."""
        super().__init__(sentence)
        if code is not None:
            self.code = code


class NotFound(ForensicError):
    """The place was searched and the thing is not there."""

    reason = "not-found"
    code = "nothing-there"


class Unreadable(ForensicError):
    """The thing is there, but its bytes could not be read."""

    reason = "unreadable"


class Malformed(ForensicError):
    """The bytes were read and do not follow the format.

    Says what was read, at which byte offset, how many bytes were needed and how many there were.
    """

    reason = "malformed"
    code = "format-broken"

    def __init__(
        self, what: str, offset: int | None = None, need: int | None = None, have: int | None = None, *, code: str | None = None
    ) -> None:
        """Describe the damage; `offset`, `need` and `have` are in bytes."""
        self.what, self.offset, self.need, self.have = what, offset, need, have
        text = what
        if offset is not None:
            text += f" at offset {offset:#x}"
        if need is not None:
            text += f": needs {need} bytes, has {have if have is not None else 'fewer'}"
        super().__init__(text, code=code)


class Unsupported(ForensicError):
    """The bytes are sound as far as they were read, but this program cannot interpret them."""

    reason = "unsupported"
    code = "not-interpreted"
