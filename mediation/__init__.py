"""The Mediation Workstation: online family mediation, run by a Women's Federation and a court together."""
