"""HTML: one file that needs nothing, loads nothing and lets nothing from the image out of its place."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from forensic.model import (
    Account,
    Evidence,
    FileTime,
    Gap,
    HiveInfo,
    Problem,
    Profile,
    RawDigest,
    Sid,
    SourceInfo,
    StateComparison,
    TableRow,
    TimelineEntry,
    Verdict,
    VolumeInfo,
)
from forensic.model.report import Product
from forensic.reporting.formats import html
from forensic.reporting.formats.html.timeline_picture import lay_out
from tests.builders.report import CONFIG, INSTALLED, STORIES, fact, installation, report

EVIL = (
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "' onmouseover='document.title=1' x='",
    "</style><script>document.title='owned'</script>",
    "</title></bdi></details></section></main><h1>Acquitted</h1>",
    "<svg onload=document.title='owned'><a xlink:href='javascript:1'>",
    "javascript:alert(1)",
    "--><!-- <![CDATA[ &lt;b&gt; &#x3c;",
    "\u202egpj.exe\u202c \u05d0\u05d1\u05d2 \u0627\u0644\u0639",
    "http://203.0.113.7/beacon.png",
)
TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "article", "section", "h1", "h2", "h3", "p", "b", "bdi", "span", "div", "dl",
    "dt", "dd", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "pre", "br", "a", "label", "input",
    "svg", "desc", "line", "circle", "text", "rect",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "id", "scope", "tabindex", "href", "viewbox", "role", "aria-labelledby",
    "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "text-anchor", "type", "width", "height", "open", "checked",
}  # fmt: skip


class Seen(HTMLParser):
    """Tags, attributes and text of a document."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.links, self.names, self.open, self.words = Counter(), set(), [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]
        self.names += [value for name, value in attrs if name == "id"]
        if tag not in ("meta", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.words.append(data)


def text_of(*reports):
    return "".join(html.render(reports))


def draw(entries, name, width):
    picture = lay_out(entries, width)
    return html.environment().get_template("timeline.svg").render(picture=picture, id=name, link="t") if picture else ""


def story(count):
    moments = [(FileTime(INSTALLED + number**4 * 10**9), number) for number in range(count)]
    return tuple(
        TimelineEntry(str(at)[: -1 if number % 5 == 0 else None], "specialized", f"Moment {number}", (0,), number % 5 == 0)
        for at, number in moments
    )


def hostile(evil):
    """A report in which every text is hostile."""
    row = TableRow(evil, evil, evil, "equal", {evil: "possible"}, "none", evil, True)
    place = {"file": evil, "key": evil, "name": evil, "field": evil, "profile": evil, "volume": evil}
    one = installation(
        id=evil, volume=evil, system_root=evil, computer_name=evil, product=Product(evil, evil, evil, evil, evil, None),
        facts=(fact(evil, evil, **place), fact("x", {evil: [{evil: evil}]}, **place), fact(evil, evil, raw=RawDigest(evil, 1), **place)),
        accounts=(Account(Sid(evil), 1, evil),), profiles=(Profile(Sid(evil), evil), Profile(None, evil)),
        hives=(HiveInfo(evil, 1, True, "none", (evil,)),),
        gaps=(Gap(evil, "malformed", evil, evil), Gap(evil, "not-found", f"{evil} > x", evil)),
        evidence=(Evidence(evil, evil, evil, "weak", evil, evil, (0, 1, 2, 77)), Evidence(evil, "installed", "", "weak", evil, evil)),
        timeline=(TimelineEntry(evil, evil, evil, (0, 77), True), TimelineEntry(str(INSTALLED), evil, evil)),
        verdict=Verdict(evil, "suspect", "indicated", evil, (evil,), (evil,), (evil,), evil, evil, (evil,)), earlier_state_of=evil,
        earlier_states=(StateComparison(evil, evil, "strong", (evil,), (row,)),),
    )  # fmt: skip
    source = SourceInfo(evil, evil, 1, (evil, evil + "2"), 4096, {evil: evil})
    volumes = (VolumeInfo(evil, "mbr", 0, 1, evil, evil, evil, evil),)
    return report(evil, [one, one], source=source, volumes=volumes, problems=(Problem("error", evil, evil),), stats={evil: {evil: evil}})


@pytest.mark.parametrize("name", STORIES)
def test_a_report_is_well_formed_and_uses_no_more_than_it_needs(name):
    seen = Seen(text_of(STORIES[name](), STORIES["ordinary"]()))
    assert not seen.open
    assert seen.tags.keys() <= TAGS
    assert seen.attributes <= ATTRIBUTES
    assert len(set(seen.names)) == len(seen.names)
    assert {link.removeprefix("#") for link in seen.links} <= set(seen.names)


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_from_the_image_breaks_out(evil):
    seen, tame = Seen(text_of(hostile(evil))), Seen(text_of(hostile("tame")))
    assert seen.tags == tame.tags
    assert seen.attributes == tame.attributes
    assert seen.links == tame.links
    assert seen.names == tame.names


def test_hidden_and_reordering_characters_are_shown_as_escapes():
    text = text_of(hostile("a\u202eb\x1b\u200b"))
    assert not set("\u202e\x1b\u200b") & set(text)
    assert r"a\u202eb\x1b\u200b" in text


def test_a_name_of_any_length_is_there_whole():
    assert "x" * 10_000 in text_of(hostile("x" * 10_000))


def test_the_policy_allows_this_style_and_nothing_else():
    text = text_of(STORIES["ordinary"]())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules == {
        "default-src": "'none'", "style-src": f"'sha256-{digest}'", "img-src": "data:", "script-src": "'none'", "base-uri": "'none'",
        "form-action": "'none'",
    }  # fmt: skip
    assert text.index("Content-Security-Policy") < text.index("<style>")
    assert not re.search(r"url\(|@import|https?:|style=", text)


def test_what_the_report_says_is_there():
    one = STORIES["relocated"]()
    words = " ".join("".join(Seen(text_of(one)).words).split())
    (inside,) = one.installations
    for part in (
        "Moved to other hardware or another disk, not generalized", inside.verdict.summary, *inside.verdict.not_excluded,
        *inside.verdict.remedies, *(evidence.because for evidence in inside.evidence), *(gap.artifact for gap in inside.gaps),
        *(account.name for account in inside.accounts), *(profile.path for profile in inside.profiles), str(inside.machine_sid),
        *(problem.what for problem in one.problems), "recovered from a transaction log", "BitLocker",
    ):  # fmt: skip
        assert part in words


def test_bytes_are_dumped_with_their_offsets_in_the_file():
    raw = bytes(range(0x30, 0x44)).hex()
    text = text_of(report(installations=[installation(facts=(fact("x", "y", CONFIG + "SAM", offset=0x640C, raw=raw),))]))
    assert "0000640c  30 31 32 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f  0123456789:;&lt;=&gt;?" in text
    assert "0000641c  40 41 42 43" in text
    text = text_of(report(installations=[installation(facts=(fact("x", "y", CONFIG + "SAM", offset=None, raw="00ff"),))]))
    assert "+00000000  00 ff" in text


def test_a_saved_report_may_hold_bytes_that_are_none():
    assert "no hex" in text_of(report(installations=[installation(facts=(fact("x", "y", CONFIG + "SAM", raw="no hex"),))]))


@pytest.mark.parametrize("count", [1, 3, 12, 200])
@pytest.mark.parametrize("width", [330, 960])
def test_marks_in_the_picture_stay_apart_and_count_every_moment(count, width):
    seen = draw(story(count), "t-broad", width)
    marks = sorted(float(x) for x in re.findall(r'<circle class="\w+" cx="([\d.]+)"', seen))
    assert all(right - left > 33 for left, right in pairwise(marks))
    assert all(20 < x < width - 20 for x in marks)
    assert seen.count("<circle") + sum(int(n) - 1 for n in re.findall(r'class="count"[^>]*>(\d+)<', seen)) == count
    assert f"{count} moments from 2021-03-04" in seen


def test_a_picture_needs_moments_that_can_be_placed():
    assert draw((), "t-broad", 960) == ""
    assert draw((TimelineEntry("never", "x", "y"), TimelineEntry("+12345-01-01T00:00:00.0000000Z", "x", "y")), "t-broad", 960) == ""


def test_earlier_states_stand_beside_today_with_the_whole_table():
    row = TableRow(
        "machine-sid", "S-1-5-21-1", "S-1-5-21-2", "differs", {"time": "contradicted", "sid-changed": "expected"}, "strong", "sid", True
    )
    state = StateComparison("p2/RegBack", "an earlier copy of the hives", "strong", ("sid-changed", "specialized-upgraded"), (row,))
    words = " ".join(" ".join(Seen(text_of(report(installations=[installation(earlier_states=(state,))]))).words).split())
    assert "an earlier copy of the hives ( p2/RegBack ): explained by SID changed or specialized, upgraded; common origin strong" in words
    assert "machine-sid S-1-5-21-1 S-1-5-21-2 differs contradicted expected strong yes" in words
    assert "Earlier states" not in text_of(STORIES["ordinary"]())


def test_a_local_time_is_hollow_and_said_to_be_local():
    text = text_of(report(installations=[installation(timeline=(TimelineEntry("2019-12-07T01:15:05.0000000", "x", "y", (), True),))]))
    assert 'class="local"' in text
    assert "<b>local time</b>" in text


# In a real browser.

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-default-apps", "--hide-scrollbars", "--enable-logging=stderr",
)  # fmt: skip


def browse(folder, text, *options):
    """Return the document as Chromium understood it, and what its console said."""
    page = folder / "page.html"
    page.write_text(text, encoding="utf-8")
    root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    command = [CHROMIUM, *QUIET, *root, f"--user-data-dir={folder / 'profile'}", *options, page.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    return done.stdout.decode(), [line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_browser_runs_and_loads_nothing(tmp_path):
    log = tmp_path / "net.json"
    document, console = browse(tmp_path, text_of(*map(hostile, EVIL), STORIES["relocated"]()), "--dump-dom", f"--log-net-log={log}")
    assert console == []
    assert not {"script", "img", "iframe", "link"} & Seen(document).tags.keys()
    assert "<title>11 sources - forensic</title>" in document
    assert "203.0.113.7" not in log.read_text(encoding="utf-8", errors="replace")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_browser_would_have_said_so(tmp_path):
    evil = '<script>document.title="owned"</script><p style="color:red"><img src="http://203.0.113.7/beacon.png">'
    document, console = browse(tmp_path, text_of(STORIES["ordinary"]()).replace("<h1>", evil + "<h1>"), "--dump-dom")
    assert len(console) == 3  # the policy stops all three
    assert "<title>installed: WS-042 - forensic</title>" in document
