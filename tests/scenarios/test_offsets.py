"""What a fact says was read lies where the fact says: the bytes at its offset, in the file or as its logs make them, are its raw bytes."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from forensic import examine
from forensic.errors import ForensicError
from forensic.model import RawDigest
from forensic.registry.hive import Hive
from forensic.sources import DiskSource, open_source
from forensic.storage.meter import ReadMeter
from forensic.windows.hive_folder import LOG_SUFFIXES
from tests.builders import transaction_log
from tests.builders.hive import REG_BINARY, REG_SZ
from tests.builders.world import RELEASES, Life, World

SAMPLES = Path(__file__).parent.parent.parent / "samples"
IMAGES = [story["image"] for story in json.loads((SAMPLES / "manifest.json").read_text())]
CONFIG = "Windows/System32/config"
COMPOSED = {"lsa-boot-key"}
"""Kinds whose raw bytes come from several places, of which the fact names the first: the class names of four keys."""
REAL = {
    "xp": {f"{CONFIG}/{name}": f"hives/m57-pat-xp/{name}" for name in ("SAM", "SECURITY", "SYSTEM")}
    | {"Documents and Settings/pat/NTUSER.DAT": "hives/m57-pat-xp/NTUSER.DAT"},
    "10": {
        f"{CONFIG}/{name}": f"machines/win10-rathbun/Registry/{name}"
        for name in ("SAM", "SAM.LOG1", "SAM.LOG2", "SECURITY", "SECURITY.LOG1")
    }
    | {f"Users/x/{name}": f"machines/win10-rathbun/Registry/{name}" for name in ("NTUSER.DAT", "ntuser.dat.LOG1", "ntuser.dat.LOG2")},
    "dirty 10": {f"{CONFIG}/SYSTEM{log}": f"hives/regipy/SYSTEM_B{log}" for log in ("", ".LOG1", ".LOG2")},
    "8.1": {f"{CONFIG}/SYSTEM": "hives/regipy/SYSTEM_2"},
    "domain controller": {f"{CONFIG}/{name}": f"hives/servers/win2022_64/{name.lower()}.reg" for name in ("SAM", "SECURITY")},
    "msedge": {f"{CONFIG}/{name}": f"hives/msedgewin10/{name}" for name in ("SAM", "SECURITY")},
}


class Evidence:
    """The bytes of a source by place: as its files store them, and with their logs applied."""

    def __init__(self, source):
        self.source = open_source(str(source), ReadMeter())
        if isinstance(self.source, DiskSource):
            self.trees = {volume.id: volume.tree for volume in self.source.disk.volumes if volume.not_examined is None}
        else:
            self.trees = {"": self.source.tree}
        self._hives = {}

    def close(self):
        self.source.close()

    def bytes_at(self, fact, size):
        place = fact.place
        if not place.file:
            return self.source.image.read_at(place.offset, size)
        if fact.state == "recovered":
            return self._hive(place).cells.pages.read(place.offset, size)
        return self.trees[place.volume].open(place.file).read_at(place.offset, size)

    def _hive(self, place):
        where = (place.volume, place.file)
        if where not in self._hives:
            logs = []
            for suffix in LOG_SUFFIXES:
                try:
                    logs.append(self.trees[place.volume].open(place.file + suffix))
                except ForensicError:
                    continue
            self._hives[where] = Hive(self.trees[place.volume].open(place.file), logs=logs)
        return self._hives[where]


def misplaced(source):
    """Return the facts whose raw bytes do not lie where the fact says, and how many were compared."""
    wrong, compared = [], 0
    with closing(Evidence(source)) as evidence:
        for installation in examine(source, strict=True).installations:
            for fact in installation.facts:
                if fact.place.offset is None or fact.kind in COMPOSED:
                    continue
                digest = isinstance(fact.raw, RawDigest)
                there = evidence.bytes_at(fact, fact.raw.length if digest else len(fact.raw) // 2)
                compared += 1
                if fact.raw != (RawDigest.of(there) if digest else there.hex()):
                    wrong.append(fact.source)
    return wrong, compared


def spread(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.mark.parametrize("image", IMAGES)
def test_of_the_samples_every_fact_lies_where_it_says(image):
    wrong, compared = misplaced(SAMPLES / image)
    assert wrong == []
    assert compared > 20


@pytest.mark.parametrize("era", sorted(RELEASES))
def test_of_every_era_every_fact_lies_where_it_says(tmp_path, era):
    world = World(12)
    life = Life(world, RELEASES[era]).install(world.computer(), "2025-01-07T10:00:00Z").add_user("ann", "2025-01-08T10:00:00Z")
    wrong, compared = misplaced(spread(tmp_path, life.files()))
    assert wrong == []
    assert compared > 20


@pytest.mark.parametrize("machine", REAL)
def test_of_real_hives_every_fact_lies_where_it_says(real, tmp_path, machine):
    wrong, compared = misplaced(spread(tmp_path, {name: real(path).read_bytes() for name, path in REAL[machine].items()}))
    assert wrong == []
    assert compared > 5


def test_values_of_any_length_and_from_logs_lie_where_they_say(tmp_path):
    life = Life(World(4), RELEASES["10"]).install(World(5).computer(), "2021-03-02T09:10:00Z").add_user("ann", "2021-03-02T10:00:00Z")
    files, system = life.files(), life._system()
    before = system.build()
    system.value("MountedDevices", r"\DosDevices\Q:", REG_BINARY, b"\x01\x02\x03")  # inline
    system.value("MountedDevices", r"\DosDevices\R:", REG_BINARY, b"R" * 40_000)  # segments
    system.value(r"ControlSet001\Control\ComputerName\ComputerName", "ComputerName", REG_SZ, "RENAMED")
    after = system.build()
    files[f"{CONFIG}/SYSTEM"] = transaction_log.dirty(before)
    entry = transaction_log.entry(after, transaction_log.changed_blocks(before, after), 3)
    files[f"{CONFIG}/SYSTEM.LOG1"] = transaction_log.new_log(before, 3, [entry])
    folder = spread(tmp_path, files)
    facts = examine(folder, strict=True).installations[0].facts
    assert {fact.value.name for fact in facts if fact.kind == "computer-name" and fact.state == "recovered"} >= {"RENAMED"}
    wrong, _ = misplaced(folder)
    assert len(wrong) == 1  # of data in segments the fact names the first one
    assert "R:" in wrong[0]


def test_a_fact_that_lies_elsewhere_is_noticed(tmp_path, monkeypatch):
    folder = spread(tmp_path, Life(World(4), RELEASES["7"]).install(World(5).computer(), "2021-03-02T09:10:00Z").files())
    monkeypatch.setattr(Evidence, "bytes_at", lambda _, fact, size: bytes(size))
    assert len(misplaced(folder)[0]) > 20
