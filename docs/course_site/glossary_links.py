"""The first use of each of the glossary's terms in a notebook's page becomes a link to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

GLOSSARY = "glossary"

# Text inside these is not prose that a link would help.
_LEFT_ALONE = (
    nodes.FixedTextElement,
    nodes.literal,
    nodes.title,
    nodes.reference,
    nodes.raw,
    nodes.image,
    addnodes.pending_xref,
)


class LinkFirstUses(SphinxTransform):
    """Runs as each notebook has been read; code, headings, links and folds stay as they are."""

    default_priority = 880

    def apply(self, **kwargs: object) -> None:
        """Replace the first use of each term by a reference that Sphinx resolves later."""
        if not self.env.docname.startswith("notebooks/"):
            return
        glossary = Path(self.env.doc2path(GLOSSARY))
        # A page whose terms have changed is read again.
        self.env.note_dependency(str(glossary))
        left = terms_in(glossary.read_text(encoding="utf-8"))
        for text in list(_open_prose(self.document)):
            self._link(text, left)

    def _link(self, text: nodes.Text, left: list[str]) -> None:
        made: list[nodes.Node] = []
        rest = text.astext()
        while left:
            found = pattern(tuple(left)).search(rest)
            if found is None:
                break
            term = next(one for one in left if re.fullmatch(forms(one), found[0], re.IGNORECASE))
            left.remove(term)
            made += [nodes.Text(rest[: found.start()]), self._reference(term, found[0])]
            rest = rest[found.end() :]
        if made:
            text.parent.replace(text, [*made, nodes.Text(rest)])

    def _reference(self, term: str, shown: str) -> addnodes.pending_xref:
        reference = addnodes.pending_xref(
            "",
            nodes.inline("", shown, classes=["xref", "std", "std-term"]),
            refdomain="std",
            reftype="term",
            reftarget=term,
            refdoc=self.env.docname,
            refexplicit=True,
            refwarn=True,
        )
        return reference


def terms_in(glossary: str) -> list[str]:
    """The terms of the `{glossary}` block of a page: its lines that are not indented."""
    block = re.search(r"^```\{glossary\}\n(.*?)^```", glossary, flags=re.M | re.S)
    lines = block[1].splitlines() if block else []
    return [line.strip() for line in lines if line and not line[0].isspace() and line[0] != ":"]


def forms(term: str) -> str:
    """A regular expression for the term's singular and plural."""
    escaped = re.escape(term).replace(r"\ ", r"\s+")
    if term.endswith("is"):
        return f"{escaped[:-2]}[ie]s"
    if re.search(r"[^aeiou]y$", term):
        return f"{escaped[:-1]}(?:y|ies)"
    return f"{escaped}(?:es|s)?"


@lru_cache(maxsize=256)
def pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    """Finds the first of the terms as whole words, the longest where several begin together."""
    longest_first = sorted(terms, key=len, reverse=True)
    either = "|".join(forms(term) for term in longest_first)
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])", flags=re.IGNORECASE)


def _open_prose(document: nodes.document) -> Iterator[nodes.Text]:
    """The document's text in reading order, less what stands in closed folds."""
    depth = 0
    for node in document.findall():
        if isinstance(node, nodes.raw):
            html = node.astext()
            depth += html.count("<details") - html.count("</details>")
        elif isinstance(node, nodes.Text) and not depth and _is_prose(node):
            yield node


def _is_prose(text: nodes.Text) -> bool:
    parent: nodes.Node | None = text.parent
    while parent is not None:
        if isinstance(parent, _LEFT_ALONE):
            return False
        # The outputs of cells are what code printed.
        if isinstance(parent, nodes.Element) and "cell" in parent.get("classes", []):
            return False
        parent = parent.parent
    return True
