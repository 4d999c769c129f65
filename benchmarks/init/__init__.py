"""What comes of `titanic-mlops init` on tables of many kinds."""
