"""Owns the names by which training puts a bundle into the model registry and the service finds it there."""

CHAMPION = "champion"  # alias of the version whose scores are answered
CHALLENGER = "challenger"  # alias of the version on trial
PREVIOUS_CHAMPION = "previous_champion"  # tag of a champion: the version before it
BUNDLE_FOLDER = "bundle"  # artifact of a training run
