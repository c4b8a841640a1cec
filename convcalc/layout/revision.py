"""Files of a git revision, read without a checkout.

Git is asked with resolved object ids alone, never with a user's string as an option; nothing is fetched, no filter
or hook of the repository runs.
"""

from __future__ import annotations

import os
import posixpath
import subprocess

from convcalc.errors import ConvcalcError, Diagnostic
from convcalc.layout.source import LARGEST_FILE, decode, refused, too_large

REGULAR = ("100644", "100755")
# Whatever the repository's own settings say, no command of theirs runs.
QUIET = (
    *("--no-pager", "--no-replace-objects", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "diff.external="),
)
ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


class Revision:
    """The tree of one commit. Paths are those of the repository, with slashes."""

    def __init__(self, name: str, commit: str) -> None:
        self.name = name
        self.commit = commit

    def text(self, path: str, shown: str) -> str:
        """The text of a regular file.

        Raises:
            ConvcalcError: when the revision has no such file, or it is a link, a directory, too large or not UTF-8.
        """
        entry = git("ls-tree", "-z", "--full-tree", self.commit, "--", posixpath.normpath(path))
        fields = entry.split(b"\t")[0].split() if entry else []
        if len(fields) != 3:
            raise refused("file-missing", f"{self.name} has no file {path}", "paths of a revision start at the top of the repository")
        mode, kind, blob = (field.decode() for field in fields)
        if kind != "blob" or mode not in REGULAR:
            raise refused("file-kind", f"{shown} is not a regular file")
        if int(git("cat-file", "-s", blob) or b"0") > LARGEST_FILE:
            raise too_large(shown)
        return decode(git("cat-file", "blob", blob) or b"", shown)

    def moves(self) -> dict[str, str | None]:
        """Files that have another name or none in the index: what became of each."""
        listed = git("diff-index", "--cached", "--name-status", "-z", "--find-renames", "--diff-filter=RD", self.commit) or b""
        fields = [field.decode("utf-8", "surrogateescape") for field in listed.split(b"\0")[:-1]]
        found: dict[str, str | None] = {}
        while fields:
            status, old = fields.pop(0), fields.pop(0)
            found[old] = fields.pop(0) if status.startswith("R") else None
        return found

    def inside(self, path: str, top: str) -> bool:
        """Whether a path stays in a directory; a tree holds no links that are followed."""
        normal, directory = posixpath.normpath(path), posixpath.normpath(top or ".")
        return not normal.startswith("..") and (directory == "." or normal.startswith(directory + "/"))


def revision(name: str) -> Revision | None:
    """A commit by any name that git has for it; None where there is none."""
    if not name or name.startswith("-") or "\0" in name:
        return None
    found = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    commit = (found or b"").decode().strip()
    return Revision(name, commit) if commit else None


def known_revision(name: str) -> Revision:
    """A commit by name.

    Raises:
        ConvcalcError: with the command that brings it, where the clone is shallow.
    """
    found = revision(name)
    if found is None:
        raise ConvcalcError(Diagnostic("unknown-revision", f"git knows no revision `{name}` here", None, fetch_hint(name)))
    return found


def fetch_hint(name: str) -> str:
    """How to bring a revision that is not here."""
    if (git("rev-parse", "--is-shallow-repository") or b"").strip() == b"true":
        branch = name.removeprefix("origin/")
        return f"the clone is shallow: git fetch --depth=1 origin {branch}:refs/remotes/origin/{branch}"
    if git("rev-parse", "--git-dir") is None:
        return "run it inside a git repository"
    return "git branch --all lists what there is"


def repository_path(path: str) -> str:
    """A path from the current directory as the repository names it."""
    prefix = (git("rev-parse", "--show-prefix") or b"").decode("utf-8", "surrogateescape").removesuffix("\n")
    return posixpath.normpath(posixpath.join(prefix, path))


def path_here(path: str) -> str:
    """A path of the repository from the current directory."""
    return posixpath.relpath(path, repository_path("."))


def git(*arguments: str) -> bytes | None:
    """What git prints; None where it fails or is not there."""
    command = ["git", *QUIET, *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, env={**os.environ, **ENVIRONMENT}, check=False, timeout=60, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
    return done.stdout if done.returncode == 0 else None
