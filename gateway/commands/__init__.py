"""The commands of `gateway`, a file for each thing that they are about."""
