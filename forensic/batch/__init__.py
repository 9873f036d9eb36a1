"""Batch: many images, examined by guarded children, stored in the catalog.

`discovery` finds the sources below paths, `supervisor` leases them from the catalog and lets children (`child`) examine them; in the child
process `worker` puts on the `guard` and examines one source after another.
"""
