"""Every declared problem against its authors' model, a constant, LightGBM and CatBoost."""
