"""What can go wrong at the front door, each as one sentence that says what to do next."""

import errno
import re

GIB = 1024**3

WRONG_USAGE = 2

NO_ROOM = "The disk is full: free some space, then run the same command again; it starts afresh."

NO_VENV = (
    "This Python cannot make virtual environments: on Debian and Ubuntu `sudo apt install "
    "python3-venv` adds that, elsewhere install Python 3.12 afresh; then run again."
)

_FULL = (
    r"No space left on device|Errno 28\b|WinError 112\b|not enough space on the disk"
    r"|Disk quota exceeded|Errno 122\b"
)
_FORBIDDEN = r"Errno 13\b|Errno 30\b|Permission denied|WinError 5\b|Read-only file system"


class Failure(Exception):
    """A problem that the person at the keyboard can mend, as one sentence for them."""

    def __init__(self, sentence: str, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


# In this order: a missing network also makes pip say "No matching distribution found", and a full
# disk can look like a damaged download.
_PIP_PROBLEMS: tuple[tuple[str, str], ...] = (
    (_FULL, NO_ROOM),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|SSLError",
        "A secure connection to Python's package index could not be made: check the computer's "
        "clock, and in a company or school network ask for its certificate, then run again.",
    ),
    (
        r"ProxyError|Cannot connect to proxy|Tunnel connection failed|407 Proxy",
        "The proxy of this network refused the download: check the HTTPS_PROXY setting or use "
        "another network, then run the same command again.",
    ),
    (
        r"NewConnectionError|NameResolutionError|getaddrinfo failed|Name or service not known"
        r"|Temporary failure in name resolution|nodename nor servname|No address associated"
        r"|Network is unreachable|No route to host|ConnectTimeout|ReadTimeout|Read timed out"
        r"|Connection refused|Connection reset|Connection aborted|ConnectionResetError"
        r"|ProtocolError|IncompleteRead|RemoteDisconnected|Max retries exceeded"
        r"|Failed to establish a new connection|Connection to \S+ timed out",
        "No network: the packages could not be downloaded; connect to the internet and run the "
        "same command again.",
    ),
    (
        r"long path support|Windows Long Path",
        "Windows refused a file with a long path: move the course to a short folder such as "
        r"C:\course, or turn on long paths in Windows, then run again.",
    ),
    (
        r"WinError 5\b|WinError 32\b|being used by another process",
        "A file in .venv is in use: close JupyterLab and every program that runs the course's "
        "Python, then run again.",
    ),
    (
        _FORBIDDEN,
        "No permission to write into .venv: move the course to a folder of your own, then run "
        "again.",
    ),
    (
        r"DO NOT MATCH THE HASHES|BadZipFile|is not a valid wheel|is invalid\.",
        "A download arrived damaged: run the same command again.",
    ),
    (
        r"requires a different Python",
        "The Python in .venv is not one that the course works with: delete .venv and run again "
        "with Python 3.11 or newer.",
    ),
    (r"ResolutionImpossible|conflicting dependencies", ""),  # worded below, with the cause
    (r"No matching distribution found|Could not find a version", ""),
)

_NOT_OFFERED = (
    "The package index that pip asked does not offer {name}: check the network and pip's settings "
    "(`pip config list`), then run the same command again."
)
_NO_BUILD = (
    "{name} has no build for this Python on this system: install the 64-bit Python 3.12 and run "
    "again with it."
)
_CONFLICT = (
    "pyproject.toml and constraints.txt ask for versions that exclude each other (above): "
    "restore both files, then run again."
)


def explain_pip(output: str, exit_code: int = 1) -> str:
    """One sentence for what pip wrote to stderr before it gave up."""
    for pattern, sentence in _PIP_PROBLEMS:
        if re.search(pattern, output, re.IGNORECASE):
            return sentence or _explain_resolution(output)
    if exit_code in (-9, 137):
        return (
            "The system stopped pip, most likely because memory ran out: close other programs, "
            "then run the same command again."
        )
    return (
        "pip could not install the packages (its last words are above); "
        "the next run starts where this one stopped."
    )


def _explain_resolution(output: str) -> str:
    if re.search(r"ResolutionImpossible|conflicting dependencies", output):
        return _CONFLICT
    found = re.search(r"No matching distribution found for ([A-Za-z0-9_.-]+)", output)
    name = found.group(1) if found else "one of the packages"
    # Only torch and its kin are built anew for each Python; all else that is missing is missing
    # because of the index.
    return (_NO_BUILD if name.startswith("torch") else _NOT_OFFERED).format(name=name)


def explain_os_error(error: OSError) -> str:
    """One sentence for an error of the operating system, naming the file where one is known."""
    where = f" {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or getattr(error, "winerror", None) == 112:
        return NO_ROOM
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"No permission to read or write{where}: close programs that use it, or move the "
            "course to a folder of your own, then run again."
        )
    return f"The system refused{where or ' a file operation'}: {error.strerror or error}."


def explain_import(output: str, mend: str) -> str:
    """One sentence for a failed `import torch, torchvision`; `mend` is the command that helps.

    The two packages are built for each other, and the mismatch shows itself in several ways: a
    missing operator, an undefined symbol, a library that does not load.
    """
    if re.search(r"torchvision::|undefined symbol|Symbol not found|partially initialized", output):
        return f"The installed torch and torchvision do not belong together; this mends it: {mend}"
    if re.search(r"WinError 126|WinError 1114|VCRUNTIME|MSVCP", output):
        return (
            "PyTorch needs the Microsoft Visual C++ Redistributable (x64): install it, then run "
            "the same command again."
        )
    return (
        f"torch and torchvision do not start ({_last(output)}); this installs them afresh: {mend}"
    )


def explain_venv(output: str) -> str:
    """One sentence for a failed `python -m venv`."""
    if re.search(r"ensurepip is not|No module named '?(venv|ensurepip)|python3[\d.]*-venv", output):
        return NO_VENV
    if re.search(_FULL, output):
        return NO_ROOM
    if re.search(_FORBIDDEN, output):
        return (
            "No permission to make .venv here: move the course to a folder of your own, then run "
            "again."
        )
    if "PATH separator" in output:
        return (
            "Python makes no environment in a folder whose path has a colon in it: move the course "
            "to one without, then run again."
        )
    last = _last(output)
    return f"Python could not make .venv ({last}): install Python 3.12 afresh, then run again."


def _last(output: str) -> str:
    return output.strip().splitlines()[-1] if output.strip() else "no message"
