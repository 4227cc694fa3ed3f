"""The ten steps of the CNCF trail map, with what an environment uses of each and proof that it works now."""
