"""What every room stands on: outside programs, errors as data, the two folders."""
