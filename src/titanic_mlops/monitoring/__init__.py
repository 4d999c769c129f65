"""Say from counts whether requests still look like the training rows: pure arithmetic."""

from titanic_mlops.monitoring.bins import Bins
from titanic_mlops.monitoring.profile import Profile, profile_of

__all__ = ["Bins", "Profile", "profile_of"]
