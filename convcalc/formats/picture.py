"""Pictures as PNG and PDF by matplotlib, the same bytes at every run. The only file that imports it."""

from __future__ import annotations

import io
import os
from typing import Any

from convcalc.errors import usage

SVG = ".svg"
BY_MATPLOTLIB = (".png", ".pdf")


def check_file(file: str) -> None:
    """Refuse what no picture can be written to, before anything is computed. An SVG needs no matplotlib.

    Raises:
        ConvcalcError: for a suffix that names no picture, and for PNG and PDF where matplotlib is not installed.
    """
    if file.endswith(SVG):
        return
    if not file.endswith(BY_MATPLOTLIB):
        raise usage(f"--plot {file}: its suffix names no picture", "write FILE.svg, FILE.png or FILE.pdf")
    try:
        import_matplotlib()
    except ImportError:
        hint = "install it: pip install 'convcalc[plot]'; FILE.svg needs nothing"
        raise usage(f"--plot {file} needs matplotlib", hint) from None


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
    """A figure as PNG or PDF, by the suffix of a file's name."""
    out = io.BytesIO()
    figure.savefig(out, format=file[-3:], metadata={"CreationDate": None} if file.endswith(".pdf") else {"Software": None})
    return out.getvalue()


def literal(text: str) -> str:
    """A text as it stands: matplotlib takes what is between dollar signs for a formula."""
    return text.replace("$", r"\$")
