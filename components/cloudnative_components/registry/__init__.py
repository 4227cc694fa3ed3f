"""The registry, and the images that are in it."""
