"""Each thing that can go wrong gets its sentence, from the words that pip and Python really use."""

import errno

import pytest

from course_launcher.failures import (
    NO_ROOM,
    NO_VENV,
    explain_import,
    explain_os_error,
    explain_pip,
    explain_venv,
)

NO_SUCH_HOST = """\
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after \
connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object \
at 0x7f>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')'
ERROR: Could not find a version that satisfies the requirement setuptools>=77 (from versions: none)
ERROR: No matching distribution found for setuptools>=77
"""

READ_TIMEOUT = """\
ERROR: Exception:
Traceback (most recent call last):
  File "pip/_vendor/urllib3/response.py", line 438, in _error_catcher
pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(port=443): Read timed out.
"""


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (NO_SUCH_HOST, "No network"),
        (READ_TIMEOUT, "No network"),
        ("socket.gaierror: [Errno 11001] getaddrinfo failed", "No network"),
        ("ConnectionResetError: [Errno 104] Connection reset by peer", "No network"),
        ("ProxyError('Cannot connect to proxy.', NewConnectionError('...'))", "proxy"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))", "clock"),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on "
            "device",
            "disk is full",
        ),
        ("OSError: [WinError 112] There is not enough space on the disk", "disk is full"),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 2] No such file: 'C:..'\n"
            "HINT: This error might have occurred since this system does not have Windows Long "
            "Path support enabled.",
            "short folder",
        ),
        ("OSError: [WinError 32] it is being used by another process", "close JupyterLab"),
        ("OSError: [Errno 13] Permission denied: 'x'", "No permission"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "damaged"),
        ("ERROR: Package 'x' requires a different Python: 3.10.1 not in '>=3.11'", "delete .venv"),
        (
            "ERROR: Could not find a version that satisfies the requirement torch>=2.11 (from "
            "versions: none)\nERROR: No matching distribution found for torch>=2.11",
            "torch has no build for this Python",
        ),
        (
            "ERROR: Could not find a version that satisfies the requirement setuptools>=77 (from "
            "versions: none)\nERROR: No matching distribution found for setuptools>=77",
            "does not offer setuptools",
        ),
        ("ERROR: ResolutionImpossible: for help visit ...", "exclude each other"),
        ("something nobody has seen before", "could not install"),
    ],
)
def test_pip(output: str, words: str) -> None:
    sentence = explain_pip(output)
    assert words in sentence
    assert "\n" not in sentence


def test_pip_killed_for_memory() -> None:
    assert "memory" in explain_pip("", 137)


def test_a_full_disk_is_named_even_when_the_network_broke_too() -> None:
    assert explain_pip(NO_SUCH_HOST + "OSError: [Errno 28] No space left on device") == NO_ROOM


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", ".venv"), "read or write .venv"),
        (OSError(errno.EISDIR, "Is a directory", "a.ipynb"), "refused a.ipynb: Is a directory"),
    ],
)
def test_operating_system(error: OSError, words: str) -> None:
    assert words in explain_os_error(error)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("RuntimeError: operator torchvision::nms does not exist", "do not belong together; MEND"),
        ("ImportError: _C.so: undefined symbol: _ZN3c10", "do not belong together; MEND"),
        ("OSError: [WinError 126] The specified module could not be found.", "Visual C++"),
        ("Traceback\nImportError: libcudart.so.13", "(ImportError: libcudart.so.13)"),
    ],
)
def test_import(output: str, words: str) -> None:
    sentence = explain_import(output, "MEND").replace("this mends it: MEND", "MEND")
    assert words in sentence


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("The virtual environment was not created successfully because ensurepip is not", NO_VENV),
        ("/usr/bin/python3: No module named venv", NO_VENV),
        ("Error: [Errno 28] No space left on device", NO_ROOM),
        ("Error: [Errno 13] Permission denied: '/x'", "No permission"),
        (
            "Error: Refusing to create a venv in a:b because it contains the PATH separator :",
            "colon",
        ),
        ("Error: something else", "(Error: something else)"),
    ],
)
def test_venv(output: str, words: str) -> None:
    assert words in explain_venv(output)
