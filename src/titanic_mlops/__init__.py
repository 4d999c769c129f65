"""A CSV lands; checked rows, an honest model and explained predictions come of it.

A row's journey, by the rooms in their order: `problems` declares what a row is, and `rules` says
what its values must satisfy. A file lands (an event of `events`) and is entered in the `ledger`;
`ingestion` checks its header and rows and gives every accepted row its split. The step
`pipeline.ingest_data` loads them into the `tables` of the warehouse behind `ports`, once, and
announces them. `pipeline.train_model` freezes the rows as a snapshot; `learning` fits trees on
it and exports them as a model of plain arrays. `pipeline.judge_model` lets the gate score that
artefact against the champion; the `registry` keeps it with its `card`, and the `champion` moves or
stays. `prediction` answers a request with the champion's model; `monitoring` says from the
predictions when it must learn again. `derive` writes the documents that
follow from a declaration. `adapters` answer the ports, `settings` names them, and `platforms` puts
each platform together. `functions` are the entry points that events and requests call, `web` is
the HTTP application among them, and `cli` is how a user asks for all of it.
"""
