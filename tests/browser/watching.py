"""What goes wrong in a page, less what JupyterLab does in an empty notebook too."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Error, Page, Response

# Errors of JupyterLab 4.6 and of jupyterlab-slideshow 0.3, seen with a notebook of one empty cell.
KNOWN = (
    # The slideshow takes the notebook's scrolling apart while JupyterLab still measures it.
    "Cannot read properties of null (reading 'observe')",
)


class Watch:
    """Collects the errors of the pages that it watches over."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def over(self, page: Page) -> None:
        """Begin to collect the page's errors."""
        page.on("console", self._console)
        page.on("pageerror", self._exception)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # A failed request is noted with its address by `_response`.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self._note(f"console: {message.text}")

    def _exception(self, error: Error) -> None:
        self._note(f"exception: {error}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"{response.status}: {response.request.method} {response.url}")

    def _note(self, text: str) -> None:
        if not any(known in text for known in KNOWN):
            self.errors.append(text)
