"""The report as a person reads it on a terminal or on paper: the verdict first, problems last.

Nothing that came from evidence acts on the terminal or is taken for markup: all of it passes `words.shown`. Nothing is cut
off without saying so, no meaning is carried by colour alone, and one report gives the same text everywhere.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from forensic.model import (
    Evidence,
    Fact,
    Gap,
    GapReason,
    ImageReport,
    InstallationReport,
    Policy,
    Problem,
    SourceInfo,
    TimelineEntry,
    VolumeInfo,
)
from forensic.model.codec import to_builtins
from forensic.model.judgement import POLICY_WORDS, STRENGTH_WORDS
from forensic.reporting.words import (
    FORMAT_WORDS,
    ORIGIN_WORDS,
    REASON_WORDS,
    bytes_in_words,
    gaps_by_file,
    manner,
    name_in_words,
    shown,
    value_in_words,
)

MIN_WIDTH, MAX_WIDTH, PAPER_WIDTH = 80, 200, 100
"""Columns: the narrowest and the widest report, and the width where there is no terminal."""

LIST_LIMIT = 24
"""Accounts and profiles that a report without `-v` lists; the rest is counted."""
TIMELINE_LIMIT = 24
"""Moments that a report without `-v` lists: the first and the last half of them."""
KIND_LIMIT = 4
"""Facts of one kind that a report without `-v` lists, beside those that the evidence rests on."""

NAME_LIMIT = 100
"""Characters of a name that a heading shows; the longest host name has 63."""

IDENTIFIERS = (
    "machine-sid", "domain-sid", "lsa-boot-key", "machine-guid", "hardware-profile-guid", "sus-client-id", "sqm-machine-id",
    "product-id", "install-date", "clone-tag", "media-time", "image-state", "sysprep-status", "sysprep-tag", "setupcl-run",
    "specialize-run", "computer-name", "dtc-cid", "msmq-qmid", "hardware-config", "system-information", "smbios", "dhcpv6-duid",
    "network-adapter", "mac-address", "disk-signature", "disk-guid", "volume-serial", "volume-created", "former-sid",
    "sid-changer-trace", "source-os",
)  # fmt: skip
"""Kinds of which a report without `-v` lists the facts, in this order."""

_NUMBER = re.compile(r"0x[0-9a-f]+|[0-9]+")
"""What problems that are alike differ in: most are of one cause, as where a hive is cut short."""

_COLORS: dict[Policy, str] = {
    "none-found": "green",
    "compliant": "green",
    "suspect": "yellow",
    "violation": "red",
    "undetermined": "magenta",
}


def render(report: ImageReport, *, width: int = PAPER_WIDTH, color: bool = False, verbosity: int = 0, plain: bool = False) -> str:
    """Return the report as text.

    Args:
        report: What to render.
        width: Columns, `MIN_WIDTH` to `MAX_WIDTH`.
        color: Whether to write colour sequences.
        verbosity: -1 one line per installation, 0 what an examiner needs first, 1 everything.
        plain: Whether to draw with ASCII only.
    """
    if verbosity < 0:
        return "".join(f"{line}\n" for line in conclusions(report))
    page = _Page(width, color=color, plain=plain, everything=verbosity > 0)
    page.report(report)
    return page.text()


def summary(report: ImageReport, *, width: int = PAPER_WIDTH, color: bool = False, plain: bool = False) -> str:
    """Return the part of the closing overview that tells of one report: a line per installation."""
    page = _Page(width, color=color, plain=plain, everything=False)
    page.put(Text(shown(report.source.path), "bold"), indent=2)
    if not report.installations:
        page.put(_nothing(report)[0], indent=4)
    for installation in _whole(report):
        verdict = installation.verdict
        lead = Text(f"{verdict.history} ({verdict.policy})", f"bold {_COLORS[verdict.policy]}")
        page.put(Text.assemble(lead, "  ", shown(installation.id), ", ", _name(installation)), indent=4)
    return page.text()


def overview(summaries: Sequence[str], *, width: int = PAPER_WIDTH, color: bool = False, plain: bool = False) -> str:
    """Return the closing overview over several reports, of which `summaries` holds each one's part."""
    page = _Page(width, color=color, plain=plain, everything=False)
    page.heading(f"Overview of {len(summaries)} sources")
    return page.text() + "".join(summaries)


def conclusions(report: ImageReport) -> list[str]:
    """Return the verdict of each installation in one line, or the one line that says why there is none."""
    path = shown(report.source.path)
    if not report.installations:
        said = {
            severity: [(one.where, one.what) for one in report.problems if one.severity == severity] for severity in ("error", "warning")
        }
        unread = [(volume.id, f"not examined: {volume.not_examined}") for volume in report.volumes if volume.not_examined]
        reasons = [f"{shown(where)}: {shown(what)}" for where, what in (*said["error"], *said["warning"], *unread)][:1]
        return [": ".join((path, _nothing(report)[0], *(reason.removeprefix(f"{path}: ") for reason in reasons)))]
    return [
        f"{path}: {shown(one.id)}: {one.verdict.history} (policy {one.verdict.policy}, strength {one.verdict.strength})"
        for one in _whole(report)
    ]


def _whole(report: ImageReport) -> list[InstallationReport]:
    """Return the installations that are judged on their own: not the earlier copies of their registries."""
    return [one for one in report.installations if one.earlier_state_of is None]


def _nothing(report: ImageReport) -> tuple[str, str]:
    """Return why a report has no installation: in a few words, and in one sentence."""
    if report.source.format == "unreadable":
        return "the source could not be read", "No conclusion: nothing could be read. The problems below say why."
    return "no Windows installation found", "No conclusion: what was read holds no Windows installation. Below is what was seen instead."


def _name(installation: InstallationReport) -> str:
    product = installation.product
    name = _brief(product.name) if product.name else "Windows, release not known"
    computer = _brief(installation.computer_name) if installation.computer_name else "computer name not known"
    return f"{computer}, {name}" + (f" (build {shown(product.build)})" if product.build else "")


def _brief(name: str) -> str:
    """Return a name for a heading; where no Windows gave it its length, the whole stands below."""
    return shown(name) if len(name) <= NAME_LIMIT else f"{shown(name[:NAME_LIMIT])}... ({len(name):,} characters)"


def _short(fact: Fact[Any]) -> str:
    """Return where a fact lies, in the words that suffice beside its full place in `-v`: hive, last key, value; of a key its time."""
    place = fact.place
    file = place.file.rpartition("/")[2] or place.volume or "disk"
    parts = [
        file,
        place.key.rpartition("\\")[2],
        "(default)" if place.value == "" else place.value or "",
        place.field and f"({place.field})",
    ]
    said = " > ".join(shown(part) for part in parts if part)
    if fact.written is None or not place.key or place.value is not None:
        return said
    # Of a key without a value, when it was written is most of what it tells.
    return f"{said} {fact.written}" if place.field == "last-written time" else f"{said}, written {fact.written}"


class _Page:
    """A report being written."""

    def __init__(self, width: int, *, color: bool, plain: bool, everything: bool) -> None:
        self.width = max(MIN_WIDTH, min(width, MAX_WIDTH))
        self.color, self.plain, self.everything = color, plain, everything
        self.file = io.StringIO()
        self.console = Console(
            file=self.file,
            width=self.width,
            height=25,
            force_terminal=color,
            force_interactive=False,
            color_system="standard" if color else None,
            no_color=not color,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
            _environ={},  # COLUMNS, NO_COLOR and the like were judged by the caller
        )

    def text(self) -> str:
        """Return what was written."""
        return "".join(line.rstrip() + "\n" for line in self.file.getvalue().splitlines())

    # How things are laid out.

    def line(self, text: Text | str = "") -> None:
        if self.color:
            self.console.print(text, soft_wrap=True)
        else:  # the same, a hundred times faster
            self.file.write(f"{text}\n")

    def heading(self, text: str) -> None:
        self.line()
        rule = Rule(Text(text, "bold cyan"), align="left", characters="-" if self.plain else "─", style="dim")
        self.console.print(rule)

    def put(self, body: Text | str, *, lead: Text | str = "", indent: int = 2, column: int = 0) -> None:
        """Write `body` wrapped, each line `column` (at least `indent`) columns in, with `lead` before the first one."""
        column = max(column, indent)
        body = body.copy() if isinstance(body, Text) else Text(body)
        margin = Text(" " * indent)
        margin.append(lead if isinstance(lead, Text) else Text(lead))
        room = self.width - column
        whole = max((cell_len(word) for word in body.plain.split(" ")), default=0)
        broken = room < whole <= self.width - indent - 4  # an identifier that a line of its own would keep whole
        if broken or margin.cell_len > column - (1 if lead else 0):
            if lead:
                self.put(lead, indent=indent)
            column = indent + 4 if broken else column
            margin, room = Text(" " * column), self.width - column
        for line in [body] if body.cell_len <= room else body.wrap(self.console, room, overflow="fold"):
            line.rstrip()
            self.line(Text.assemble(margin, " " * max(0, column - margin.cell_len), line))
            margin = Text()

    def rows(self, rows: Iterable[tuple[str, Text | str]], *, indent: int = 2) -> None:
        """Write labels and values in two columns."""
        pairs = list(rows)
        column = indent + max((cell_len(label) for label, _ in pairs), default=0) + 2
        for label, value in pairs:
            self.put(value, lead=Text(label, "dim"), indent=indent, column=min(column, indent + 26))

    def rest(self, count: int, noun: str) -> None:
        """Say that something was left out."""
        if count:
            self.put(Text(f"and {count} more {noun}: -v lists all", "italic"), indent=4)

    # What is said, in the order in which it is said.

    def report(self, report: ImageReport) -> None:
        self.source(report.source)
        if report.installations:
            for said in manner(report):
                self.put(said, indent=0)
        if not report.installations:
            title, says = _nothing(report)
            self.panel(Text(title[0].upper() + title[1:], "bold magenta"), [Text(says)], "magenta")
        elif len(whole := _whole(report)) > 1:
            self.overview(whole)
        for installation in report.installations:
            if installation.earlier_state_of is not None and not self.everything:
                self.earlier(installation)
            else:
                self.installation(installation, several=len(report.installations) > 1)
        if report.source.format != "unreadable":
            self.volumes(report.volumes, all_of_them=self.everything or not report.installations)
        self.problems(report)
        self.work(report)
        self.line()
        tool = report.tool
        hint = "" if self.everything or not report.installations else "; -v shows every fact with its source"
        self.put(Text(f"{shown(tool.name)} {shown(tool.version)}, knowledge of {shown(tool.knowledge)}{hint}", "dim"), indent=0)

    def source(self, source: SourceInfo) -> None:
        self.put(Text(shown(source.path), "bold"), indent=0)
        if source.format == "unreadable":
            return
        said = [FORMAT_WORDS.get(source.format, shown(source.format)), bytes_in_words(source.size)]
        if len(source.segments) > 1:
            said.append(f"{len(source.segments)} segments")
        if source.sector_size != 512:
            said.append(f"sectors of {source.sector_size:,} bytes")
        self.put(", ".join(said), indent=0)
        for algorithm, value in source.stored_hashes.items():
            self.put(f"stored {shown(algorithm)} {shown(value)}", indent=0)
        checked = {
            "match": "verified: the content has the stored hashes",
            "mismatch": "NOT AS ACQUIRED: the content does not have the stored hashes",
        }
        if source.verification in checked:
            self.put(Text(checked[source.verification], "bold red" if source.verification == "mismatch" else ""), indent=0)

    def overview(self, whole: Sequence[InstallationReport]) -> None:
        self.heading(f"{len(whole)} installations")
        for number, one in enumerate(whole, 1):
            verdict = Text(f"{one.verdict.history} ({one.verdict.policy})", f"bold {_COLORS[one.verdict.policy]}")
            self.put(
                Text.assemble(verdict, "  ", shown(one.id), f", {ORIGIN_WORDS[one.origin]}, ", _name(one)), lead=f"{number}.", column=6
            )

    def panel(self, title: Text, body: Sequence[Text | Table], color: str) -> None:
        self.line()
        style = box.ASCII if self.plain else box.ROUNDED
        for part in body:
            if isinstance(part, Text):
                part.overflow = "fold"
        self.console.print(Panel(Group(title, *body), box=style, border_style=color, width=min(self.width, 120), padding=(0, 1)))

    def installation(self, one: InstallationReport, *, several: bool) -> None:
        if several:
            self.line()
            self.console.print(Rule(style="bold", characters="=" if self.plain else "━"))
        self.line()
        self.put(Text(_name(one), "bold"), indent=0)
        origin = f"an earlier copy of the registry of {shown(one.earlier_state_of)}" if one.earlier_state_of else ORIGIN_WORDS[one.origin]
        self.put(Text(f"{shown(one.id)}, {origin}", "dim"), indent=0)
        verdict = one.verdict
        color = _COLORS[verdict.policy]
        words = Table.grid(padding=(0, 2))
        words.add_row(Text("verdict", "dim"), Text(verdict.history, "bold"))
        words.add_row(Text("policy", "dim"), Text.assemble((verdict.policy, "bold"), f": {POLICY_WORDS[verdict.policy]}"))
        words.add_row(Text("strength", "dim"), Text(STRENGTH_WORDS[verdict.strength]))
        self.panel(Text((verdict.title or verdict.history), f"bold {color}"), [Text(), Text(shown(verdict.summary)), Text(), words], color)
        if verdict.not_excluded:
            self.heading("Not excluded")
            for explanation in verdict.not_excluded:
                self.put(shown(explanation), lead="-", column=4)
        if verdict.consequences:
            self.heading("What breaks where another computer shares this")
            for consequence in verdict.consequences:
                self.put(shown(consequence), lead="-", column=4)
        if verdict.remedies:
            self.heading("What to do next")
            for number, remedy in enumerate(verdict.remedies, 1):
                self.put(shown(remedy), lead=f"{number}.", column=5)
        self.evidence(one)
        self.timeline(one)
        self.identity(one)
        self.facts(one)
        self.people(one)
        self.gaps(one)
        if self.everything:
            self.hives(one)

    def earlier(self, one: InstallationReport) -> None:
        """Say of an earlier copy of a registry only who it was: its installation has the verdict that counts."""
        self.heading("Earlier copy of the registry")
        self.put(f"{shown(one.id)}, an earlier state of {shown(one.earlier_state_of or '')}")
        self.put(f"{len(one.facts)} facts, {len(one.gaps)} gaps: -v lists all")
        self.rows(self.who(one), indent=4)

    def evidence(self, one: InstallationReport) -> None:
        self.heading("Evidence")
        if not one.evidence:
            self.put("none found")
        verdict = one.verdict.history
        for title, chosen in (
            (f"for {verdict}", [e for e in one.evidence if e.supports == verdict]),
            (f"against {verdict}", [e for e in one.evidence if e.against == verdict and e.supports != verdict]),
            ("on other verdicts", [e for e in one.evidence if verdict not in (e.supports, e.against)]),
        ):
            if chosen:
                self.put(Text(title, "bold"))
                order = ("strong", "moderate", "weak")
                for evidence in sorted(chosen, key=lambda e: order.index(e.strength)):
                    self.one_evidence(evidence)

    def one_evidence(self, evidence: Evidence) -> None:
        self.put(
            shown(evidence.because), lead=Text(evidence.strength, "bold" if evidence.strength == "strong" else ""), indent=4, column=14
        )
        said = [f"rule {shown(evidence.rule)}"]
        said += [f"for {shown(evidence.supports)}"] if evidence.supports else []
        said += [f"against {shown(evidence.against)}"] if evidence.against else []
        said.append(f"cause: {shown(evidence.group)}")
        if evidence.facts:
            said.append("facts " + " ".join(f"[{number}]" for number in evidence.facts))
        self.put(Text("; ".join(said), "dim"), indent=14)

    def timeline(self, one: InstallationReport) -> None:
        """Write the story in the order of time; without `-v` to the second, and its two ends where it is long."""
        if not one.timeline:
            return
        self.heading(f"Timeline ({len(one.timeline)})")
        limit = len(one.timeline) if self.everything else TIMELINE_LIMIT
        first = -(-limit // 2) if len(one.timeline) > limit else limit
        left_out = len(one.timeline) - limit
        for number, entry in enumerate(one.timeline):
            if first <= number < first + left_out:
                if number == first:
                    self.put(Text(f"... {left_out} more between: -v lists all", "italic"), indent=4)
                continue
            self.moment(entry)

    def moment(self, entry: TimelineEntry) -> None:
        time = shown(entry.time).replace("T", " ").removesuffix("Z")
        lead = Text(time if self.everything else time.partition(".")[0])
        lead.append(" local" if entry.local else " UTC", "bold yellow" if entry.local else "dim")
        said = Text(shown(entry.what))
        if entry.facts:
            said.append("  " + " ".join(f"[{number}]" for number in entry.facts), "dim")
        self.put(said, lead=lead, column=37 if self.everything else 29)

    def identity(self, one: InstallationReport) -> None:
        self.heading("Identity")
        self.rows(self.who(one))

    def who(self, one: InstallationReport) -> list[tuple[str, Text | str]]:
        product = one.product
        release = [
            shown(part) for part in (product.name, product.edition and f"edition {product.edition}", product.architecture) if part
        ]  # fmt: skip
        version = [
            shown(part)
            for part in (
                product.version and f"NT {product.version}",
                product.build and f"build {product.build}",
                one.era and f"era {one.era}",
            )
            if part
        ]
        missing = {gap.artifact for gap in one.gaps if gap.reason != "not-found"}

        def stated(text: str | None, kind: str = "") -> str:
            if text:
                return shown(text)
            return "not known: see the gaps" if kind in missing else "none found"

        return [
            ("machine SID", stated(one.machine_sid, "machine-sid")),
            ("computer name", stated(one.computer_name, "computer-name")),
            ("domain SID", stated(one.domain_sid, "domain-sid")),
            ("role", stated(one.role and one.role.replace("-", " "))),
            ("product", ", ".join(release) or "none found"),
            ("version", ", ".join(version) or "none found"),
            ("installed", str(product.installed) if product.installed is not None else "none found"),
            ("system root", f"{shown(one.system_root)} on {shown(one.volume)}" if one.volume else shown(one.system_root)),
        ]

    def facts(self, one: InstallationReport) -> None:
        if self.everything:
            self.heading(f"Facts ({len(one.facts)})")
            for number, fact in enumerate(one.facts):
                self.one_fact(number, fact)
            if not one.facts:
                self.put("none found")
            return
        cited = {number for evidence in one.evidence for number in evidence.facts}
        taken: dict[str, list[int]] = {kind: [] for kind in IDENTIFIERS}
        for number, fact in enumerate(one.facts):
            listed = taken.setdefault(fact.kind, [])
            if number in cited or (fact.kind in IDENTIFIERS and len(listed) < KIND_LIMIT):
                listed.append(number)
        chosen = [number for numbers in taken.values() for number in numbers]
        self.heading("Identifiers (numbers as in the evidence)")
        if not chosen:
            self.put("none found")
        self.table(one, chosen)
        self.rest(len(one.facts) - len(chosen), "facts")

    def table(self, one: InstallationReport, numbers: Sequence[int]) -> None:
        """Write facts in columns: number, kind, value, and where it lies, on a line of its own where there is no room."""
        leads = {number: f"[{number}]".rjust(len(f"[{max(numbers)}]")) + f" {shown(one.facts[number].kind)}" for number in numbers}
        values = {number: value_in_words(to_builtins(one.facts[number].value)) for number in numbers}
        column = min(2 + max((cell_len(lead) for lead in leads.values()), default=0) + 2, 34)
        beside = column + 66
        for number in numbers:
            where = Text(_short(one.facts[number]), "dim")
            lead = Text(leads[number])
            room = self.width - beside
            if room >= 36 and where.cell_len <= room and lead.cell_len <= column - 4 and cell_len(values[number]) <= 64:
                lead.pad_right(column - 2 - lead.cell_len)
                where.pad_left(66 - cell_len(values[number]))
                self.line(Text.assemble("  ", lead, values[number], where))
            else:
                self.put(values[number], lead=lead, column=column)
                self.put(where, indent=column)

    def one_fact(self, number: int, fact: Fact[Any]) -> None:
        self.put(Text(shown(fact.kind), "bold"), lead=f"[{number}]", column=8)
        value = to_builtins(fact.value)
        rows: list[tuple[str, Text | str]] = []
        if isinstance(value, dict) and value.keys() != {"time", "local"}:
            rows += [(name_in_words(name), Text(value_in_words(part), "bold")) for name, part in value.items()]
        else:
            rows.append(("value", Text(value_in_words(value), "bold")))
        rows.append(("source", fact.source))
        if fact.profile is not None:
            rows.append(("profile", shown(fact.profile)))
        rows.append(("written", str(fact.written) if fact.written is not None else "no time is kept there"))
        if isinstance(fact.raw, str):
            rows.append(("raw", shown(fact.raw)))
        else:
            rows.append(("raw", f"{fact.raw.length:,} bytes with SHA-256 {shown(fact.raw.sha256)}"))
        if fact.state == "recovered":
            rows.append(("state", "recovered from a transaction log"))
        self.rows(rows, indent=8)

    def people(self, one: InstallationReport) -> None:
        limit = None if self.everything else LIST_LIMIT
        self.heading(f"Local accounts ({len(one.accounts)})")
        if not one.accounts:
            self.put("none found")
        column = min(24, max((cell_len(shown(account.name)) for account in one.accounts), default=0))
        for account in one.accounts[:limit]:
            name = Text(shown(account.name))
            name.pad_right(max(0, column - name.cell_len))
            self.put(Text.assemble(name, "  ", (shown(account.sid), "dim")), lead=str(account.rid), column=10)
        self.rest(len(one.accounts[limit or len(one.accounts) :]), "accounts")
        self.heading(f"Profiles ({len(one.profiles)})")
        if not one.profiles:
            self.put("none found")
        for profile in one.profiles[:limit]:
            sid = shown(profile.sid) if profile.sid else "SID not known"
            self.put(Text.assemble(shown(profile.path), "  ", (sid, "dim")))
            self.rows([(shown(device.kind), shown(device.value)) for device in profile.device_ids], indent=4)
        self.rest(len(one.profiles[limit or len(one.profiles) :]), "profiles")

    def gaps(self, one: InstallationReport) -> None:
        gaps, stated = one.gaps, {fact.kind for fact in one.facts}
        self.heading(f"Gaps ({len(gaps)})")
        if not gaps:
            self.put("none: everything that was looked for was found and read")
        reasons: tuple[GapReason, ...] = get_args(GapReason)
        for reason in sorted(reasons, key=list(REASON_WORDS).index):
            chosen = [gap for gap in gaps if gap.reason == reason]
            if not chosen:
                continue
            damaged = reason in ("unreadable", "malformed", "unsupported")
            self.put(Text(REASON_WORDS[reason], "bold yellow" if damaged else "bold"))
            if self.everything or damaged:
                groups = gaps_by_file(chosen, one.volume).items() if damaged else (((gap.searched, gap.detail), [gap]) for gap in chosen)
                for (file, detail), missing in groups:
                    self.gaps_of_file(file, detail, missing)
            else:
                names = dict.fromkeys(gap.artifact for gap in chosen)
                if nowhere := [shown(name) for name in names if name not in stated]:
                    self.put(", ".join(nowhere), indent=4)
                if elsewhere := [shown(name) for name in names if name in stated]:
                    self.put(f"stated above, but not from every place: {', '.join(elsewhere)}", indent=4)

    def gaps_of_file(self, file: str, detail: str, gaps: Sequence[Gap]) -> None:
        """Say once what is wrong with a file, and what is missing for it."""
        if len(gaps) == 1:
            self.put(shown(gaps[0].artifact), lead="-", indent=4, column=6)
            self.put(Text(shown(gaps[0].searched), "dim"), indent=8)
            if detail:
                self.put(shown(detail), indent=8)
            return
        self.put(f"{shown(file)}: {len(gaps)} statements missing", lead="-", indent=4, column=6)
        if detail:
            self.put(shown(detail), indent=8)
        if not self.everything:
            self.put(Text(", ".join(dict.fromkeys(shown(gap.artifact) for gap in gaps)), "dim"), indent=8)
            return
        for gap in gaps:
            self.put(shown(gap.artifact), indent=8)
            if gap.searched != file:
                self.put(Text(shown(gap.searched.removeprefix(f"{file} > ")), "dim"), indent=10)

    def hives(self, one: InstallationReport) -> None:
        self.heading(f"Hives ({len(one.hives)})")
        if not one.hives:
            self.put("none found")
        for hive in one.hives:
            self.put(shown(hive.path))
            state = (
                "clean"
                if not hive.dirty
                else "dirty, its transaction logs were applied"
                if hive.recovered == "logs"
                else "dirty, read as it is"
            )
            self.put(f"{bytes_in_words(hive.size)}; {state}", indent=4)
            for problem in hive.problems:
                self.put(shown(problem), lead="problem:", indent=4, column=13)

    def volumes(self, volumes: Sequence[VolumeInfo], *, all_of_them: bool) -> None:
        chosen = [volume for volume in volumes if all_of_them or volume.not_examined]
        if not chosen and not all_of_them:
            return
        self.heading(f"Volumes ({len(volumes)})" if all_of_them else "Volumes not examined")
        if not chosen:
            self.put("none found")
        for volume in chosen:
            said = [shown(volume.filesystem), bytes_in_words(volume.size), f"at byte {volume.start:,}", f"scheme {volume.scheme}"]
            said += [f"label {shown(volume.label)}"] if volume.label else []
            said += [f"serial {shown(volume.serial)}"] if volume.serial else []
            self.put(", ".join(said), lead=Text(shown(volume.id), "bold"), column=8)
            if volume.not_examined:
                self.put(f"not examined: {shown(volume.not_examined)}", indent=8)

    def problems(self, report: ImageReport) -> None:
        self.heading(f"Problems ({len(report.problems)})")
        if not report.problems:
            self.put("none")
        alike: dict[tuple[str, str, str], list[Problem]] = {}
        for problem in sorted(report.problems, key=lambda problem: problem.severity):
            alike.setdefault((problem.severity, problem.where, _NUMBER.sub("", problem.what)), []).append(problem)
        for (severity, where, _), problems in alike.items():
            lead = Text(severity, "bold red" if severity == "error" else "bold yellow")
            for problem in problems if self.everything else problems[:1]:
                self.put(shown(problem.what), lead=lead, column=11)
            if len(problems) > 1 and not self.everything:
                self.put(f"and {len(problems) - 1} more like it; -v shows all", indent=11)
            self.put(Text(shown(where), "dim"), indent=11)

    def work(self, report: ImageReport) -> None:
        if report.stats is None:
            return
        self.heading("Work done")
        sizes = {name for name in report.stats if "bytes" in name or "memory" in name}
        self.rows(
            [
                (name_in_words(name), bytes_in_words(value) if name in sizes and isinstance(value, int) else value_in_words(value))
                for name, value in report.stats.items()
            ]
        )
