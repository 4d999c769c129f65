"""When a model must learn again: what is computed from counts and joined rows, nothing else.

`profile` freezes the bins of a training's rows, `facets` says in which bin a value falls, and
`counting_sql` counts a window's predictions by the same bins. `windows` says when a window closes,
`drift` compares its counts with the profile, `decay` the answers with what became true, `estimate`
guesses the same from probabilities alone, and `decision` says what follows.
"""
