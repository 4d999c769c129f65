"""Learn from a snapshot: encoder, tasks, training, metrics and the gate that judges the model."""
