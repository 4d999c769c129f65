"""The platform on Google Cloud: commands here, steps in deployed functions there."""
