"""One node of a scan, for tests that kill it: `python -m tests.batch.node CATALOG ROOT PLAN` prints its summary."""

import sys

import msgspec

from forensic.batch.event import Nobody
from forensic.batch.executor import Local
from forensic.batch.plan import Plan
from forensic.batch.search import Search
from forensic.catalog.catalog import open_catalog


def main():
    catalog, root, plan = sys.argv[1], sys.argv[2], msgspec.json.decode(sys.argv[3], type=Plan)
    with open_catalog(catalog) as opened:
        summary = Local().examine(opened, plan, Search([root], (), plan), [root], Nobody(), lambda: False)
    sys.stdout.buffer.write(msgspec.json.encode(summary))


if __name__ == "__main__":
    main()
