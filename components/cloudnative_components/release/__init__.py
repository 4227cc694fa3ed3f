"""From an application to what runs: bundles, releases in waves, gates."""
