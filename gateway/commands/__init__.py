"""The commands of `gateway`, one file for each subject."""
