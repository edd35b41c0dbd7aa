#!/bin/sh
# Print the Python that set-up should use, or say on stderr what is missing. PYTHON= names one by hand.
set -u

version_is() { # version_is COMMAND CONDITION-ON-v
    command -v "$1" >/dev/null 2>&1 && "$1" -c "import sys; v = sys.version_info[:2]; sys.exit(not ($2))" 2>/dev/null
}

if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else set -- python3 python3.13 python3.12 python3.11; fi
for name in "$@"; do
    if version_is "$name" '(3, 11) <= v <= (3, 13)'; then echo "$name"; exit 0; fi
done
for name in "$@"; do
    if version_is "$name" 'v > (3, 13)'; then
        echo "Note: $("$name" -V 2>&1) is newer than what this was tried with (3.11 to 3.13); going on with it." >&2
        echo "$name"
        exit 0
    fi
done

if command -v "$1" >/dev/null 2>&1; then found="$1 is $("$1" -V 2>&1)"; else found="there is no $1"; fi
echo "Python 3.11, 3.12 or 3.13 is needed, but $found." >&2
echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12 ..." >&2
exit 1
