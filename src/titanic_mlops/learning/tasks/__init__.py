"""What a task means at every step: one module a task, with the same verbs."""
