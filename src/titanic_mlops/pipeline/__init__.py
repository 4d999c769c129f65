"""THE FILES TO READ: what happens to a row, one step a file: ingest_data, train_model, predict.

A step is a function of a message and its ports. It may be run twice, at the same time, or
after a crash at any line: what is already done is found done. The steps are imported one
by one, so that answering a prediction never loads what training needs.
"""
