"""The commands of the command line, one a module; `vetstack.cli` lists them."""
