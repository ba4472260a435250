"""Makes the facts in vetstack/data/ from where they are published; `tools/refresh_data.py` is the command."""
