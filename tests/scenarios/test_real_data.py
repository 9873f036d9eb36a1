"""Which artifacts state facts on which real data: the table that the pages show is what comes out (FORENSIC_REGENERATE=1 writes it)."""

import os
import re
import shutil
import textwrap
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from forensic.artifacts import collector as collection
from forensic.artifacts.declaration import load
from forensic.containers import open_image
from forensic.errors import ForensicError
from forensic.reporting import validation
from forensic.reporting.validation import REAL_DATA, real_data_of
from forensic.sources import open_source
from forensic.storage.meter import ReadMeter
from forensic.volumes.disk import open_disk
from forensic.windows.folder import Folder, matching
from tests.conftest import DATA, real_files
from tests.scenarios.test_real_lives import CONFIG, place

ARTIFACTS = [one for one in load("full") if one.module.startswith("forensic.")]  # tests declare some of their own
XP = "WINDOWS/system32/config"
PROFILES = ("NTUSER.DAT", "NTUSER-WSL.DAT", "NTUSER_BAGMRU.DAT", "NTUSER_modified.DAT", "NTUSER_with_winscp.DAT")
CARRIER = "System32/config/CARRIER"
"""Marks the SYSTEM hive without which single files are no installation: what is read from it does not count."""


def _machine(name):
    base = f"machines/{name}/"
    return {file: target for file in real_files(base.rstrip("/")) if (target := place(file.removeprefix(base)))}


COLLECTIONS = [
    ("Windows 10 of DFIRArtifactMuseum (Rathbun)", _machine("win10-rathbun")),
    ("Windows 10 of DFIRArtifactMuseum (Belkasoft)", _machine("win10-belkasoft")),
    (
        "M57-PAT, Windows XP",
        {f"hives/m57-pat-xp/{hive}": f"{XP}/{hive}" for hive in ("SAM", "SECURITY", "SYSTEM")}
        | {"hives/m57-pat-xp/NTUSER.DAT": "Documents and Settings/pat/NTUSER.DAT"},
    ),
    ("MSEDGEWIN10, Windows 10", {f"hives/msedgewin10/{hive}": f"{CONFIG}/{hive}" for hive in ("SAM", "SECURITY")}),
    ("2JQQWP1, Windows 8.1", {f"hives/ericzimmerman/{hive}": f"{CONFIG}/{hive}" for hive in ("SAM", "SECURITY")}),
    ("SENSEI, Windows 8.1", {"hives/regipy/SYSTEM_2": f"{CONFIG}/SYSTEM"}),
    ("DESKTOP-PM6C56D, Windows 10", {f"hives/regipy/SYSTEM_B{log}": f"{CONFIG}/SYSTEM{log}" for log in ("", ".LOG1", ".LOG2")}),
    (
        "DESKTOP-2KGM189, Windows 10",
        {
            "hives/regipy/SYSTEM_WIN_10_1709": f"{CONFIG}/SYSTEM",
            "logs/desktop-2kgm189-2017-system.evtx": "Windows/System32/winevt/Logs/System.evtx",
        },
    ),
    *(
        (
            "six domain controllers, 2008 to 2022 (aiowinreg)",
            {f"hives/servers/{name}/{hive.lower()}.reg": f"{CONFIG}/{hive}" for hive in ("SAM", "SECURITY")},
        )
        for name in sorted({file.split("/")[2] for file in real_files("hives/servers")})
    ),
    (
        "profiles, BCD and Amcache of regipy",
        {f"hives/regipy/{name}": f"Users/{number}/NTUSER.DAT" for number, name in enumerate(PROFILES)}
        | {"hives/regipy/BCD": "Boot/BCD", "hives/regipy/amcache.hve": "Windows/AppCompat/Programs/Amcache.hve"}
        | {"hives/regipy/SYSTEM_B": CARRIER},
    ),
    (
        "setup logs of plaso",
        {f"logs/plaso-setupapi.{log}.log": f"Windows/INF/setupapi.{log}.log" for log in ("setup", "dev")}
        | {"hives/regipy/SYSTEM_B": CARRIER},
    ),
    *(
        ("setup logs published by their owners", {f"setup-logs/{log}.log": target, "hives/regipy/SYSTEM_B": CARRIER})
        for log, target in (
            ("dtcinstall/w7-x86-two-seals", "Windows/DtcInstall.log"),
            ("lsasetup/server2019-eval", "Windows/lsasetup.log"),
            ("panther/w10-16299-media-setupact", "Windows/Panther/setupact.log"),
            ("panther/2012r2-azure-unattendgc-setupact", "Windows/Panther/UnattendGC/setupact.log"),
            ("panther/w11-22631-download-only-setupact", "$WINDOWS.~BT/Sources/Panther/setupact.log"),
            ("sysprep/w10-19041-two-failed-setupact", "Windows/System32/Sysprep/Panther/setupact.log"),
            ("sysprep/w10-19041-five-failed-setuperr", "Windows/System32/Sysprep/Panther/setuperr.log"),
            ("tssysprep/w7sp1-one-seal", "Windows/TSSysprep.log"),
        )
    ),
    *(
        (
            "event logs alone, published by people who tested them",
            {file: file.rpartition("/")[2] for file in real_files(f"groups/{member}")},
        )
        for member in (
            "offsec-fs02-fs03/fs03",
            "sans-course-vm/sec511-2017",
            "sans-course-vm/valkyrie-2023",
            "desktop-0qt8017-two-logs/b",
            "guapos-reinstalled/guapos-2022-11",
        )
    ),
    (
        "WKS-WINXP32BIT, Windows XP: system log",
        {"logs/wks-winxp32bit-SysEvent.Evt": f"{XP}/SysEvent.Evt", "hives/m57-pat-xp/SYSTEM": CARRIER},
    ),
]
"""Real files, and where they lay, or would lie, on the drive."""
VOLUMES = [
    ("volumes of dfvfs and plaso", f"images/{name}")
    for name in ("dfvfs/gpt.raw", "dfvfs/mbr.raw", "dfvfs/vss.raw", "plaso-usnjrnl.qcow2", "velociraptor-test.vhdx")
]


def stated_by_collection(folder, carried, monkeypatch):
    """Names of the artifacts that state facts about the files in `folder`."""
    seen = set()

    def watched(artifact):
        def read(opened):
            for fact in artifact.read(opened):
                if not (carried and fact.place.file.lower().endswith("/config/system")):
                    seen.add(artifact.name)
                yield fact

        return msgspec.structs.replace(artifact, read=read)

    monkeypatch.setattr(collection, "load", lambda _depth: [watched(one) for one in ARTIFACTS])
    with closing(open_source(str(folder), ReadMeter())) as source:
        for installation in source.installations(earlier_states=False):
            collection.collect(installation, strict=True)
            installation.close()
    return seen


def stated_by_volume(path):
    """Names of the artifacts that state facts about the volumes of an image and what lies in their roots: no Windows is on them."""
    seen = set()
    with closing(open_image(str(path))) as image:
        whole = open_disk(image, image.sector_size).volumes
        for volume in [*whole, *(copy for one in whole for copy in one.shadow_copies)]:
            for artifact in ARTIFACTS:
                if volume.not_examined is None and _states(artifact, volume):
                    seen.add(artifact.name)
    return seen


def _states(artifact, volume):
    if artifact.place == "disk":
        places = [volume]
    elif artifact.place in {"file", "folder"} and artifact.path.startswith("%SystemDrive%/"):
        paths = matching(volume.tree, artifact.path.partition("/")[2])
        places = (Folder(volume.tree, path) if artifact.place == "folder" else volume.tree.open(path) for path in paths)
    else:
        return False
    try:
        return any(True for opened in places for _ in artifact.read(opened))
    except ForensicError:
        return False


def test_the_pages_name_the_real_data_on_which_an_artifact_states_facts(real, tmp_path, monkeypatch):
    if not DATA.exists():
        pytest.skip("real data absent")
    stated = {}
    for number, (name, files) in enumerate(COLLECTIONS):
        carried = CARRIER in files.values()
        for file, target in files.items():
            root = XP if "WINXP" in name else CONFIG
            path = tmp_path / str(number) / (f"{root}/SYSTEM" if target == CARRIER else target)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(real(file), path)
        stated.setdefault(name, set()).update(stated_by_collection(tmp_path / str(number), carried, monkeypatch))
    for name, file in VOLUMES:
        stated.setdefault(name, set()).update(stated_by_volume(Path(real(file))))
    if os.environ.get("FORENSIC_REGENERATE"):
        module = Path(validation.__file__)
        text = re.sub(
            r"= \{\n.*?^\}\n", lambda _: _table(stated), module.read_text(encoding="utf-8"), count=1, flags=re.DOTALL | re.MULTILINE
        )
        module.write_text(text, encoding="utf-8")
        pytest.skip("the table was written anew")
    assert {name: sorted(found) for name, found in stated.items()} == {name: found.split() for name, found in REAL_DATA.items()}


def _table(stated):
    lines = ["= {"]
    for name, found in stated.items():
        wrapped = textwrap.wrap(" ".join(sorted(found)), 130, break_on_hyphens=False)
        lines += [f'    "{name}": """', *(f"        {line}" for line in wrapped), '    """,']
    return "\n".join([*lines, "}\n"])


def test_the_table_names_artifacts_that_exist():
    names = {artifact.name for artifact in ARTIFACTS}
    assert {name for found in REAL_DATA.values() for name in found.split()} <= names
    assert real_data_of("no-such-artifact") == ()
    assert "M57-PAT, Windows XP" in real_data_of("machine-sid")
