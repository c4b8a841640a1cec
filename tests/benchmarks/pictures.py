"""Screenshots of pages and pictures, to be looked at: python tests/benchmarks/pictures.py FOLDER [NAME...]

Needs chromium and playwright (convcalc[browser]), for an imported model also torch or a path to an ONNX file as CONVCALC_ONNX.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playwright.sync_api import sync_playwright

from convcalc.cli import main as convcalc
from tests.pages import COMMANDS, many_layers

NETWORKS = ("resnet50", "mobilenet_v2", "densenet201", "swin_t", "unet")
PICTURED = ("summary", "memory", "roofline", "compare")


def commands(folder: Path) -> dict[str, tuple[str, ...]]:
    """What is drawn: networks of many kinds, and a page of each command."""
    found = {name: ("summary", name) for name in NETWORKS}
    found["many"] = ("summary", str(many_layers(folder, 10_000)))
    if model := os.environ.get("CONVCALC_ONNX"):
        found["onnx"] = ("summary", model)
    return found | {f"command-{name}": command for name, command in COMMANDS.items()}


def main(folder: Path, wanted: list[str]) -> None:
    """Write a PNG a page, at two widths, light and dark; and one a picture."""
    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, command in commands(folder).items():
            if wanted and name not in wanted:
                continue
            kinds = ("html", "svg") if command[0] in PICTURED else ("html",)
            for kind in kinds:
                file = folder / f"{name}.{kind}"
                convcalc([*command, "--output", str(file)])
                for width in (1280, 390) if kind == "html" else (920,):
                    for scheme in ("light", "dark"):
                        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                        page.goto(file.resolve().as_uri())
                        page.screenshot(path=folder / f"{name}-{kind}-{width}-{scheme}.png", full_page=kind == "html")
                        page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
