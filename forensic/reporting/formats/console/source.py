"""Source: the image or collection, its volumes, the hives that were read, and the work done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from forensic.model import HiveInfo, SourceInfo, VolumeInfo
from forensic.reporting import view
from forensic.reporting.formats.console.page import Page
from forensic.reporting.wording import UNLOCKED_WORDS, bytes_in_words, name_in_words, shown, value_in_words

SET_ASIDE_LIMIT = 12
"""Files set aside that a report without `-vv` lists."""


def write_volumes(page: Page, volumes: Sequence[VolumeInfo], *, all_of_them: bool) -> None:
    """Write the volumes, or only those that were not examined."""
    chosen = [volume for volume in volumes if all_of_them or volume.not_examined]
    if not chosen and not all_of_them:
        return
    page.heading(f"Volumes ({len(volumes)})" if all_of_them else "Volumes not examined")
    if not chosen:
        page.put("none found")
    for volume in chosen:
        said = [shown(volume.filesystem), bytes_in_words(volume.size), f"at byte {volume.start:,}", f"scheme {volume.scheme}"]
        said += [f"encrypted, opened by its {UNLOCKED_WORDS[volume.unlocked_by]}"] if volume.unlocked_by in UNLOCKED_WORDS else []
        said += [f"label {shown(volume.label)}"] if volume.label else []
        said += [f"serial {shown(volume.serial)}"] if volume.serial else []
        page.put(", ".join(said), lead=Text(shown(volume.id), "bold"), column=8)
        if volume.not_examined:
            page.put(f"not examined: {shown(volume.not_examined)}", indent=8)


def write_collected_files(page: Page, source: SourceInfo) -> None:
    """Write the files of a collection that were set aside, and why."""
    if not source.set_aside:
        return
    page.heading(f"Files set aside ({len(source.set_aside)})")
    listed = source.set_aside if page.everything else source.set_aside[:SET_ASIDE_LIMIT]
    for aside in listed:
        page.put(shown(aside.path))
        page.put(Text(shown(aside.why), "dim"), indent=4)
    page.rest(len(source.set_aside) - len(listed), "files")


def write_hives(page: Page, hives: Sequence[HiveInfo]) -> None:
    """Write each hive as it was read."""
    page.heading(f"Hives ({len(hives)})")
    if not hives:
        page.put("none found")
    for hive in hives:
        page.put(shown(hive.path))
        page.put(f"{bytes_in_words(hive.size)}; {view.hive_state(hive)}", indent=4)
        for problem in hive.problems:
            page.put(shown(problem), lead="problem:", indent=4, column=13)


def write_stats(page: Page, stats: Mapping[str, Any] | None) -> None:
    """Write what the examination cost, where it was measured."""
    if stats is None:
        return
    page.heading("Work done")
    sizes = {name for name in stats if "bytes" in name or "memory" in name}
    page.rows(
        (name_in_words(name), bytes_in_words(value) if name in sizes and isinstance(value, int) else value_in_words(value))
        for name, value in stats.items()
    )
