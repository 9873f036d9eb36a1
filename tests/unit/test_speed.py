"""What makes the program fast, checked without a clock: bytes and requests to the evidence, modules imported."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from forensic import examination, examine
from forensic.artifacts import index
from forensic.artifacts.collector import collect
from forensic.eventlog import binary_xml
from forensic.eventlog.evtx import CHUNK_SIZE, EvtxLog
from forensic.eventlog.log import Event, EventLog
from forensic.reasoning import index as rules
from forensic.registry.hive import Hive
from forensic.registry.key import Key
from forensic.registry.page import Pages
from tests.builders import world_event_log
from tests.builders.event_log import Logged, dense_evtx
from tests.builders.file import MemoryFile
from tests.builders.hive import REG_DWORD, HiveBuilder
from tests.builders.source import Bytes
from tests.builders.world import RELEASES, Life, World

SAMPLES = Path(__file__).parent.parent.parent / "samples"
IDLE = {
    "bz2", "concurrent.futures", "csv", "dataclasses", "evtx", "html", "inspect", "logging", "lzma", "pkgutil", "pyewf",
    "pyvhdi", "pyvmdk", "pyvshadow", "random", "rich", "shutil", "socket", "sqlite3", "subprocess", "tempfile", "zipfile", "zstandard",
    "forensic.containers.ewf2", "forensic.containers.ewf_library", "forensic.containers.qcow2", "forensic.containers.raw",
    "forensic.containers.sparse", "forensic.containers.vdi", "forensic.containers.verification", "forensic.containers.vhd",
    "forensic.containers.vhdx", "forensic.containers.vmdk", "forensic.reporting", "forensic.volumes.archive", "forensic.volumes.directory",
    "forensic.eventlog", *(f"forensic.artifacts.{module}" for module in index.FULL),
    *(f"forensic.reasoning.{module}" for module in rules.FULL),
}  # fmt: skip
"""What a triage of an E01 image with NTFS has no use for."""
LISTS = {"forensic.reporting", *(f"forensic.reporting.{room}" for room in ("formats", "comparisons", "groups", "holders"))}
"""Rooms that say what `--format` may name."""


def modules_after(statement):
    """Return the modules that a fresh interpreter has imported for `statement`; what that prints is dropped."""
    code = (
        "import sys; sys.modules['typing_extensions'] = None\n"  # among the development tools only; msgspec would import it
        "out, sys.stdout, before = sys.stdout, open(__import__('os').devnull, 'w'), set(sys.modules)\n"
        f"{statement}\nprint(*(set(sys.modules) - before), file=out)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("image", "triage", "requests", "full", "full_requests"),
    [
        ("desk-10.E01", 36_000, 25, 36_000, 25),
        ("master-2019.E01", 32_000, 52, 32_000, 52),
        ("dirty-10.E01", 46_000, 26, 46_000, 26),
        ("lab-xp.raw.zip", 120_000, 14, 120_000, 14),  # the last 64 KiB are looked at before the zip is opened
        ("moved-7.vhdx", 680_000, 28, 750_000, 30),
        ("nt4.qcow2", 34_000, 15, 34_000, 15),
    ],
)
def test_little_is_read_from_a_sample(image, triage, requests, full, full_requests):
    path = SAMPLES / image
    quick = examine(path, depth="triage", stats=True).stats
    whole = examine(path, depth="full", stats=True).stats
    assert quick["bytes_read"] <= triage
    assert quick["read_requests"] <= requests
    assert quick["bytes_read"] <= whole["bytes_read"] <= full
    assert whole["read_requests"] <= full_requests


def test_a_key_among_many_is_found_by_reading_few_pages():
    hive = HiveBuilder()
    for number in range(5000):
        hive.value(rf"Classes\Kind {number:04}\Settings", "Number", REG_DWORD, number)
    source = Bytes(hive.build())
    found = Hive(source).root.key(r"Classes\Kind 4321\Settings").value("Number").number()
    assert found == 4321
    assert source.size > 1_000_000
    assert source.requests <= 40  # pages of 4 KiB, and the lists


def test_an_absent_key_is_told_from_a_list_of_names_without_making_its_keys(monkeypatch):
    hive = HiveBuilder()
    for number in range(500):
        hive.key(f"Kind {number:04}")
    root = Hive(Bytes(hive.build())).root
    made = []
    monkeypatch.setattr(Key, "__init__", lambda key, *_: made.append(key))
    assert root.find("Absent") is None
    assert not made


def test_an_event_log_is_read_once_and_what_repeats_is_decoded_once_per_chunk(monkeypatch):
    events = [
        Logged(7000 + number % 4, number, "Service Control Manager", user_sid="S-1-5-18", data={"param1": f"service {number}"})
        for number in range(2000)
    ]
    file = MemoryFile(dense_evtx(events, "System"))
    read = []
    read_at = file.read_at
    file.read_at = lambda offset, size: read.append(size) or read_at(offset, size)
    made = []
    decode = binary_xml._header
    monkeypatch.setattr(binary_xml, "_header", lambda *parts: made.append(parts) or decode(*parts))
    log = EvtxLog(file)
    assert {event.event_id for event in log.events} == {7000, 7001, 7002, 7003}
    chunks = len(file.data) // CHUNK_SIZE
    assert chunks > 2
    assert sum(read) <= len(file.data) + 128 * (chunks + 1)
    assert len(made) == 4 * chunks


def _held():
    gc.collect()
    return [thing for thing in gc.get_objects() if isinstance(thing, (Event, EventLog, Pages))]


def test_logs_and_hives_are_forgotten_once_they_were_read(tmp_path, monkeypatch):
    life = Life(World(5), RELEASES["10"])
    life.install(life.world.computer(), "2021-03-02T09:10:00Z")
    life.add_user("ann", "2021-03-02T09:41:00Z").use("2021-06-30T12:00:00Z")
    for name in ("first", "second"):
        for path, data in {**life.files(), **world_event_log.traces(life)}.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    before = {id(thing): thing for thing in _held()}  # other tests' logs
    held = []

    def counted(installation, **options):
        held.append(len([thing for thing in _held() if id(thing) not in before]))
        return collect(installation, **options)

    monkeypatch.setattr(examination, "collect", counted)
    report = examine(tmp_path)
    assert len(held) == 2
    assert held[1] <= held[0]  # those by which the installations were found
    assert any(fact.kind == "event-log-span" and fact.value.records for fact in report.installations[0].facts)
    assert not [thing for thing in _held() if id(thing) not in before]


def test_a_triage_imports_only_what_it_uses():
    loaded = modules_after(f"from forensic import examine; examine({str(SAMPLES / 'desk-10.E01')!r}, depth='triage').to_json()")
    assert "forensic.containers.ewf" in loaded
    assert not {name for name in loaded for idle in IDLE if name == idle or name.startswith(idle + ".")}


def test_the_command_line_adds_no_room_and_nothing_heavy():
    image = str(SAMPLES / "desk-10.E01")
    arguments = ["examine", "--depth", "triage", "--format", "json", image]
    library = modules_after(f"from forensic import examine; examine({image!r}, depth='triage').to_json()")
    command = modules_after(f"from forensic.cli import main; main({arguments!r})")
    added = {name for name in command - library if name.partition(".")[0] not in sys.stdlib_module_names}
    rooms = {name for name in added if not name.startswith("forensic.cli")}
    assert rooms == {*LISTS, "forensic.reporting.formats.json"}


def test_the_version_is_printed_without_importing_a_room():
    loaded = modules_after("from forensic.cli import main\ntry: main(['--version'])\nexcept SystemExit: pass")
    ours = {name for name in loaded if name.startswith("forensic") and not name.startswith("forensic.cli")}
    assert ours == {"forensic", *LISTS}
