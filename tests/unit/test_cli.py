import json
import os
import shlex
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import msgspec
import pytest

from forensic import __version__, cli, examination
from forensic.cli import commands
from forensic.cli.outcome import exit_code
from forensic.cli.parser import build_parser, load_commands
from forensic.errors import Unreadable
from forensic.model import ImageReport, Problem, codec
from forensic.reporting import formats
from tests.builders.report import MACHINE, STORIES, installation, report
from tests.rules.full_examples import FAILED
from tests.rules.gate_stories import AGENT

EXPORTS = sorted({*formats.names()} - {"console", "json", "jsonl"})
SHOW = [sys.executable, "-m", "forensic", "show"]


@pytest.fixture
def stories(monkeypatch):
    """Let `examine NAME` give the story of that name; returns the options of every call."""
    calls = []

    def examine(source, **options):
        calls.append(options | {"source": source})
        return STORIES[Path(source).stem]()

    monkeypatch.setattr(examination, "examine", examine)
    return calls


@pytest.fixture
def saved(tmp_path):
    def save(*names):
        path = tmp_path / "report.json"
        path.write_text("".join(STORIES[name]().to_json(indent=None) + "\n" for name in names), encoding="utf-8")
        return path

    return save


def run_process(command, **options):
    return subprocess.run(command, check=False, **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options))


def run(*arguments):
    try:
        return cli.main(list(arguments))
    except SystemExit as left:
        return left.code


@pytest.mark.parametrize(
    ("sources", "code"),
    [
        (["ordinary"], 0), (["sealed"], 0), (["relocated"], 1), (["changed"], 1), (["failed"], 1), (["undetermined"], 3), (["linux"], 4),
        (["recovery-only"], 4), (["unreadable"], 5), (["several"], 3), (["ordinary", "linux"], 4), (["linux", "undetermined"], 3),
        (["undetermined", "relocated", "linux"], 1), (["relocated", "unreadable"], 5), (["with-earlier-state"], 0),
    ],
)  # fmt: skip
def test_the_exit_code_is_the_first_in_rank_over_all_sources(stories, capsys, sources, code):
    assert run("examine", *sources) == code
    assert capsys.readouterr().err == ""


def test_former_installations_count_only_where_there_is_no_other(stories, monkeypatch):
    bad = msgspec.structs.replace(STORIES["relocated"]().installations[0], origin="old")
    assert exit_code(report(installations=[installation(), bad])) == 0
    assert exit_code(report(installations=[bad])) == 1
    assert exit_code(report(installations=[msgspec.structs.replace(bad, origin="recovery"), installation(origin="collection")])) == 0


@pytest.mark.parametrize(
    ("source", "expected", "code"),
    [
        ("sealed", "sealed-generalized", 0), ("sealed", "installed,sealed-generalized", 0), ("failed", "sealed-generalized", 1),
        ("failed", "generalize-failed", 0), ("ordinary", "sealed-generalized", 1), ("linux", "sealed-generalized", 4),
        ("unreadable", "sealed-generalized", 5), ("several", "installed", 1), ("undetermined", "undetermined", 0),
    ],
)  # fmt: skip
def test_the_gate_passes_what_is_expected_and_says_in_one_line_why_not(stories, capsys, source, expected, code):
    assert run("examine", "--expect", expected, source) == code
    said = capsys.readouterr()
    assert said.err == ""
    if code < 2:
        last = said.out.splitlines()[-1]
        assert ("the gate is closed" in said.out, "the gate is open" in last) == (bool(code), not code)
    assert "Do next" not in said.out
    if source == "failed" and code == 1:
        assert run("examine", "-q", "--expect", expected, source) == code
        assert capsys.readouterr().out == (
            "templates/aborted.vhdx: p2/Windows: the gate is closed: generalize-failed: Generalize or specialize begun, not finished;"
            " IMAGE_STATE_COMPLETE\n"
        )


def flat(text):
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("facts", "codes", "closing"),
    [
        ((), (0, 0), ""),
        ((AGENT,), (0, 1), "the identity of PowerShell Desired State Configuration (AgentId)"),
        ((FAILED,), (1, 1), "Sysprep was run with generalize on 2024-03-01 and failed in the midst of its work (Sysprep_Generalize_Pnp)"),
    ],
)
def test_the_gate_prints_its_conditions_and_why_it_is_closed(stories, monkeypatch, capsys, facts, codes, closing):
    sealed = STORIES["sealed"]()
    (one,) = sealed.installations
    held = msgspec.structs.replace(one, facts=(*one.facts, *facts))
    monkeypatch.setitem(STORIES, "held", lambda: msgspec.structs.replace(sealed, installations=(held,)))
    for strict, code in zip(([], ["--strict-gate"]), codes, strict=True):
        assert run("examine", "--expect", "sealed-generalized", *strict, "held") == code
        shown = capsys.readouterr().out
        assert run("examine", "--format", "json", "--expect", "sealed-generalized", *strict, "held") == code
        said = [line.partition(": p2/Windows: ")[2] for line in capsys.readouterr().err.splitlines()]
        assert [line.partition(":")[0] for line in said[:-1]] == [
            "met",
            "met",
            "met",
            "not met" if facts == (FAILED,) else "not known",
            "not known",
            "met" if AGENT not in facts else "not met" if strict else "warning",
        ]
        assert said[-1].startswith(f"the gate is closed: {closing}" if code else "the gate is open: 6 conditions, ")
        assert flat(f"p2/Windows: {said[-1]}") in flat(shown)
    assert run("examine", "--expect", "installed,generalize-failed", "held") == 1
    assert "latest run" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["examine"], ["compare", "a"], ["examine", "--expect", "cloned", "x"], ["examine", "--expect", "", "x"],
        ["examine", "--depth", "deep", "x"],
        ["examine", "--width", "79", "x"], ["examine", "--width", "201", "x"], ["examine", "--width", "1e2", "x"],
        ["examine", "-q", "-v", "x"],
        ["examine", "--format", "pdf", "x"], ["examine", "--form", "json", "x"], ["show"], ["verify"], ["doctor", "x"], ["--frob"],
    ],
)  # fmt: skip
def test_wrong_usage_is_refused(capsys, arguments):
    assert run(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "usage: forensic" in said.err


def test_options_reach_the_examination(stories, capsys):
    assert run("examine", "--depth", "triage", "--cross-check", "--strict", "--stats", "--case", "7", "ordinary") == 0
    about = stories[0].pop("about")
    assert (about.case, about.examiner, about.command[:3]) == ("7", "", ("forensic", "examine", "--depth"))
    wanted = {
        "source": "ordinary",
        "depth": "triage",
        "cross_check": True,
        "strict": True,
        "stats": True,
        "reproducible": False,
        "verification": False,
        "image": None,
        "keys": (),
        "progress": None,
    }
    assert stories == [wanted]
    assert run("examine", "--reproducible", "--stats", "ordinary") == 0
    assert (stories[1]["reproducible"], stories[1]["stats"]) == (True, False)


def test_json_is_an_object_for_one_source_and_an_array_for_several(stories, capsys):
    run("examine", "--format", "json", "ordinary")
    assert ImageReport.from_json(capsys.readouterr().out).to_json() == STORIES["ordinary"]().to_json()
    run("examine", "--format", "json", "sealed", "unreadable", "linux")
    paths = [one["source"]["path"] for one in json.loads(capsys.readouterr().out)]
    assert paths == [STORIES[name]().source.path for name in ("sealed", "unreadable", "linux")]
    run("examine", "--format", "jsonl", "sealed", "linux")
    assert [json.loads(line)["schema"] for line in capsys.readouterr().out.splitlines()] == ["forensic.report/1"] * 2


def test_several_sources_begin_with_a_table_and_show_what_is_not_in_order(stories, capsys):
    run("examine", "ordinary", "relocated")
    text = capsys.readouterr().out
    assert text.startswith("2 sources\n")
    assert "1 of 2 in order" in text
    assert (text.count("SUSPECT"), text.count("NOTHING FOUND")) == (1, 0)
    run("examine", "-v", "ordinary", "relocated")
    assert capsys.readouterr().out.count("Evidence ─") == 2
    run("examine", "-q", "ordinary", "relocated")
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_saved_report_is_shown_as_it_was_examined(stories, saved, capsys):
    for options in (["-v"], ["--width", "80"], ["--format", "json"], ["-q"]):
        run("examine", *options, "relocated")
        examined = capsys.readouterr().out
        assert run("show", *options, str(saved("relocated"))) == 0
        assert capsys.readouterr().out == examined


@pytest.mark.parametrize("form", formats.names())
def test_a_saved_report_can_be_judged_again_in_every_format(saved, monkeypatch, capsys, form):
    judged = []

    def rejudge(one):
        judged.append(one)
        return STORIES["changed"]()

    monkeypatch.setattr(examination, "rejudge", rejudge, raising=False)
    assert run("show", "--format", form, str(saved("changed", "changed"))) == 0
    expected = capsys.readouterr().out
    assert judged == []
    assert run("show", "--rejudge", "--format", form, str(saved("ordinary", "sealed"))) == 0
    assert capsys.readouterr().out == expected
    assert [one.to_json() for one in judged] == [STORIES[name]().to_json() for name in ("ordinary", "sealed")]


def test_arrays_lines_and_several_files_are_shown(stories, tmp_path, saved, capsys):
    assert run("examine", "--format", "json", "--output", str(tmp_path / "all.json"), "ordinary", "linux") == 4
    assert run("show", "-q", str(tmp_path / "all.json"), str(saved("changed", "sealed"))) == 0
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        STORIES[name]().source.path for name in ("ordinary", "linux", "changed", "sealed")
    ]


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"{}", b"EVF\x09\r\n\xff\x00" * 100, b'{"schema": "forensic.comparison/1"}', b"[" * 99999, b"\xff\xfe"]
)
def test_what_is_not_a_report_is_not_shown(tmp_path, capsys, data):
    path = tmp_path / "x.json"
    path.write_bytes(data)
    assert run("show", str(path)) == 5
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"forensic: {path}: not a report of this program")
    assert said.err.count("\n") == 1


def test_missing_files_and_folders_are_not_shown(tmp_path, capsys):
    assert run("show", str(tmp_path / "none.json")) == 5
    assert run("show", str(tmp_path)) == 5
    assert capsys.readouterr().err.count("cannot be read: ") == 2


def test_output_goes_to_a_file_that_appears_whole(stories, tmp_path, capsys):
    target = tmp_path / "report.txt"
    target.write_text("an earlier report")
    assert run("examine", "--output", str(target), "hostile") == 0
    assert capsys.readouterr().out == ""
    assert "\x1b" not in target.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["report.txt"]


def test_an_examination_that_ends_early_leaves_the_old_output(monkeypatch, tmp_path, capsys):
    target = tmp_path / "report.txt"
    target.write_text("old")

    def interrupted(source, **_):
        raise KeyboardInterrupt

    monkeypatch.setattr(examination, "examine", interrupted)
    assert run("examine", "--output", str(target), "x") == 130
    assert capsys.readouterr().err == "forensic: interrupted\n"
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.txt"]


@pytest.mark.parametrize("make", ["same", "link", "hard link", "inside", "binary", "descriptor", "write-protected", "folder", "nowhere"])
def test_evidence_is_never_written_over(stories, tmp_path, capsys, make):
    source = tmp_path / "ordinary.dd"
    source.write_bytes(b"text only")
    folder = tmp_path / "sealed"
    folder.mkdir()
    (folder / "SAM").write_bytes(b"regf\0")
    (tmp_path / "ordinary.E02").write_bytes(b"EVF\x09\x0d\x0a\xff\x00")
    target = {
        "same": source, "link": tmp_path / "link", "hard link": tmp_path / "hard", "inside": folder / "out.txt",
        "binary": tmp_path / "ordinary.E02",
        "descriptor": tmp_path / "parent.vmdk", "write-protected": tmp_path / "notes.txt",
        "folder": tmp_path, "nowhere": tmp_path / "no" / "such" / "folder.txt",
    }[make]  # fmt: skip
    if make == "link":
        target.symlink_to(source)
    if make == "hard link":
        target.hardlink_to(source)
    if make == "descriptor":
        target.write_text("# Disk DescriptorFile\nversion=1\n")
    if make == "write-protected":
        target.write_text("precious")
        target.chmod(0o444)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert run("examine", "--output", str(target), str(source), str(folder)) == 2
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert capsys.readouterr().err.startswith(f"forensic: {target}: ")
    if make != "nowhere":
        assert stories == [], "refused before anything is examined"


def test_a_device_is_written_to_and_not_replaced(stories, capsys):
    assert run("examine", "--output", os.devnull, "ordinary") == 0
    assert not Path(os.devnull).is_file()


def test_verify_prints_hashes_and_says_whether_they_are_the_stored_ones(monkeypatch, tmp_path, capsys):
    outcome = {
        "stored": {"md5": "aa"},
        "computed": {"md5": "aa", "sha256": "cc"},
        "verdict": "match",
        "problems": [Problem("warning", "w", "x\x1b")],
    }
    monkeypatch.setattr(examination, "verify", lambda path, progress: outcome, raising=False)
    assert run("verify", "i.E01") == 0
    text = capsys.readouterr().out
    assert "equal" in text
    assert "warning: x\\x1b (w)" in text
    assert "sha256\n    computed  cc" in text
    outcome |= {"computed": {"md5": "bb"}, "verdict": "mismatch"}
    assert run("verify", "i.E01") == 1
    assert "DIFFERENT" in capsys.readouterr().out
    assert run("verify", "--format", "json", "i.E01") == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "mismatch"
    outcome |= {"stored": {}, "computed": {}}
    assert run("verify", "i.E01") == 1
    assert capsys.readouterr().out.endswith(
        "MISMATCH: a part of the content cannot be read, so no hash of it could be computed or compared\n"
    )
    outcome |= {"computed": {"md5": "bb"}, "verdict": "none-stored"}
    assert run("verify", "-q", "i.E01") == 0
    assert capsys.readouterr().out == "i.E01: none-stored\n"


@pytest.mark.parametrize("error", [Unreadable("bytes could not be had"), PermissionError(13, "Permission denied")])
def test_what_cannot_be_verified_is_said_in_one_line(monkeypatch, capsys, error):
    def verify(path, progress):
        raise error

    monkeypatch.setattr(examination, "verify", verify, raising=False)
    assert run("verify", "i.E01") == 5
    assert capsys.readouterr().err.count("\n") == 1


def test_explain_lists_every_name_and_prints_each_page(capsys):
    assert run("explain") == 0
    listed = capsys.readouterr().out
    for name in ("machine-sid", "relocated-not-generalized", "no-key"):
        assert f"  {name} " in listed
        assert run("explain", name) == 0
        assert capsys.readouterr().out.startswith(f"{name} (")


def test_an_unknown_name_is_refused_with_the_nearest_ones(capsys):
    assert run("explain", "machine_sit") == 2
    assert "did you mean machine-sid" in capsys.readouterr().err
    assert run("explain", "zzzzzzzz\x1b") == 2
    assert capsys.readouterr().err == "forensic: 'zzzzzzzz\\x1b' is not the name of a page; `forensic explain` lists all names\n"


def test_explain_takes_names_as_people_write_them_and_lists_one_group(capsys):
    assert run("explain", "Machine", "SID") == run("explain", "machine_sid") == 0
    text = capsys.readouterr().out
    assert text.count("machine-sid (fact kind)\n") == text.count("machine SID (word of the glossary, Windows)\n") == 2
    assert run("explain", "problem codes") == 0
    assert capsys.readouterr().out.startswith("Problem codes\n")


def test_explain_prints_the_schema_that_the_docs_hold(capsys):
    assert run("explain", "--schema") == 0
    assert capsys.readouterr().out == (Path(__file__).parents[2] / "docs/report.schema.json").read_text(encoding="utf-8")


def test_doctor_says_what_works(capsys):
    assert run("doctor") == 0
    text = capsys.readouterr().out
    assert "pytsk3" in text
    assert text.endswith("All needed parts work.\n")


def test_doctor_fails_where_a_needed_part_is_broken_and_not_where_one_is_only_faster(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "isal", None)
    monkeypatch.delitem(sys.modules, "isal.isal_zlib", raising=False)
    assert run("doctor") == 0
    assert "absent  isal" in capsys.readouterr().out
    monkeypatch.setitem(sys.modules, "pytsk3", None)
    assert run("doctor") == 1
    text = capsys.readouterr().out
    assert "BROKEN  pytsk3" in text
    assert "FAILS   " in text
    assert "All needed parts work" not in text


def test_each_command_is_one_file_that_declares_it():
    found = load_commands()
    files = {path.stem for path in Path(commands.__path__[0]).glob("*.py")} - {"__init__"}
    assert {command.name for command in found} == files
    assert len({command.position for command in found}) == len(found)
    for command in found:
        assert f"\n    {command.name} " in build_parser().format_help().replace("\n  " + " " * 12, " ")


@pytest.mark.parametrize("command", [[], ["examine"], ["show"], ["verify"], ["explain"], ["doctor"], ["completion"]])
def test_every_help_has_examples_and_exit_codes(capsys, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "80")
    assert run(*command, "--help") == 0
    text = capsys.readouterr().out
    assert "examples:\n  forensic" in text
    assert "exit codes:\n  0  " in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_version_is_told_without_loading_anything_heavy():
    heavy = "{'rich', 'msgspec', 'pytsk3', 'forensic.model', 'forensic.examination'}"
    code = f"""
import sys
from forensic.cli import main
try:
    main(['--version'])
except SystemExit as left:
    print(left.code, sorted({heavy} & set(sys.modules)))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == f"forensic {__version__}\n0 []\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "cp437"])
def test_any_encoding_of_standard_output_will_do(saved, encoding):
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = run_process([*SHOW, str(saved("hostile"))], env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "spaces" in done.stdout.decode(encoding)
    done = run_process([*SHOW, "--format", "json", str(saved("hostile"))], env=environment)
    assert ImageReport.from_json(done.stdout) == codec.decode(STORIES["hostile"]().to_json())


def test_a_reader_that_goes_away_is_not_an_error(saved):
    command = shlex.join([*SHOW, "-v", str(saved(*["relocated"] * 20))])
    done = run_process(["bash", "-c", f"set -o pipefail; {command} | head -n 1"])
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_full_device_is_said_in_one_line(saved):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("w") as full:
        done = run_process([*SHOW, str(saved("ordinary"))], stdout=full)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    done = run_process([*SHOW, str(saved("ordinary")), "--output", "/dev/full"])
    assert (done.returncode, done.stderr) == (2, b"forensic: /dev/full: cannot be written: No space left on device\n")


@pytest.mark.parametrize("arguments", ["show {}", "show --format json {}", "explain", "doctor", "--version"])
def test_closed_standard_output_is_refused_and_not_taken_for_success(saved, arguments):
    command = shlex.join([sys.executable, "-m", "forensic", *(part.format(saved("ordinary")) for part in arguments.split())])
    done = run_process(["bash", "-c", f"{command} >&-"])
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert b"standard output is closed" in done.stderr


def test_an_output_file_needs_no_standard_streams(saved, tmp_path):
    done = run_process(["bash", "-c", f"{shlex.join([*SHOW, '--output', str(tmp_path / 'out'), str(saved('ordinary'))])} <&- >&- 2>&-"])
    assert done.returncode == 0
    assert "WS-042" in (tmp_path / "out").read_text(encoding="utf-8")


def test_closed_standard_input_is_said_in_one_line():
    done = run_process(["bash", "-c", f"{shlex.join(SHOW)} - <&-"])
    assert (done.returncode, done.stderr) == (5, b"forensic: -: cannot be read: standard input is closed\n")


def test_what_is_said_never_mixes_with_the_data(tmp_path):
    done = run_process(["bash", "-c", f"{shlex.join([*SHOW, str(tmp_path / 'missing.json')])} 2>&-"])
    assert (done.returncode, done.stdout) == (5, b"")


def test_the_exit_code_stands_where_nobody_reads_what_is_said(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("w") as full:
        assert run_process([*SHOW, str(tmp_path / "missing.json")], stderr=full).returncode == 5


def test_a_defect_is_never_taken_for_a_breach(saved, tmp_path):
    (tmp_path / "rich.py").write_text("raise ImportError('no such library')")
    done = run_process([*SHOW, str(saved("ordinary"))], env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path.cwd())])})
    assert (done.returncode, done.stdout) == (70, b"")
    assert done.stderr.endswith(b"ImportError: no such library\n")


def test_the_version_is_written_or_refused_like_everything_else():
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("w") as full:
        done = run_process([sys.executable, "-m", "forensic", "--version"], stdout=full)
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)


def test_reports_are_read_from_standard_input(saved):
    done = run_process([*SHOW, "-q", "-"], input=saved("changed").read_bytes())
    assert (
        done.stdout
        == (f"evidence/old-xp.vmdk: WS-042, {MACHINE}, sid-changed, breach of Microsoft's disk-duplication policy, strong\n").encode()
    )


def test_an_interrupt_ends_with_one_line(tmp_path):
    os.mkfifo(tmp_path / "never")
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell lets what it starts in the background ignore it
    process = subprocess.Popen(
        [*SHOW, str(tmp_path / "never")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heed,  # noqa: PLW1509  one call of the system
    )
    writer = os.open(tmp_path / "never", os.O_WRONLY)  # waits until the other side reads
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    os.close(writer)
    assert (process.returncode, out, err) == (130, b"", b"forensic: interrupted\n")


def terminal(command, **environment):
    """Run a command on a pseudo-terminal and return what it writes there."""
    import pty

    ours, theirs = pty.openpty()
    surroundings = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        command, stdout=theirs, stderr=theirs, env=surroundings | {"TERM": "xterm-256color", "COLUMNS": "90"} | environment
    )
    os.close(theirs)
    shown = bytearray()
    while data := _read(ours):
        shown += data
    process.wait()
    os.close(ours)
    return shown.decode()


def _read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # how Linux says that the other side is closed
        return b""


def test_a_terminal_gets_colour_unless_it_or_its_person_declines(saved):
    command = [*SHOW, str(saved("ordinary"))]
    assert "\x1b[" in terminal(command)
    assert "─" * 70 in terminal(command)
    for declined in (terminal([*command, "--no-color"]), terminal(command, NO_COLOR="1"), terminal(command, TERM="dumb")):
        assert "\x1b[" not in declined
        assert "Ordinary installation" in declined


@pytest.mark.parametrize("form", EXPORTS)
def test_every_export_is_the_same_from_the_image_and_from_its_saved_report(stories, saved, capsysbinary, form):
    assert run("examine", "--format", form, "relocated", "ordinary") == 1
    direct = capsysbinary.readouterr().out
    assert run("show", "--format", form, str(saved("relocated", "ordinary"))) == 0
    assert capsysbinary.readouterr().out == direct
    assert len(direct) > 500


@pytest.mark.parametrize("form", EXPORTS)
def test_every_export_goes_to_a_file_byte_for_byte(stories, tmp_path, capsysbinary, form):
    target = tmp_path / "out"
    assert run("examine", "--format", form, "--output", str(target), "hostile") == 0
    assert run("examine", "--format", form, "hostile") == 0
    assert target.read_bytes() == capsysbinary.readouterr().out


def test_the_gate_is_not_open_where_evidence_is_missing(stories, monkeypatch, capsys):
    """What a script reads in the last line and what the exit code says may not differ."""
    lost = msgspec.structs.replace(STORIES["sealed"](), problems=(Problem("error", "image.E02", "missing", "missing-segment"),))
    monkeypatch.setitem(STORIES, "lost", lambda: lost)
    assert run("examine", "--expect", "sealed-generalized", "lost") == 3
    said = flat(capsys.readouterr().out)
    assert "not known the evidence is complete 1 problem by which something is missing" in said
    assert said.endswith("the gate is not open: what was read closes nothing, but evidence is known to be missing")


def test_a_strict_gate_needs_something_to_expect(stories, capsys):
    assert run("examine", "--strict-gate", "sealed") == 2
    assert "without --expect there is none" in capsys.readouterr().err
