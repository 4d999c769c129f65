"""Encoder, model, metrics, training, gate: from a snapshot to a judged artefact."""
