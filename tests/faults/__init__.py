"""Kills, damage, full disks and crowds: whatever happens to an index, nothing is lost and nothing is served in part.

More of the same by setting FAULT_KILLS (20), FAULT_ROUNDS (6) and FAULT_SEED (1) in the environment.
"""
