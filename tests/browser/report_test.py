"""The HTML report in a browser: what a person would miss if it broke.

    .venv/bin/python tests/browser/report_test.py PAGES KEPT

PAGES holds the pages that tests/e2e/html.rs has the binary write; screenshots and the printed page
are left in KEPT.
"""
from __future__ import annotations

import io
import sys
import unittest
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from pypdf import PdfReader

from browser import Watched, chromium

PAGES, KEPT = (Path(argument) for argument in sys.argv[1:3])
# A page for each kind of account; `many` has more NLBs than the script shows at once.
ALL = ["account", "hostile", "markup", "incomplete", "narrowed", "accepted", "nothing", "many"]
SCHEMES = ["light", "dark"]
VERDICTS = ["removable", "already-direct", "removable-if", "rewirable", "blocked", "not-a-bridge"]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 780}


class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.browser = cls.enterClassContext(chromium())

    def watched(self, name: str, **options: Any) -> Watched:
        options.setdefault("viewport", WIDE)
        watched = Watched(self.browser, PAGES / f"{name}.html", **options)
        self.addCleanup(watched.close)
        return watched

    def open(self, name: str = "account", fragment: str = "", **options: Any) -> Page:
        """A page that is checked for silence at the end of the test."""
        watched = self.watched(name, **options)
        self.addCleanup(lambda: self.assertEqual(watched.wrongs, []))
        return watched.open(fragment)

    def names(self, page: Page) -> list[str]:
        return [name.strip() for name in page.locator("#list tbody th:visible").all_inner_texts()]

    def open_all(self, page: Page, which: str = "details") -> None:
        """Opens sections, and draws those that are far down as well: axe looks at no other."""
        page.evaluate("""which => {
            for (const details of document.querySelectorAll(which)) {
                details.open = true;
                details.style.contentVisibility = "visible";
            }
        }""", which)

    def header(self, page: Page, name: str) -> Any:
        return page.locator("#list thead button", has_text=name)

    def section(self, page: Page, name: str) -> Any:
        heading = page.locator("h3", has_text=name)
        return page.locator("details.nlb", has=heading)

    # What it loads and runs

    def test_a_page_opens_without_a_request_or_a_word_on_the_console(self) -> None:
        for name in ALL:
            for scheme in SCHEMES:
                with self.subTest(name, scheme=scheme):
                    watched = self.watched(name, color_scheme=scheme)
                    page = watched.open()
                    self.assertTrue(page.locator("h1").inner_text())
                    self.assertEqual(watched.wrongs, [])

    def test_names_that_are_markup_are_only_text(self) -> None:
        for name in ["markup", "hostile"]:
            with self.subTest(name):
                page = self.open(name)
                self.assertEqual(page.locator("img, iframe, object, form, base").count(), 0)
                self.assertEqual(page.locator("script").count(), 1)
                self.assertEqual(page.locator("[style], [onerror], [onclick]").count(), 0)
                self.open_all(page)
        page = self.open("markup")
        self.assertIn("<img src=x onerror=alert(1)>", page.locator("#list").inner_text())

    def test_the_policy_is_in_force(self) -> None:
        watched = self.watched("account")
        page = watched.open()
        ran = page.evaluate("""() => {
            const script = document.createElement("script");
            script.append("window.ran = true");
            document.body.append(script);
            return window.ran === true;
        }""")
        self.assertFalse(ran)
        page.evaluate("() => { const i = new Image(); i.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw='; "
                      "document.body.append(i) }")
        page.wait_for_function("() => document.images[0].complete")
        self.assertEqual(page.evaluate("document.images[0].naturalWidth"), 0)
        refused = " ".join(watched.wrongs)
        for directive in ["TrustedScript", "default-src 'none'"]:
            self.assertIn(directive, refused)

    # What a manager reads

    def test_the_headline_counts_what_the_table_shows(self) -> None:
        page = self.open()
        can = page.locator("#list tr[data-verdict=removable], #list tr[data-verdict=already-direct]")
        all_bridges = page.locator("#list tbody tr:not([data-verdict=not-a-bridge])")
        self.assertEqual(page.locator("h1").inner_text(),
                         f"{can.count()} of {all_bridges.count()} bridges can go today")

    def test_a_page_that_is_not_everything_says_so_at_the_top(self) -> None:
        for name, word in [("incomplete", "INCOMPLETE"), ("narrowed", "left out"),
                           ("accepted", "accepted and shown apart")]:
            with self.subTest(name):
                note = self.open(name).locator("[role=note]").first
                self.assertIn(word, note.inner_text())
                self.assertLess(note.bounding_box()["y"], 300)

    # The table

    def test_a_click_sorts_and_a_second_turns_it_round(self) -> None:
        page = self.open()
        as_written = self.names(page)
        self.header(page, "NLB").click()
        self.assertEqual(self.names(page), sorted(as_written))
        self.header(page, "NLB").click()
        self.assertEqual(self.names(page), sorted(as_written, reverse=True))
        self.assertEqual(page.locator("[aria-sort]").count(), 1)
        self.assertEqual(page.locator("[aria-sort]").inner_text(), "NLB")
        self.header(page, "Verdict").click()
        self.assertEqual(page.locator("[aria-sort=ascending]").inner_text(), "Verdict")
        verdicts = page.locator("#list tbody tr").evaluate_all("rows => rows.map(r => r.dataset.verdict)")
        self.assertEqual(verdicts, sorted(verdicts, key=VERDICTS.index))

    def test_the_keyboard_sorts(self) -> None:
        page = self.open()
        page.locator("#find select").last.focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        self.assertEqual(page.locator("[aria-sort=ascending]").inner_text(), "NLB")
        page.keyboard.press("Space")
        self.assertEqual(page.locator("[aria-sort=descending]").inner_text(), "NLB")

    def test_numbers_and_severities_sort_by_what_they_are(self) -> None:
        page = self.open()
        self.header(page, "Methods").click()
        methods = page.locator("#list td[data-label=methods]").all_inner_texts()
        self.assertEqual(methods, sorted(methods, key=int, reverse=True))
        self.assertGreater(int(methods[0]), 9)
        self.header(page, "Gravest").click()
        gravest = page.locator("#list tbody tr td:nth-child(6)").all_inner_texts()
        order = ["blocker", "warning", "info", "none"]
        self.assertEqual(gravest, sorted(gravest, key=order.index))

    def test_savings_sort_by_amount_and_unknown_is_below_nothing(self) -> None:
        page = self.open()
        savings = page.locator("#list td[data-label='saves a month']")
        self.header(page, "Saves a month").click()
        self.assertEqual(page.locator("[aria-sort=descending]").inner_text(), "Saves a month")
        keys = savings.evaluate_all("cells => cells.map(cell => Number(cell.dataset.key))")
        self.assertEqual(keys, sorted(keys, reverse=True))
        self.assertGreater(keys[0], 10)
        # What is read is what it is sorted by: as texts, 9.00 would stand above 18.40.
        told = [text.split()[0] for text in savings.all_inner_texts()]
        exact = [float(text) for text in told if text.replace(".", "").isdigit()]
        self.assertEqual(exact, sorted(exact, reverse=True))
        self.header(page, "Saves a month").click()
        self.assertEqual(savings.evaluate_all("cells => cells.map(cell => Number(cell.dataset.key))"),
                         sorted(keys))

    # The chart of costs

    def bars(self, page: Page) -> list[Any]:
        return page.locator("figure.bill li").all()

    def test_the_dearest_bridges_have_bars_as_long_as_what_they_cost(self) -> None:
        for name in ["account", "many"]:
            with self.subTest(name):
                page = self.open(name)
                bars = self.bars(page)
                bridges = page.locator("#list tbody tr:not([data-verdict=not-a-bridge])").count()
                self.assertEqual(len(bars), min(15, bridges))
                self.assertEqual(page.locator("figure.bill .others").count(), int(bridges > 15))
                widths = [bar.locator("rect.cost").bounding_box()["width"] for bar in bars]
                self.assertEqual(widths, sorted(widths, reverse=True))
                self.assertGreater(widths[-1], 0)
                told = [float(bar.locator("b").inner_text().removeprefix("at least ").split()[0]) for bar in bars]
                self.assertEqual(told, sorted(told, reverse=True))
                for width, amount in zip(widths, told):
                    self.assertAlmostEqual(width / widths[0], amount / told[0], delta=0.02)

    def test_a_bar_says_its_numbers_without_eyes_and_leads_to_its_section(self) -> None:
        page = self.open()
        for bar in self.bars(page):
            name = bar.locator("a").inner_text()
            with self.subTest(name):
                self.assertIn(name, bar.get_by_role("img").locator("title").text_content())
                told = bar.locator("desc").text_content()
                self.assertIn(bar.locator("b").inner_text(), told)
                self.assertIn(bar.locator("small").inner_text(), told)
        bar = self.bars(page)[0]
        name = bar.locator("a").inner_text()
        bar.locator("a").click()
        self.section(page, name).first.locator(".body").wait_for(state="visible")

    def test_a_bar_has_the_colour_and_the_word_of_its_verdict(self) -> None:
        for scheme in SCHEMES:
            page = self.open(color_scheme=scheme)
            colours = set()
            for bar in self.bars(page):
                name = bar.locator("a").inner_text()
                with self.subTest(name, scheme=scheme):
                    row = page.locator("#list tr", has=page.get_by_role("link", name=name, exact=True)).first
                    self.assertEqual(bar.locator(".v").inner_text(), row.locator(".v").inner_text())
                    colour = "element => getComputedStyle(element).color"
                    fill = bar.locator("rect.saved").evaluate("element => getComputedStyle(element).fill")
                    self.assertEqual(fill, row.locator(".v").evaluate(colour))
                    colours.add(fill)
            self.assertGreater(len(colours), 3)

    def test_savings_of_a_month_and_a_year_stand_under_the_headline(self) -> None:
        page = self.open()
        saves = page.locator("h1 + .saves").inner_text()
        self.assertRegex(saves, r"[0-9.]+ USD.* a month, .*[0-9.]+ USD.* a year")

    def test_text_verdict_and_severity_filter_together(self) -> None:
        page = self.open()
        find, verdict, severity = page.locator("#find input, #find select").all()
        everything = self.names(page)
        find.fill("us-east-1")
        in_region = self.names(page)
        self.assertLess(0, len(in_region))
        self.assertLess(len(in_region), len(everything))
        verdict.select_option("blocked")
        blocked = self.names(page)
        self.assertLess(len(blocked), len(in_region))
        self.assertEqual(set(page.locator("#list tbody td:first-child:visible").all_inner_texts()), {"Blocked"})
        self.assertIn(f"of {len(blocked)} NLBs; {len(everything)} without the filter",
                      page.get_by_role("status").inner_text())
        self.assertEqual(page.locator("details.nlb:visible").count(), len(blocked))
        find.fill("nothing is called so")
        self.assertEqual(self.names(page), [])
        self.assertIn("No NLB matches", page.get_by_role("status").inner_text())
        find.fill("")
        verdict.select_option("")
        severity.select_option("3")
        gravest = page.locator("#list tbody td:nth-child(6):visible").all_inner_texts()
        self.assertEqual(set(gravest), {"blocker"})

    def test_an_nlb_is_found_by_its_api_and_by_a_finding(self) -> None:
        page = self.open()
        for words in ["billing-api", "draft-differs-from-stage", "BILLING-API draft"]:
            with self.subTest(words):
                page.locator("#find input").fill(words)
                self.assertIn("billing-nlb", self.names(page))
                self.assertLess(len(self.names(page)), 4)

    def test_the_chart_leads_to_what_it_counts(self) -> None:
        page = self.open()
        for part in page.locator(".tally li, .holds > li:visible").all():
            number = int(part.locator("b").inner_text())
            part.locator("a").click()
            with self.subTest(part.inner_text()):
                self.assertEqual(len(self.names(page)), number)

    def test_many_nlbs_are_shown_page_by_page(self) -> None:
        page = self.open("many")
        total = page.locator("#list tbody tr").count()
        on_page = int(page.locator("#list").get_attribute("data-page"))
        self.assertLess(2 * on_page, total)
        first = self.names(page)
        self.assertEqual(len(first), on_page)
        self.assertTrue(page.get_by_role("button", name="Previous").is_disabled())
        page.get_by_role("button", name="Next").click()
        self.assertFalse(set(first) & set(self.names(page)))
        told = page.get_by_role("status").inner_text()
        self.assertIn(f"{on_page + 1} to {2 * on_page} of {total} NLBs", told)
        page.get_by_role("button", name="Next").click()
        self.assertEqual(len(self.names(page)), total - 2 * on_page)
        self.assertTrue(page.get_by_role("button", name="Next").is_disabled())

    # Sections

    def test_a_name_leads_to_its_section(self) -> None:
        for scripts in [True, False]:
            with self.subTest(scripts=scripts):
                page = self.open(java_script_enabled=scripts)
                page.locator("#list").get_by_role("link", name="billing-nlb").click()
                body = self.section(page, "billing-nlb").locator(".body")
                body.wait_for(state="visible")
                self.assertIn("before and after", body.inner_text().lower())
                self.assertLess(abs(self.section(page, "billing-nlb").bounding_box()["y"]), WIDE["height"])

    def test_a_section_that_was_closed_opens_again(self) -> None:
        page = self.open()
        link = page.locator("#list").get_by_role("link", name="billing-nlb")
        link.click()
        self.section(page, "billing-nlb").locator("summary").click()
        self.assertFalse(self.section(page, "billing-nlb").locator(".body").is_visible())
        link.click()
        self.assertTrue(self.section(page, "billing-nlb").locator(".body").is_visible())

    def test_an_address_leads_to_a_section_that_is_on_no_page(self) -> None:
        for scripts in [True, False]:
            with self.subTest(scripts=scripts):
                page = self.open("many", "#nlb-205", java_script_enabled=scripts)
                page.locator("#nlb-205 h4").first.wait_for(state="visible")

    def test_a_section_of_many_is_made_when_it_is_opened(self) -> None:
        page = self.open("many")
        self.assertEqual(page.locator("details.nlb h4").count(), 0)
        page.locator("details.nlb summary").nth(3).click()
        page.locator("#nlb-4 figure").first.wait_for(state="visible")
        self.assertEqual(page.locator("details.nlb:has(h4)").count(), 1)

    def test_before_and_after_are_told_without_eyes(self) -> None:
        page = self.open(fragment="#nlb-1")
        for name in ["orders-nlb", "billing-nlb"]:
            section = self.section(page, name)
            section.evaluate("section => { section.open = true }")
            drawings = section.get_by_role("img").all()
            self.assertEqual(len(drawings), 2)
            today, after = (drawing.get_attribute("aria-label") for drawing in drawings)
            self.assertIn(f"NLB {name}:80 (", today)
            self.assertRegex(today, r"\((goes|would go) away\)")
            self.assertNotIn(f"NLB {name}", after)
            self.assertIn("VPC link v2", after)
        self.assertIn("would go away", today)

    # Without a script, on paper, for everybody

    def test_everything_is_there_without_scripts(self) -> None:
        for name in ["account", "many"]:
            with self.subTest(name):
                page = self.open(name, java_script_enabled=False)
                rows = page.locator("#list tbody tr")
                self.assertEqual(page.locator("#list tbody tr:visible").count(), rows.count())
                self.assertEqual(page.locator("details.nlb:visible").count(), rows.count())
                self.assertEqual(page.locator("button:visible, input:visible, select:visible").count(), 0)
                self.section(page, self.names(page)[0]).first.locator("summary").click()
                self.assertTrue(page.locator("#nlb-1").is_visible())

    def test_paper_has_every_row_and_every_section_and_no_controls(self) -> None:
        for name, scripts in [("account", True), ("account", False), ("many", True)]:
            with self.subTest(name, scripts=scripts):
                page = self.open(name, java_script_enabled=scripts)
                names = [text.strip() for text in page.locator("#list tbody th").all_text_contents()]
                printed = page.pdf(format="A4")
                (KEPT / f"{name}.pdf").write_bytes(printed)
                pages = PdfReader(io.BytesIO(printed)).pages
                text = " ".join("\n".join(sheet.extract_text() for sheet in pages).split())
                for name_ in names:
                    # In the table and over its section.
                    self.assertGreaterEqual(text.count(name_), 2, name_)
                self.assertEqual(text.count("WAYS OF THE REQUESTS"), len(names))
                self.assertNotIn("Back to all NLBs", text)
                self.assertNotIn("without the filter", text)

    def test_nobody_is_shut_out(self) -> None:
        axe = Axe()
        for name in ALL:
            for scheme in SCHEMES:
                for viewport in [WIDE, NARROW] if name == "account" else [WIDE]:
                    with self.subTest(name, scheme=scheme, width=viewport["width"]):
                        # The policy would keep the tool out, too.
                        watched = self.watched(name, color_scheme=scheme, viewport=viewport, bypass_csp=True)
                        page = watched.open()
                        if name == "account":
                            # One of each verdict has everything that any has.
                            for verdict in VERDICTS:
                                has = f"details.nlb:has(summary .v-{verdict})"
                                self.open_all(page, f"{has}:not({has} ~ *)")
                        self.open_all(page, ".more")
                        found = axe.run(page)
                        self.assertEqual(found.violations_count, 0, found.generate_report())

    def test_nothing_is_wider_than_a_telephone(self) -> None:
        for name in ALL:
            with self.subTest(name):
                page = self.open(name, viewport=NARROW)
                self.open_all(page)
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), NARROW["width"])

    def test_pictures_are_kept(self) -> None:
        for kind, width, scheme, medium in [
            ("light", 1280, "light", "screen"), ("dark", 1280, "dark", "screen"),
            ("light-390", 390, "light", "screen"), ("dark-390", 390, "dark", "screen"),
            ("print", 760, "light", "print"),
        ]:
            with self.subTest(kind):
                page = self.open(viewport={"width": width, "height": 1000}, color_scheme=scheme)
                page.emulate_media(media=medium)
                self.section(page, "billing-nlb").evaluate("section => { section.open = true }")
                page.evaluate("""async () => {
                    for (let y = 0; y < document.body.scrollHeight; y += 800) {
                        scrollTo(0, y);
                        await new Promise(requestAnimationFrame);
                    }
                    scrollTo(0, 0);
                }""")
                picture = KEPT / f"{kind}.png"
                page.screenshot(path=picture, full_page=True)
                self.assertGreater(picture.stat().st_size, 50_000)


if __name__ == "__main__":
    KEPT.mkdir(parents=True, exist_ok=True)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
