"""The daemon: one process a home, that runs the emulator's HTTP side and every outside program."""
