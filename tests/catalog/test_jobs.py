"""Jobs: what is offered, leased, done and failed, by several owners at once."""

import msgspec
import pytest

from forensic.catalog.record import Offered, Source
from forensic.model import Problem
from tests.catalog.conftest import entry, moved, stored

PATHS = [f"/evidence/disk-{number}.E01" for number in range(5)]
HOSTILE = [
    "/evidence/\udcff\udcfe.E01", "/evidence/new\nline.E01", "/evidence/'); DROP TABLE image; --.E01", "json:/evidence/x",
    "/evidence/%_.E01", "/evidence/ \u202egpj.E01", "s3://bucket/a b.E01?x=1#y", "C:\\evidence\\disk.vhdx", "/evidence/\x00.E01", "\udc80",
]  # fmt: skip


def offer(catalog, *paths, fingerprint="1", **parts):
    return catalog.offer(Source(path, fingerprint, **parts) for path in paths)


def test_what_is_new_is_to_do_and_what_is_stored_is_not(catalog, reports):
    assert offer(catalog, *PATHS) == Offered(new=5)
    assert offer(catalog, *PATHS) == Offered(pending=5)
    jobs = catalog.lease(9, "me", 60)
    assert [job.path for job in jobs] == PATHS
    assert all(catalog.done(job, moved(reports[0], job.path), compare=False) for job in jobs)
    assert offer(catalog, *PATHS) == Offered(unchanged=5)
    assert catalog.lease(9, "me", 60) == []
    assert offer(catalog, *PATHS[:2], fingerprint="2") == Offered(changed=2)
    assert [job.fingerprint for job in catalog.lease(9, "me", 60)] == ["2", "2"]


def test_a_report_of_less_depth_than_asked_is_made_again(catalog, reports):
    offer(catalog, PATHS[0], depth="triage")
    (job,) = catalog.lease(1, "me", 60)
    assert job.depth == "triage"
    assert catalog.done(job, msgspec.structs.replace(moved(reports[0], job.path), depth="triage"))
    assert offer(catalog, PATHS[0], depth="triage") == Offered(unchanged=1)
    assert offer(catalog, PATHS[0]) == Offered(changed=1)
    (job,) = catalog.lease(1, "me", 60)
    assert job.depth == "full"


def test_a_report_of_older_artifacts_is_made_again(catalog, reports):
    stored(catalog, reports[:1])
    (one, *rest) = reports[0].installations
    name, how = min(one.extraction.items())
    older = msgspec.structs.replace(one, extraction=one.extraction | {name: msgspec.structs.replace(how, version=how.version - 1)})
    report = msgspec.structs.replace(moved(reports[0], PATHS[0]), installations=(older, *rest))
    stored(catalog, [report])
    assert list(catalog.stale()) == [(PATHS[0], {name: (how.version - 1, how.version)})]
    assert offer(catalog, PATHS[0], reports[0].source.path) == Offered(stale=1, unchanged=1)


def test_no_two_owners_have_one_job(catalog):
    offer(catalog, *PATHS)
    mine, theirs = catalog.lease(3, "me", 60), catalog.lease(3, "they", 60)
    assert sorted(job.path for job in (*mine, *theirs)) == PATHS
    assert len(mine) == 3
    assert catalog.lease(3, "third", 60) == []
    assert catalog.release("they") == 2
    assert len(catalog.lease(9, "third", 60)) == 2


def test_a_lease_that_ran_out_is_given_again_and_renewed_ones_are_not(catalog):
    offer(catalog, *PATHS[:2])
    (kept,) = catalog.lease(1, "alive", 60)
    (lost,) = catalog.lease(1, "dead", -1)
    assert catalog.renew("alive", 60) == 1
    (again,) = catalog.lease(9, "next", 60)
    assert (kept.path, lost.path, again.path) == (PATHS[0], PATHS[1], PATHS[1])
    assert again.ticket == 2
    assert catalog.renew("dead", 60) == 0


def test_a_job_whose_lease_runs_out_again_and_again_is_set_aside(catalog):
    """As one that ends the program that has it, and not only its child."""
    offer(catalog, *PATHS[:2])
    (poison,) = catalog.lease(1, "first", -1)
    assert [job.path for job in catalog.lease(1, "second", 60)] == [PATHS[1]]  # what did no harm yet comes first
    for number in range(1, 3):
        (again,) = catalog.lease(9, "next", -1)
        assert (again.path, again.tries, again.ticket) == (poison.path, number, poison.ticket + number)
    assert catalog.lease(9, "next", 60) == []
    (failure,) = catalog.store.failures()
    assert (failure.path, failure.reason, failure.tries) == (poison.path, "the lease ran out 3 times", 3)
    assert failure.quarantined
    assert catalog.counts().failed == 1
    assert catalog.retry_failed() == 1
    (job,) = catalog.lease(9, "next", -1)
    assert (job.path, job.tries) == (poison.path, 0)
    catalog.lease(9, "next", 60, tries=1)
    assert [one.reason for one in catalog.store.failures() if one.quarantined] == [
        "the lease ran out 1 time; before: the lease ran out 3 times"
    ]


def test_a_failure_among_leases_that_ran_out_is_told(catalog):
    offer(catalog, PATHS[0])
    assert catalog.fail(catalog.lease(1, "first", 60)[0], "killed by SIGSEGV") == "again"
    catalog.lease(1, "second", -1)
    assert catalog.lease(1, "third", 60, tries=2) == []
    assert [one.reason for one in catalog.store.failures()] == ["the lease ran out 1 of 2 times; before: killed by SIGSEGV"]


@pytest.mark.parametrize("first", ["late", "heir"])
def test_of_two_who_report_one_job_the_first_is_stored(catalog, reports, first):
    offer(catalog, PATHS[0])
    (late,) = catalog.lease(1, "late", -1)
    (heir,) = catalog.lease(1, "heir", 60)
    order = (late, heir) if first == "late" else (heir, late)
    assert [catalog.done(job, moved(reports[0], PATHS[0])) for job in order] == [True, False]
    assert catalog.counts().done == 1
    assert catalog.counts().states == 1
    assert list(catalog.store.check()) == []


def test_a_late_report_of_what_changed_since_or_was_forgotten_is_not_stored(catalog, reports):
    offer(catalog, *PATHS[:2])
    changed, forgotten = catalog.lease(2, "me", 60)
    offer(catalog, PATHS[0], fingerprint="2")
    catalog.store.forget([PATHS[1]])
    assert not catalog.done(changed, moved(reports[0], PATHS[0]))
    assert not catalog.done(forgotten, moved(reports[0], PATHS[1]))
    (job,) = catalog.lease(9, "me", 60)
    assert (job.path, job.fingerprint) == (PATHS[0], "2")


def test_a_job_is_tried_again_and_then_set_aside_with_its_reason(catalog):
    offer(catalog, PATHS[0])
    said = [catalog.fail(catalog.lease(1, "me", 60)[0], f"killed by SIGSEGV {number}") for number in range(3)]
    assert said == ["again", "again", "quarantined"]
    assert catalog.lease(1, "me", 60) == []
    (failure,) = catalog.store.failures()
    assert (failure.path, failure.reason, failure.tries, failure.quarantined) == (PATHS[0], "killed by SIGSEGV 2", 3, True)
    assert offer(catalog, PATHS[0]) == Offered(failed=1)
    assert catalog.retry_failed(["/other"]) == 0
    assert catalog.retry_failed(["/evidence"]) == 1
    (job,) = catalog.lease(1, "me", 60)
    assert job.tries == 0
    assert catalog.fail(job, "no hope", final=True) == "quarantined"
    assert offer(catalog, PATHS[0], fingerprint="2") == Offered(changed=1)
    assert list(catalog.store.failures()) == []


def test_what_failed_waits_until_the_others_were_tried(catalog):
    offer(catalog, *PATHS[:3])
    (job,) = catalog.lease(1, "me", 60)
    catalog.fail(job, "once")
    assert [one.path for one in catalog.lease(3, "me", 60)] == [*PATHS[1:3], PATHS[0]]


def test_the_failure_of_a_lease_that_is_anothers_is_ignored(catalog, reports):
    offer(catalog, PATHS[0])
    (late,) = catalog.lease(1, "late", -1)
    (heir,) = catalog.lease(1, "heir", 60)
    assert catalog.fail(late, "slow") == "ignored"
    assert catalog.done(heir, moved(reports[0], PATHS[0]))
    assert catalog.fail(heir, "after all") == "ignored"
    assert catalog.counts().done == 1


def test_what_was_set_aside_is_stored_all_the_same_by_who_had_it(catalog, reports):
    offer(catalog, PATHS[0])
    (late,) = catalog.lease(1, "late", -1)
    (heir,) = catalog.lease(1, "heir", 60)
    catalog.fail(heir, "poison", final=True)
    assert catalog.done(late, moved(reports[0], PATHS[0]))
    assert catalog.counts().failed == 0


def test_a_source_that_could_not_be_read_is_a_failure(catalog, reports):
    offer(catalog, PATHS[0])
    (job,) = catalog.lease(1, "me", 60)
    report = moved(reports[0], PATHS[0])
    source = msgspec.structs.replace(report.source, format="unreadable")
    gone = msgspec.structs.replace(report, source=source, installations=(), problems=(Problem("error", PATHS[0], "the share is gone"),))
    assert not catalog.done(job, gone)
    assert [one.reason for one in catalog.store.failures()] == ["the share is gone"]


def test_tags_add_up(catalog):
    offer(catalog, PATHS[0], tags=("lab", "2026"))
    offer(catalog, PATHS[0], tags=("case 7",))
    assert catalog.lease(1, "me", 60)[0].tags == ("2026", "case 7", "lab")


@pytest.mark.parametrize("path", HOSTILE)
def test_any_path_comes_back_as_it_was(catalog, reports, path):
    assert offer(catalog, path, "/other", tags=("a\udcffb",)).new == 2
    jobs = {job.path: job for job in catalog.lease(9, "me", 60)}
    assert set(jobs) == {path, "/other"}
    assert catalog.done(jobs[path], moved(reports[0], path))
    assert catalog.store.image_of(path).path == path
    assert catalog.report(path).installations == reports[0].installations
    catalog.fail(jobs["/other"], "bad \udcff\x00 news", final=True)
    assert [one.path for one in catalog.store.failures()] == ["/other"]
    assert catalog.store.forget([path]) == 1
    assert catalog.store.image_of(path) is None


def test_many_sources_are_taken_as_they_come(catalog):
    made = []

    def sources():
        for number in range(1200):
            made.append(number)
            yield Source(f"/evidence/{number}.E01", "1")

    assert catalog.offer(sources()) == Offered(new=1200)
    assert catalog.counts().waiting == 1200


def test_entries_made_elsewhere_are_stored_too(catalog):
    offer(catalog, PATHS[0])
    (job,) = catalog.lease(1, "me", 60)
    assert catalog.done(job, entry(("machine-guid", "g")), compare=False)
    assert [one.installation for one in catalog.store.states()] == ["p2/Windows"]
