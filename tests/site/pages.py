"""Built pages as the tests read them: anchors, links, resources, and the text in each element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path

from bs4 import BeautifulSoup, Tag

# Elements whose files a browser fetches by itself as it shows a page.
_FETCHING = {"script", "img", "iframe", "embed", "source", "audio", "video", "object"}
# Kinds of <link> that name another page rather than something to fetch.
_ONLY_NAMED = {"next", "prev", "index", "search", "author", "canonical", "help"}

_ELEMENT = re.compile(r"<([a-z][\w-]*)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


@dataclass(frozen=True)
class Page:
    """One built page."""

    name: str
    html: str

    @cached_property
    def elements(self) -> list[tuple[str, dict[str, str]]]:
        """Each element's kind and attributes. In Sphinx's pages every value stands in quotes."""
        return [
            (kind, {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)})
            for kind, attributes in _ELEMENT.findall(self.html)
        ]

    @cached_property
    def tree(self) -> BeautifulSoup:
        """The page as a tree: slow to make."""
        return BeautifulSoup(self.html, "html.parser")

    @cached_property
    def anchors(self) -> set[str]:
        """Every place on the page that a link can lead to."""
        return {values["id"] for _, values in self.elements if "id" in values}

    @cached_property
    def links(self) -> set[str]:
        """Where the page's links lead, as written."""
        return {values["href"] for _, values in self.elements if "href" in values}

    @cached_property
    def resources(self) -> set[str]:
        """What a browser fetches to show the page, as written."""
        found = set()
        for kind, values in self.elements:
            if kind in _FETCHING:
                found |= {values[name] for name in ("src", "data") if name in values}
                parts = values.get("srcset", "").split(",")
                found |= {part.split()[0] for part in parts if part.strip()}
            elif kind == "link" and not {*values.get("rel", "").split()} <= _ONLY_NAMED:
                found.add(values["href"])
        return found

    @property
    def article(self) -> Tag:
        """The page's own text, without menus."""
        article = self.tree.select_one("article.bd-article")
        assert article is not None, self.name
        return article

    def texts(self, selector: str) -> list[str]:
        """The text of each element of the article that the CSS selector finds."""
        return [element.get_text() for element in self.article.select(selector)]


def read_pages(html: Path) -> dict[str, Page]:
    """Every page under the folder."""
    return {
        path.relative_to(html).as_posix(): Page(
            path.relative_to(html).as_posix(), path.read_text(encoding="utf-8")
        )
        for path in sorted(html.rglob("*.html"))
        # Parts of pages that the theme leaves among its files.
        if "_static" not in path.parts
    }


def inside(element: Tag, *kinds: str) -> bool:
    """Whether the element stands inside one of these kinds of elements."""
    return any(parent.name in kinds for parent in _ancestors(element))


def _ancestors(element: Tag) -> Iterator[Tag]:
    yield from element.parents
