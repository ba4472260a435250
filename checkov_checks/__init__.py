"""vetstack's checks for Checkov: `checkov -f template.yaml --external-checks-dir checkov_checks`."""
