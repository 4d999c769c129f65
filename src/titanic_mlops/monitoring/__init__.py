"""When a model must learn again: computed from counts and joined rows, without a port.

`training_profile` freezes the bins of a training's rows on its card (`profile`, `bins`, `facets`),
and `counting_sql` counts a window's predictions by the same bins. `windows` says when a window
closes, `drift` compares its counts with the profile, `decay` the answers with what became true
(`figures`), and `estimate` expects the same from recalibrated probabilities alone. `alarm` waits
for a second window, and `decision` says what follows.
"""
