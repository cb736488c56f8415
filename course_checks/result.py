"""The verdict of a check: what it holds, and how it is shown."""

from __future__ import annotations

import html
import sys
from dataclasses import dataclass, field

# Calm colours that keep their contrast on a light and on a dark page; the words say the same.
_SIGNS = {
    "passed": ("✓", "#2e7d32", "correct"),
    "open": ("○", "#546e7a", "not attempted yet"),
    "wrong": ("△", "#b26a00", "not yet"),
}


@dataclass(frozen=True)
class CheckResult:
    """What a check found out.

    passed: the answer is right. attempted: it is no longer the untouched stub. mistake: the id of
    the diagnosed mistake, or None. message: the sentences shown below the verdict.
    """

    passed: bool
    attempted: bool
    mistake: str | None
    message: str
    exercise: str = field(default="", repr=False)

    def _ipython_display_(self) -> None:
        """Nothing: the check has shown the verdict, and a cell that ends with it shows it once."""

    @property
    def text(self) -> str:
        """The verdict in plain text: one headline, then the message, indented."""
        sign, _, word = self._headline()
        lines = [f"{sign} Exercise {self.exercise}: {word}", *self.message.splitlines()]
        return "\n  ".join(line for line in lines if line)

    @property
    def html(self) -> str:
        """The same verdict as HTML; every piece of the answer in it is escaped."""
        sign, colour, word = self._headline()
        lines = "<br>".join(html.escape(line) for line in self.message.splitlines())
        body = f'<div style="margin-top:4px;white-space:pre-wrap">{lines}</div>' if lines else ""
        return (
            f'<div style="border-left:4px solid {colour};padding:4px 12px;margin:4px 0">'
            f'<b><span style="color:{colour}">{sign}</span> '
            f"Exercise {html.escape(self.exercise)}: {html.escape(word)}</b>{body}</div>"
        )

    def show(self) -> None:
        """Show the verdict."""
        show(self.html, self.text)

    def _headline(self) -> tuple[str, str, str]:
        """Sign, colour and words of the first line; it carries the name of a known mistake."""
        sign, colour, word = _SIGNS[
            "passed" if self.passed else "wrong" if self.attempted else "open"
        ]
        return sign, colour, f"{word} ({self.mistake})" if self.mistake else word


def show(html_text: str, plain_text: str) -> None:
    """Show a text: in a notebook as HTML with its plain twin, elsewhere by printing it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or not hasattr(shell, "kernel"):
        print(plain_text)
        return
    from IPython.display import display

    display({"text/html": html_text, "text/plain": plain_text}, raw=True)
