"""vetstack's checks for Checkov: `checkov -f template.yaml --external-checks-dir checkov_checks`.

Checkov executes every file beside this one under its bare name, and none in a folder that has no such file: `door/`
has what the one file imports.
"""
