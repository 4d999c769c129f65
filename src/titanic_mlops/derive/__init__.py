"""From declarations to the files that follow from them, one module per artefact."""
