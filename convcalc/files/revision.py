"""Files of a git revision, read without a checkout.

Git is asked with resolved object ids alone, never with a user's string as an option; nothing is fetched, no filter
or hook of the repository runs.
"""

from __future__ import annotations

import os
import posixpath
import re
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
        prefix = git("rev-parse", "--show-prefix") or b""
        self.prefix = prefix.decode("utf-8", "surrogateescape").removesuffix("\n")  # where the current directory is in it

    def path(self, here: str) -> str:
        """A path from the current directory as the repository names it."""
        inside = posixpath.relpath(os.path.realpath(here), os.path.realpath(".")) if posixpath.isabs(here) else here
        return posixpath.normpath(posixpath.join(self.prefix, inside))

    def here(self, path: str) -> str:
        """A path of the repository from the current directory."""
        return posixpath.relpath(path, self.prefix or ".")

    def text(self, path: str, shown: str) -> str:
        """The text of a regular file.

        Raises:
            ConvcalcError: when the revision has no such file, or it is a link, a directory, too large or not UTF-8.
        """
        return decode(self.data(path, shown), shown)

    def data(self, path: str, shown: str) -> bytes:
        """The bytes of a regular file, refused as `text` refuses it."""
        name = posixpath.normpath(path)
        inside = not name.startswith("..")
        entry = asked("ls-tree", "-z", "--full-tree", self.commit, "--", name) if inside else b""
        fields = entry.split(b"\t")[0].split()
        if len(fields) != 3:
            if inside:
                self.check_parents(name, shown)
            raise refused("file-missing", f"{self.name} has no file {path}", "paths of a revision start at the top of the repository")
        mode, kind, blob = (field.decode() for field in fields)
        if kind != "blob" or mode not in REGULAR:
            raise refused("file-kind", f"{shown} is not a regular file")
        if int(asked("cat-file", "-s", blob)) > LARGEST_FILE:
            raise too_large(shown)
        return asked("cat-file", "blob", blob)

    def check_parents(self, path: str, shown: str) -> None:
        """Refuse what lies behind a link or in another repository: it is not that there was none."""
        parents = [parent for number in range(path.count("/")) if (parent := "/".join(path.split("/")[: number + 1]))]
        found = asked("ls-tree", "-z", "--full-tree", self.commit, "--", *parents) if parents else b""
        if any(entry.startswith((b"120000", b"160000")) for entry in found.split(b"\0")):
            raise refused("file-kind", f"{shown} lies behind a link or in a submodule", "name the file itself, in its own repository")

    def files(self) -> list[str]:
        """The paths of all regular files that a directory shows: hidden ones and links are not, as nowhere here."""
        listed = asked("ls-tree", "-r", "-z", "--full-tree", self.commit).decode("utf-8", "surrogateescape")
        entries = [entry.split("\t", 1) for entry in listed.split("\0")[:-1]]
        return [path for about, path in entries if about.startswith(REGULAR) and "/." not in f"/{path}"]

    def unseen(self) -> set[str]:
        """Files of the index that a sparse checkout leaves out."""
        listed = asked("ls-files", "-z", "-t", "--full-name", "--", self.here(".")).decode("utf-8", "surrogateescape")
        return {entry[2:] for entry in listed.split("\0") if entry.startswith("S ")}

    def moves(self) -> dict[str, str | None]:
        """Files that have another name or none in the index: what became of each."""
        listed = asked("diff-index", "--cached", "--name-status", "-z", "--find-renames", "--diff-filter=RD", self.commit)
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
        remotes = (git("remote") or b"").decode().split()
        remote, slash, branch = name.partition("/")
        if not slash or remote not in remotes:
            remote, branch = "origin", name
        if not re.fullmatch(r"[\w./-]+", branch) or re.fullmatch(r"[0-9a-f]{7,}|.*HEAD.*", branch):
            return "the clone is shallow: git fetch --unshallow"
        then = "" if name != branch else f", then name it {remote}/{branch}"
        return f"the clone is shallow: git fetch --depth=1 {remote} {branch}:refs/remotes/{remote}/{branch}{then}"
    if git("rev-parse", "--git-dir") is None:
        return "run it inside a git repository"
    return "git branch --all lists what there is"


def asked(*arguments: str) -> bytes:
    """What git prints.

    Raises:
        ConvcalcError: where it fails: in a partial clone the object may not be here, and nothing is fetched for it.
    """
    found = git(*arguments)
    if found is None:
        hint = "is the clone partial? fetch the whole of it: git fetch --refetch --no-filter"
        raise refused("git-failed", f"git {arguments[0]} failed", hint)
    return found


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
