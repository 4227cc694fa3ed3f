"""Azure as everything here needs it: who is signed in, names, regions, roles."""
