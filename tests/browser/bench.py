"""How fast the HTML report of a large account is in a browser: the bounds of docs/performance.md,
asserted.

    .venv/bin/python tests/browser/bench.py

It builds what `make bench` builds, has it make up an account and write its report, and opens that.
"""
from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from browser import Watched, chromium

NLBS = 5_000
APIS, METHODS_PER_API = 10_000, 5
ROUNDS = 5
# Seconds.
MOST_TO_OPEN = 3.0
MOST_TO_SORT = 0.3

# From the press of a key or a button to the frame that shows what it did.
UNTIL_SHOWN = """async (act) => {
    const begun = performance.now();
    act();
    await new Promise(done => requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = done;
        channel.port2.postMessage(null);
    }));
    return (performance.now() - begun) / 1000;
}"""


def built() -> dict[str, str]:
    """The benchmark's and the tool's own programs, by name."""
    command = ["cargo", "bench", "--package", "unbridge", "--no-default-features", "--bench", "scale",
               "--no-run", "--message-format", "json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    told = (json.loads(line) for line in done.stdout.splitlines())
    return {one["target"]["name"]: one["executable"] for one in told if one.get("executable")}


def report(folder: Path) -> Path:
    programs = built()
    snapshot, page = folder / "account.jsonl", folder / "report.html"
    numbers = [str(number) for number in (APIS, METHODS_PER_API, NLBS)]
    subprocess.run([programs["scale"], "generate", snapshot, *numbers], check=True)
    subprocess.run([programs["unbridge"], "report", "--snapshot", snapshot, "-o", page], check=True)
    return page


def opened(browser: Browser, path: Path) -> tuple[float, Watched]:
    """Seconds until the page is there, read whole and drawn."""
    watched = Watched(browser, path, viewport={"width": 1280, "height": 900})
    begun = time.monotonic()
    page = watched.open()
    page.evaluate(f"({UNTIL_SHOWN})(() => {{}})")
    return time.monotonic() - begun, watched


def sorted_by(page: Page, column: int) -> float:
    return page.evaluate(f"""() => {{
        const button = document.querySelectorAll("#list thead button")[{column}];
        return ({UNTIL_SHOWN})(() => button.click());
    }}""")


def filtered_by(page: Page, text: str) -> float:
    return page.evaluate(f"""() => {{
        const field = document.querySelector("#find input");
        return ({UNTIL_SHOWN})(() => {{
            field.value = {json.dumps(text)};
            field.dispatchEvent(new Event("input"));
        }});
    }}""")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = report(Path(folder))
        print(f"{NLBS} NLBs: {path.stat().st_size / 1e6:.1f} MB of HTML, "
              f"{path.stat().st_size / NLBS / 1e3:.1f} kB each")
        opens, sorts, filters = [], [], []
        for _ in range(ROUNDS):
            seconds, watched = opened(browser, path)
            opens.append(seconds)
            page = watched.page
            columns = page.locator("#list thead button").count()
            sorts.append([sorted_by(page, column) for column in [*range(columns)] * 2])
            filters.append([filtered_by(page, text) for text in ["a", "no-such-nlb", "", "nlb"]])
            assert page.locator("#list tbody tr").count() == NLBS
            assert watched.wrongs == [], watched.wrongs
            watched.close()
        # The worst column counts, in the middle one of the rounds.
        figures = [("open", statistics.median(opens), MOST_TO_OPEN),
                   ("sort", statistics.median(map(max, sorts)), MOST_TO_SORT),
                   ("filter", statistics.median(map(max, filters)), MOST_TO_SORT)]
        for what, seconds, most in figures:
            print(f"{what:>8} {seconds * 1000:>7.0f} ms of {most * 1000:.0f} ms")
        missed = [what for what, seconds, most in figures if seconds > most]
        if missed:
            print(f"slower than the bound: {', '.join(missed)}", file=sys.stderr)
        return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
