"""THE FILES TO READ: what happens to a row, one step a file: ingest_data, train_model, predict.

A step is a function of a message and its ports. It is idempotent: it may run twice, in
parallel, or again after a crash at any line. Each step is imported by its own module's
name, so that answering a prediction never loads what training needs.
"""
