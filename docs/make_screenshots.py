"""Make the pictures of README.md: the report of `make train`, and the labelling screen with the comments of `seeds/`.

Run `python docs/make_screenshots.py` when what they show has changed. It needs the extra `label` and a Chromium
browser.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import stance
from stance.annotation import session_setup
from stance.annotation.terminal_screen import AnnotationApp

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SCREEN_SIZE = (100, 18)  # columns and rows
REPORT_SIZE = (1000, 830)  # pixels


def find_browser() -> str:
    """Return the path of a Chromium browser."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    raise SystemExit(f"no browser found: install one of {', '.join(BROWSERS)}")


def photograph(browser: str, page: Path, image: Path, size: tuple[int, int]) -> None:
    """Save a picture of the top of a page."""
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={size[0]},{size[1]}"]
    command = [browser, *options, f"--screenshot={image}", page.resolve().as_uri()]
    subprocess.run(command, check=True, capture_output=True)


def draw_labelling_screen(sheet: Path) -> str:
    """Return the labelling screen with the first comment of a sheet as SVG."""

    async def draw() -> str:
        options = session_setup.SessionOptions("aida", "random", 0, 0.0, 0.0)
        with session_setup.open_labelling_session(sheet, None, options, None) as opened:
            app = AnnotationApp(opened.session, f"{sheet.name}, {options.annotator}, {options.order}", opened.writer)
            async with app.run_test(size=SCREEN_SIZE) as pilot:
                await pilot.pause()
                return app.export_screenshot(title=f"stance label {sheet.name} --annotator {options.annotator}")

    return asyncio.run(draw())


def main() -> None:
    """Make all pictures."""
    browser = find_browser()
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stance.train(ROOT / "labels" / "csto.csv", folder / "models" / "stance.joblib")
        photograph(browser, folder / "models" / "report.html", IMAGES / "report.png", REPORT_SIZE)
        shutil.copy(ROOT / "labels" / "codebook.toml", folder)
        stance.collect([ROOT / "seeds"], folder / "comments.csv")
        drawing = folder / "labelling.svg"
        drawing.write_text(draw_labelling_screen(folder / "comments.csv"), encoding="utf-8")
        width, height = map(float, re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawing.read_text("utf-8"))[0])
        photograph(browser, drawing, IMAGES / "labelling.png", (round(width), round(height)))


if __name__ == "__main__":
    main()
