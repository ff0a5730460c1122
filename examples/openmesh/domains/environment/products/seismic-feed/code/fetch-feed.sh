#!/bin/sh
# Keeps the answer of the USGS summary feed, reduced to events of magnitude 2.5 and above.
# Usage: fetch-feed.sh ALL_WEEK.geojson > response.json
set -eu
jq -c '.features |= map(select((.properties.mag // 0) >= 2.5)) | .metadata.count = (.features | length)' "$1"
