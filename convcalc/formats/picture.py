"""Pictures by matplotlib, the same bytes at every run. The only file that imports it."""

from __future__ import annotations

import io
import os
from typing import Any

from convcalc.errors import usage


def check_file(file: str) -> None:
    """Refuse what no picture can be written to, before anything is computed.

    Raises:
        ConvcalcError: for a suffix that names no picture, and where matplotlib is not installed.
    """
    if not file.endswith((".svg", ".png")):
        raise usage(f"--plot {file}: its suffix names no picture", "write FILE.svg or FILE.png")
    try:
        import_matplotlib()
    except ImportError:
        raise usage("--plot FILE needs matplotlib", "install it: pip install 'convcalc[plot]'") from None


def import_matplotlib() -> None:
    """Import it from a folder of its own: it reads settings from the current one, which a checkout may bring along."""
    here = os.getcwd()
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    try:
        import matplotlib  # noqa: F401
    finally:
        os.chdir(here)


def new_figure() -> Any:
    """An empty figure."""
    import_matplotlib()
    from matplotlib.figure import Figure

    return Figure(figsize=(7, 4.5), layout="constrained")


def saved(figure: Any, file: str) -> bytes:
    """A figure as SVG or PNG, by the suffix of a file's name."""
    import matplotlib

    kind, out = file[-3:], io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "convcalc"}):
        figure.savefig(out, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return out.getvalue()


def literal(text: str) -> str:
    """A text as it stands: matplotlib takes what is between dollar signs for a formula."""
    return text.replace("$", r"\$")
