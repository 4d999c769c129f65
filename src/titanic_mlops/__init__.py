"""A CSV lands; checked rows, an honest model and explained predictions come of it.

A row's journey: a file lands (`events`) and is entered in the `ledger`. `ingestion` checks
its header and rows by rules that `derive` takes from the declaration in `problems`, and
gives every accepted row its `split`. `pipeline.ingest_data` loads them into the warehouse
of `ports`, once, and announces it. `pipeline.train_model` freezes the rows as a snapshot;
`training` fits trees on it through the `encoder` and exports them as a `model` of plain
arrays; the `gate` scores that artefact against the champion by `metrics`, and the
`registry` keeps it with its `card`. `pipeline.predict` lets the champion answer through
`prediction`. `adapters` are the world behind the ports, `settings` and `wiring` choose
them. `functions` are the entry points that events and requests call, `web` is the HTTP
application among them, and `cli` is how a person asks for all of it.
"""
