"""Where that comes from what a template deploys and runs, whose it is, and what it is fixed to."""
